"""The function of the preview's contract: it processes one file, and so one chunk of a file, too."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def process_file(path: Path) -> Iterator[dict[str, object]]:
    """Yield each reading in degrees Celsius."""
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            celsius = round((float(row["fahrenheit"]) - 32) / 1.8, 1)
            yield {"hour": row["hour"], "station": row["station"], "celsius": celsius}

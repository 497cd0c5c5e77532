"""The partitions of a plan that was written, without reading the document as a whole."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PARTITION = re.compile(rb' {4}\{"id": "([0-9a-f]{16})", "index": (\d+),')
"""A partition in `plan.json`, which has one a line."""


def planned(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the id and the place of each partition in a `plan.json`; of a file that is not there, none."""
    with suppress(OSError), path.open("rb") as file:
        for line in file:
            if found := _PARTITION.match(line):
                yield found[1].decode(), int(found[2])

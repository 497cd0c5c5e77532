"""The function of `support.VALID`; `tests` is on the search path, so that it is found from any directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def process_file(path: Path) -> dict[str, int]:
    return {"bytes": path.stat().st_size}

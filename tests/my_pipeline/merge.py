"""The reducer function that tests name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def merge_parts(parts: Iterable[Path], output: Path) -> None:
    Path(output).write_bytes(b"".join(Path(part).read_bytes() for part in parts))

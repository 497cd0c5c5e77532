"""How wide a terminal is, and lines that fit it."""

from __future__ import annotations

import os

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from typing import TextIO

_USUAL = 80
_NARROWEST = 20
"""Where a terminal says that it is narrower, it does not know its width."""


def columns(stream: TextIO) -> int | None:
    """Return the width of the terminal that a stream writes to; None where it is none: files are not cut."""
    if not stream.isatty():
        return None
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return _USUAL
    return found if found >= _NARROWEST else _USUAL


def fitted(line: str, width: int | None) -> str:
    """Return a line that is cut with an ellipsis at the width, if there is one."""
    return line if width is None else shortened(line, width)

"""Encoded outputs, and the error for a value that does not fit; shared by all reducers."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import NamedTuple

from parallel_stage.errors import ParallelStageError

Write = Callable[[bytes], object]
"""Writes the next bytes of a partition's output."""


class Encoded(NamedTuple):
    """An output: its number of records, the suffix of such a file, and the length of its header in bytes."""

    records: int
    suffix: str
    header: int = 0


class UnfitValueError(ParallelStageError):
    """The function returned a value that the reducer cannot take; the partition fails."""


_LONGEST_PATH = 4096


def refuse_file_name(text: str | bytes) -> None:
    """Refuse text that names an existing file or has no line end: it is rather a file name than content.

    Raises:
        UnfitValueError: With the path to return instead.
    """
    is_line = isinstance(text, str) and bool(text) and not any(end in text for end in "\r\n")
    if not is_line and not _names_file(text):
        return
    shown = repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN])
    reason = "names a file" if _names_file(text) else "has no line end"
    hint = f"return pathlib.Path({shown}) for the file's content"
    if is_line:
        hint += ", or end the text with a newline if it is the content"
    raise UnfitValueError(f"the text that the function returned, {shown}, {reason}", hint)


def refuse_open_file(value: object) -> None:
    """Refuse a file that is open: what is left to read of it is anybody's guess.

    Raises:
        UnfitValueError: With the path to return instead.
    """
    if isinstance(value, io.IOBase):
        message = f"the function returned an open file, {getattr(value, 'name', value)!r}"
        raise UnfitValueError(message, "close it, and return its pathlib.Path")


def _names_file(text: str | bytes) -> bool:
    try:
        return 0 < len(text) <= _LONGEST_PATH and os.path.exists(text)
    except ValueError:  # a NUL, or a lone surrogate
        return False


_LONGEST_SHOWN = 80


def kind_of(value: object) -> str:
    """Return a value's type as a person writes it: `DataFrame`, `numpy.float32`, `list`."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"

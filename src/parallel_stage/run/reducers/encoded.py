"""What the reducers' worker halves share: what they tell of an output, and the error for a value that is no output."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from parallel_stage.errors import ParallelStageError

Write = Callable[[bytes], object]
"""Takes the next bytes of a partition's output."""


class Encoded(NamedTuple):
    """What an output is: how many records, the suffix of such a file, how many bytes of header it starts with."""

    records: int
    suffix: str
    header: int = 0


class UnfitValueError(ParallelStageError):
    """The function returned what its reducer cannot take; the partition fails."""


_LONGEST_PATH = 4096


def refuse_file_name(text: str | bytes) -> None:
    """Refuse text that is more likely the name of a file than its content: what names one, or ends no line.

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


def _names_file(text: str | bytes) -> bool:
    try:
        return 0 < len(text) <= _LONGEST_PATH and os.path.exists(text)
    except ValueError:  # a NUL, or a lone surrogate
        return False


_LONGEST_SHOWN = 80


def kind_of(value: object) -> str:
    """A value's type as a person writes it: `DataFrame`, `numpy.float32`, `list`."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"

"""What the reducers' worker halves share: what they tell of an output, and the error for a value that is no output."""

from __future__ import annotations

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


def kind_of(value: object) -> str:
    """A value's type as a person writes it: `DataFrame`, `numpy.float32`, `list`."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"

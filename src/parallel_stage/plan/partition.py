"""What a plan is made of: the inputs, what was found out about them, and the partitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Input:
    """One input file as it was when the plan was made.

    `path` is as it will be opened, relative to the root with `/` between its parts unless it was given as an
    absolute path; `size` is in bytes; `mtime_ns` is the modification time in nanoseconds.
    """

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The function gets the file itself."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The function gets the header and the records of `start <= byte < stop`.

    `header` is the length in bytes of the header at the file's start, 0 where there is none; `rows` counts the
    records where the plan counted them.
    """

    path: str
    start: int
    stop: int
    header: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class RowGroups:
    """The function gets a Parquet file that holds the row groups `first <= group < stop`."""

    path: str
    first: int
    stop: int
    rows: int


@dataclass(frozen=True, slots=True)
class WholeTable:
    """The function gets one file that holds the table of all `paths`, in their order, under one header.

    `headers` has the length in bytes of each file's header, 0 where there is none.
    """

    paths: tuple[str, ...]
    headers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The function gets one parameter set: the value of one grid item, as it stands in the grid file."""

    values: Any


Work: TypeAlias = WholeFile | ByteRange | RowGroups | WholeTable | Parameters

Shares: TypeAlias = list[tuple[Work, int]]
"""Pieces of work, each with its weight."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One call of the function.

    Attributes:
        index: Its place in the plan, from 0; results are merged in this order.
        id: 16 hexadecimal digits of a hash of what determines the partition's result, never of its index.
        work: What the function is to process.
        weight: Its share of the work: bytes of data, or 1 for a parameter set.
    """

    index: int
    id: str
    work: Work
    weight: int


@dataclass(frozen=True, slots=True)
class InputNote:
    """What planning found out about one data file whose cutting was considered.

    Attributes:
        path: The file, as in its `Input`.
        splittable: Whether it may be cut.
        proof: What proves the cuts: `newlines`, `parity`, `scan` (see `plan.records`), `row-groups`, or empty
            where the file stays whole.
        reason: Why it stays whole, or what the proof rests on, as a clause.
    """

    path: str
    splittable: bool
    proof: str
    reason: str

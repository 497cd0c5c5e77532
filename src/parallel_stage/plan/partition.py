"""The parts of a plan: inputs, notes about them, pieces of work, and partitions.

Partitions and parameter sets, of which there may be millions, are tuples: those are sent to workers in half the time.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from parallel_stage.wording import shortened

if TYPE_CHECKING:
    import os

    from parallel_stage.contract.model import PartitionBy


_UNCHANGEABLE = frozenset((str, int, float, bool, type(None)))


class Identity(NamedTuple):
    """What tells one file from another on the machine where it was looked at; elsewhere it means nothing.

    Attributes:
        device, inode: The file's own number, and that of its file system.
        changed_ns: When its content or its attributes changed last, in nanoseconds; on Windows, when it was made.
        owned: Mode, owner and group.
        links: The number of its hard links.
    """

    device: int
    inode: int
    changed_ns: int
    owned: tuple[int, int, int]
    links: int

    @classmethod
    def of(cls, found: os.stat_result) -> Identity:
        """Return the identity of a file from its status."""
        owned = found.st_mode, found.st_uid, found.st_gid
        return cls(found.st_dev, found.st_ino, found.st_ctime_ns, owned, found.st_nlink)

    @property
    def file(self) -> tuple[int, int]:
        """What two names of one file have in common."""
        return self.device, self.inode


@dataclass(frozen=True, slots=True)
class Input:
    """One input file as it was when the plan was made.

    Attributes:
        path: Relative to the root, with `/` between its parts; absolute where the contract has it so.
        size: Its size in bytes.
        mtime_ns: Its modification time in nanoseconds.
        identity: Its identity on this machine; None where it is not known. It is no part of the plan: it does
            not go into documents or to workers.
    """

    path: str
    size: int
    mtime_ns: int
    identity: Identity | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The function gets the file itself."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The function gets the header and the records of `start <= byte < stop`.

    `header` is the length of the header at the file's start, in bytes; 0 where there is none. `rows` is the
    number of records; None where the plan did not count them.
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


class Piece(NamedTuple):
    """A range of a file, in bytes, or in rows of a Parquet file; with an empty path, of what a run has written.

    A run writes the records of a table partition by partition before the first one starts.
    """

    path: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Group:
    """The function gets one file with the records of a table that have one key, in their order.

    Attributes:
        key: The key: the value of the column, a calendar period, or the number of a bucket.
        by: The column, and the kind of key.
        rows: The number of records.
        paths: The files of the table.
        header: The length of the first one's header in bytes; 0 where there is none.
        pieces: Where the records are.
    """

    key: str
    by: PartitionBy
    rows: int
    paths: tuple[str, ...]
    header: int
    pieces: tuple[Piece, ...]


class Parameters(NamedTuple):
    """The function gets one parameter set: the value of one grid item, as in the grid file."""

    values: Any


def copied(values: Any) -> Any:
    """Return a copy of a parameter set that a function may change: sets have lists in common."""
    if type(values) is dict and _UNCHANGEABLE.issuperset(map(type, values.values())):
        return values.copy()
    return deepcopy(values)


FileWork: TypeAlias = WholeFile | ByteRange | RowGroups | WholeTable | Group
Work: TypeAlias = FileWork | Parameters


def key_of(work: Work) -> str | None:
    """Return the key that all records of some work have; None where the table is not cut by a column."""
    return work.key if isinstance(work, Group) else None


_LONGEST = 120
"""The most characters of a parameter set, or of a key, in a message."""


def paths_of(work: Work) -> tuple[str, ...]:
    """Return the files that some work reads, as the plan names them."""
    if isinstance(work, Parameters):
        return ()
    return work.paths if isinstance(work, (WholeTable, Group)) else (work.path,)


def describe_work(work: Work) -> str:
    """Return the work in words: `data/a.csv, bytes 0 to 4096`."""
    if isinstance(work, ByteRange):
        return f"{work.path}, bytes {work.start} to {work.stop}"
    if isinstance(work, RowGroups):
        return f"{work.path}, row groups {work.first} to {work.stop}"
    if isinstance(work, Group):
        more = f" and {len(work.paths) - 1} more" if len(work.paths) > 1 else ""
        return f"{work.by.column} = {shortened(work.key, _LONGEST) or '(blank)'}, {work.paths[0]}{more}"
    if isinstance(work, WholeTable):
        return f"{work.paths[0]} and {len(work.paths) - 1} more" if len(work.paths) > 1 else work.paths[0]
    if isinstance(work, WholeFile):
        return work.path
    return shortened(repr(work.values), _LONGEST)


Shares: TypeAlias = list[tuple[Work, int]]
"""Pieces of work, each with its weight."""


class Partition(NamedTuple):
    """One call of the function.

    Attributes:
        index: Its place in the plan, from 0; results are merged in this order.
        id: 16 hexadecimal digits of a hash of what determines the partition's result, never of its index.
        work: The piece of work that the function processes.
        weight: Its share of the work: bytes of data, or 1 for a parameter set.
    """

    index: int  # type: ignore[assignment]  # it hides a method of tuples
    id: str
    work: Work
    weight: int


@dataclass(frozen=True, slots=True)
class InputNote:
    """A note about a data file that might be cut.

    Attributes:
        path: The file, as in its `Input`.
        splittable: Whether it may be cut.
        proof: The proof of the cuts: `newlines`, `parity`, `scan` (see `plan.records.survey`), `row-groups`, or
            empty where the file stays whole.
        reason: Why it stays whole, or the ground of the proof, as a clause.
    """

    path: str
    splittable: bool
    proof: str
    reason: str

"""The partition that a running function works on."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_stage.errors import UsageError
from parallel_stage.plan.partition import ByteRange, Group, RowGroups, key_of, paths_of

if TYPE_CHECKING:
    from parallel_stage.plan.partition import Partition, Work


@dataclass(frozen=True, slots=True)
class CurrentPartition:
    """The partition that is being executed.

    Attributes:
        index: Its place in the plan, from 0.
        id: 16 hexadecimal digits that depend on what determines its result, not on its place.
        input_path: The input file as the plan names it; empty for a parameter set, the first file of a whole
            table.
        start, stop: The range of that file: bytes, or row groups of a Parquet file, or its rows with `partition_by`;
            both 0 where it is not cut, or not in one piece.
        seed: An integer below 2**32 made from the id: the same on every machine and in every run.
        attempt: 1, and one more for each time that the function raised, with `--retries`, or its worker died.
        key: The key that all records have, of a table with `partition_by`; else None.
    """

    index: int
    id: str
    input_path: str
    start: int
    stop: int
    seed: int
    attempt: int
    key: str | None = None


_CURRENT: ContextVar[tuple[Partition, int]] = ContextVar("current_partition")


def current_partition() -> CurrentPartition:
    """Return the partition that the calling function is executed for.

    Raises:
        UsageError: Outside a function that a run has called, also in a thread that it has started.
    """
    try:
        partition, attempt = _CURRENT.get()
    except LookupError:
        message = "current_partition() was called where no partition is being executed"
        hint = "call it in the contract's function itself and hand its fields to threads and helpers"
        raise UsageError(message, hint) from None
    path, start, stop = _range(partition.work)
    seed = int(partition.id, 16) % 2**32
    return CurrentPartition(partition.index, partition.id, path, start, stop, seed, attempt, key_of(partition.work))


class executing:  # noqa: N801 -- a context manager; one made of a generator takes three times as long
    """Makes a partition the current one for the length of a `with` block."""

    __slots__ = ("_current", "_token")

    def __init__(self, partition: Partition, attempt: int) -> None:
        self._current = partition, attempt

    def __enter__(self) -> None:
        self._token = _CURRENT.set(self._current)

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)


def _range(work: Work) -> tuple[str, int, int]:
    if isinstance(work, ByteRange):
        return work.path, work.start, work.stop
    if isinstance(work, RowGroups):
        return work.path, work.first, work.stop
    if isinstance(work, Group) and len(work.pieces) == 1 and work.pieces[0].path:
        return work.pieces[0]
    return next(iter(paths_of(work)), ""), 0, 0

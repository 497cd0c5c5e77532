"""Data files under a chunk strategy: their weights, the most chunks they can have, and the cutting."""

from __future__ import annotations

import heapq
import os
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan import records
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.divisible import why_whole
from parallel_stage.plan.partition import ByteRange, InputNote, WholeFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.partition import Input, Shares


_MOST_CHUNKS = 1_000_000
_PROOFS = {
    "newlines": "no quotes, so that every newline ends a record",
    "parity": "every quote stands where RFC 4180 lets it",
}


class Source(Protocol):
    """A data file of a plan."""

    @property
    def weight(self) -> int:
        """Its size, in bytes or in records; chunks are distributed by it."""

    @property
    def limit(self) -> int:
        """The most chunks it can be cut into; 1 for a file that stays whole."""

    def cut(self, parts: int) -> tuple[Shares, InputNote]:
        """Return its work in at most that many pieces, in order, and a note."""


def sources(contract: Contract, root: str, inputs: Sequence[Input]) -> list[Source]:
    """Return the data files of a chunk strategy, in order. Raise OSError where one cannot be read."""
    return [_source(contract, os.path.join(root, item.path), item) for item in inputs]


def refuse_too_many(wanted: int, file_count: int) -> None:
    """Raise PlanRefusedError where files would be cut into more chunks than are planned."""
    if wanted > max(_MOST_CHUNKS, file_count):
        message = f"{wanted} partitions are requested, but at most {_MOST_CHUNKS} chunks are planned"
        raise PlanRefusedError(message, "lower target_partitions, or workers and min_partitions_per_worker")


def cut_all(found: Sequence[Source], count: int) -> tuple[Shares, tuple[InputNote, ...]]:
    """Cut files into about `count` pieces in all, at least one per file."""
    shares: Shares = []
    notes = []
    for source, parts in zip(found, apportion(found, count), strict=True):
        pieces, note = source.cut(parts)
        shares += pieces
        notes.append(note)
    return shares, tuple(notes)


def apportion(found: Sequence[Source], count: int) -> list[int]:
    """Distribute `count` chunks among files: the next one always goes to the file with the largest chunks.

    Every file gets one, and none more than its limit.
    """
    parts = [1] * len(found)
    heap: list[tuple[float, int]] = [(-source.weight, place) for place, source in enumerate(found) if source.limit > 1]
    heapq.heapify(heap)
    for _ in range(count - len(found)):
        if not heap:
            break
        place = heap[0][1]
        parts[place] += 1
        if parts[place] < found[place].limit:
            heapq.heapreplace(heap, (-found[place].weight / parts[place], place))
        else:
            heapq.heappop(heap)
    return parts


def _source(contract: Contract, path: str, item: Input) -> Source:
    dialect = dialect_of(item.path, contract.input_format)
    empty = not item.size and dialect.kind != "parquet"  # its reader reports an empty file
    reason = "it is empty" if empty else why_whole(path, dialect, contract.input_format)
    if reason:
        return Whole(item, reason)
    if dialect.kind == "parquet":
        from parallel_stage.plan.splits.parquet import row_groups

        return row_groups(path, item)
    if contract.partition_strategy == "row-chunks":
        return Rows(item, _surveyed(item, path, dialect, count=True))
    return Bytes(item, path, dialect)


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that must not be cut."""

    item: Input
    reason: str
    limit: int = 1

    @property
    def weight(self) -> int:
        """Its size in bytes."""
        return self.item.size

    def cut(self, _parts: int) -> tuple[Shares, InputNote]:
        """The file itself, as one piece."""
        return _whole(self.item), InputNote(self.item.path, splittable=False, proof="", reason=self.reason)


@dataclass(frozen=True, slots=True)
class Bytes:
    """A text file that is cut into chunks of similar size; it is read only where it gets more than one."""

    item: Input
    path: str
    dialect: Dialect

    @property
    def weight(self) -> int:
        """Its size in bytes."""
        return self.item.size

    @property
    def limit(self) -> int:
        """The most chunks: each has at least one byte."""
        return max(1, self.item.size)

    def cut(self, parts: int) -> tuple[Shares, InputNote]:
        """Return byte ranges, or the file itself for one piece."""
        if parts == 1:
            reason = "its share is one partition"
            return _whole(self.item), InputNote(self.item.path, splittable=True, proof="", reason=reason)
        found = _surveyed(self.item, self.path, self.dialect, count=False)
        return _ranges(self.item, records.cut_bytes(found, parts)), _note(self.item, found)


@dataclass(frozen=True, slots=True)
class Rows:
    """A text file that is cut into chunks of equal numbers of records."""

    item: Input
    survey: records.Survey

    @property
    def weight(self) -> int:
        """Its number of records."""
        return self.survey.records

    @property
    def limit(self) -> int:
        """The most chunks: each has at least one record."""
        return max(1, self.survey.records)

    def cut(self, parts: int) -> tuple[Shares, InputNote]:
        """Return byte ranges with their numbers of records, or the file itself for one piece."""
        return _ranges(self.item, records.cut_records(self.survey, parts)), _note(self.item, self.survey)


def _surveyed(item: Input, path: str, dialect: Dialect, *, count: bool) -> records.Survey:
    found = records.survey(path, dialect, count=count)
    if found.size != item.size:
        raise records.changed(item.path, item.size, found.size)
    return found


def _whole(item: Input) -> Shares:
    return [(WholeFile(item.path, item.size), item.size)]


def _ranges(item: Input, cuts: records.Cuts) -> Shares:
    if len(cuts.bounds) == 2:  # noqa: PLR2004 - start and stop of one chunk: the file as it is needs no copy
        return _whole(item)
    rows = cuts.rows or (None,) * (len(cuts.bounds) - 1)
    return [
        (ByteRange(item.path, start, stop, cuts.header, count), stop - start)
        for (start, stop), count in zip(pairwise(cuts.bounds), rows, strict=True)
    ]


def _note(item: Input, found: records.Survey) -> InputNote:
    if found.proof == "scan":
        stray = f"the quote at byte {found.stray} is data inside a field: read from the start, as Python's csv reads"
        return InputNote(item.path, splittable=True, proof="scan", reason=stray)
    if found.unclosed >= 0:
        unclosed = f"the file ends inside quoted text: the quote at byte {found.unclosed} has no partner"
        return InputNote(item.path, splittable=True, proof=found.proof, reason=unclosed)
    return InputNote(item.path, splittable=True, proof=found.proof, reason=_PROOFS[found.proof])

"""Data files under a chunk strategy: their weights, the most chunks they can have, and the cutting."""

from __future__ import annotations

import heapq
import os
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Protocol

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.divisible import undecided, unsplittable
from parallel_stage.plan.partition import ByteRange, InputNote, WholeFile
from parallel_stage.plan.records.block_facts import worth_numpy
from parallel_stage.plan.records.cuts import cut_bytes, cut_records
from parallel_stage.plan.records.reader import changed
from parallel_stage.plan.records.survey import survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.partition import Input, Shares
    from parallel_stage.plan.records.cuts import Cuts
    from parallel_stage.plan.records.survey import Survey


_MOST_CHUNKS = 1_000_000
_MOST_SHARES = 1.5  # the size of the largest chunk in equal shares above which large files are cut further
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
    numpy = worth_numpy(sum(item.size for item in inputs))
    return [_source(contract, os.path.join(root, item.path), item, numpy=numpy) for item in inputs]


def refuse_too_many(wanted: int, file_count: int) -> None:
    """Raise PlanRefusedError where files would be cut into more chunks than are planned."""
    if wanted > max(_MOST_CHUNKS, file_count):
        message = f"{wanted} partitions are requested, but at most {_MOST_CHUNKS} chunks are planned"
        raise PlanRefusedError(message, "lower target_partitions, or workers and min_partitions_per_worker")


def cut_all(found: Sequence[Source], count: int, goal: int) -> tuple[Shares, tuple[InputNote, ...]]:
    """Cut files into about `count` pieces in all, at least one per file; see `apportion` for `goal`.

    Where a file has fewer records than pieces, the other files make up for them.
    """
    weights, limits = [source.weight for source in found], [source.limit for source in found]

    @cache
    def cut(place: int, parts: int) -> tuple[Shares, InputNote]:
        return found[place].cut(parts)

    while True:
        parts = apportion(weights, limits, count, goal)
        done = [cut(place, number) for place, number in enumerate(parts)]
        possible = [len(pieces) for pieces, _ in done]
        if possible == parts:
            return [piece for pieces, _ in done for piece in pieces], tuple(note for _, note in done)
        limits = [
            min(limit, made) if made < asked else limit
            for limit, made, asked in zip(limits, possible, parts, strict=True)
        ]


def apportion(weights: Sequence[int], limits: Sequence[int], count: int, goal: int) -> list[int]:
    """Distribute chunks among files that have weights and may have so many chunks at most.

    Each file gets one. Then the next chunk goes to the file with the largest ones, until there are `count`. Where
    small files have used up what large ones need, these are cut further: no chunk is more than half as large again
    as one of `goal` equal shares.
    """
    parts = [1] * len(weights)
    cuttable = [place for place, limit in enumerate(limits) if limit > 1]
    heap: list[tuple[float, int]] = [(-weights[place], place) for place in cuttable]
    heapq.heapify(heap)
    for _ in range(count - len(weights)):
        if not heap:
            break
        place = heap[0][1]
        parts[place] += 1
        if parts[place] < limits[place]:
            heapq.heapreplace(heap, (-weights[place] / parts[place], place))
        else:
            heapq.heappop(heap)
    share = sum(weights[place] for place in cuttable) / goal
    if heap and -heap[0][0] > _MOST_SHARES * share:
        for place in cuttable:
            parts[place] = min(limits[place], max(parts[place], round(weights[place] / share)))
    return parts


def _source(contract: Contract, path: str, item: Input, *, numpy: bool) -> Source:
    dialect, declared = dialect_of(item.path, contract.input_format), contract.input_format
    empty = not item.size and dialect.kind != "parquet"  # its reader reports an empty file
    reason = "it is empty" if empty else unsplittable(path, dialect)
    if reason:
        return Whole(item, reason)
    if dialect.kind == "parquet":
        from parallel_stage.plan.splits.parquet import row_groups

        return row_groups(path, item)
    source = (Rows if contract.partition_strategy == "row-chunks" else Bytes)(item, path, dialect, numpy)
    # With numpy, one pass that proves costs less than one that only looks for escapes, and another one that proves.
    read = numpy or isinstance(source, Rows)
    reason = "" if read and not source.survey.backslash else undecided(path, dialect, declared)
    return Whole(item, reason) if reason else source


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


@dataclass
class _Text:
    """A text file that is cut; it is read where its survey is needed."""

    item: Input
    path: str
    dialect: Dialect
    numpy: bool
    counts: ClassVar[bool] = False

    @cached_property
    def survey(self) -> Survey:
        """The facts about the file. Raise InputChangedError where its size is no longer that of the plan."""
        found = survey(self.path, self.dialect, count=self.counts, numpy=self.numpy)
        if found.size != self.item.size:
            raise changed(self.item.path, self.item.size, found.size)
        return found


@dataclass
class Bytes(_Text):
    """A text file that is cut into chunks of similar size; it need not be read where it gets only one."""

    _tried: bool = False  # whether more than one was asked for

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
        if parts == 1 and not self._tried:
            reason = "its share is one partition"
            return _whole(self.item), InputNote(self.item.path, splittable=True, proof="", reason=reason)
        self._tried = True
        return _ranges(self.item, cut_bytes(self.survey, parts)), _note(self.item, self.survey)


class Rows(_Text):
    """A text file that is cut into chunks of equal numbers of records."""

    counts = True

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
        return _ranges(self.item, cut_records(self.survey, parts)), _note(self.item, self.survey)


def _whole(item: Input) -> Shares:
    return [(WholeFile(item.path, item.size), item.size)]


def _ranges(item: Input, cuts: Cuts) -> Shares:
    if len(cuts.bounds) == 2:  # noqa: PLR2004 - start and stop of one chunk: the file as it is needs no copy
        return _whole(item)
    rows = cuts.rows or (None,) * (len(cuts.bounds) - 1)
    return [
        (ByteRange(item.path, start, stop, cuts.header, count), stop - start)
        for (start, stop), count in zip(pairwise(cuts.bounds), rows, strict=True)
    ]


def _note(item: Input, found: Survey) -> InputNote:
    if found.proof == "scan":
        stray = f"the quote at byte {found.stray} is data inside a field: read from the start, as Python's csv reads"
        return InputNote(item.path, splittable=True, proof="scan", reason=stray)
    if found.unclosed >= 0:
        unclosed = f"the file ends inside quoted text: the quote at byte {found.unclosed} has no partner"
        return InputNote(item.path, splittable=True, proof=found.proof, reason=unclosed)
    return InputNote(item.path, splittable=True, proof=found.proof, reason=_PROOFS[found.proof])

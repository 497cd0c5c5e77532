"""Halves of a partition's work, cut where records or row groups end."""

from __future__ import annotations

import os
from codecs import getincrementaldecoder
from io import IncrementalNewlineDecoder
from itertools import takewhile
from typing import TYPE_CHECKING

from parallel_stage.errors import ParallelStageError
from parallel_stage.plan.partition import ByteRange, Parameters, RowGroups, WholeFile, describe_work
from parallel_stage.plan.records.proofs import record_ends
from parallel_stage.plan.records.reader import opened
from parallel_stage.plan.records.survey import Ends
from parallel_stage.plan.splits.parquet import Groups
from parallel_stage.plan.splits.sources import Bytes, Rows, Whole, sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input, Work
    from parallel_stage.plan.splits.sources import Source


class UncuttableError(Exception):
    """Work that cannot be halved; its text says why, as a clause."""


class Halves:
    """Cuts the work of a plan; each file is read once to find where its records end."""

    def __init__(self, contract: Contract, root: str, inputs: Mapping[str, Input]) -> None:
        self._contract = contract
        self._root = root
        self._inputs = inputs
        self._sources: dict[str, Source] = {}

    def whole(self, work: Work) -> ByteRange | RowGroups:
        """Return some work as what `halve` takes.

        Raises:
            UncuttableError: Where it cannot be halved.
        """
        if isinstance(work, Parameters):
            raise UncuttableError("a parameter set cannot be halved")
        if not isinstance(work, (ByteRange, RowGroups, WholeFile)):
            raise UncuttableError("a whole table, or one key of a table, cannot be halved")
        source = self._source(work.path)
        if isinstance(work, (ByteRange, RowGroups)):
            return work
        if isinstance(source, Whole):
            raise UncuttableError(f"{work.path} cannot be halved: {source.reason}")
        if not isinstance(source, (Bytes, Rows)):
            raise UncuttableError("a whole Parquet file cannot be halved")
        header, rows = source.survey.header, source.survey.records
        if header >= work.size:
            raise UncuttableError(f"{work.path} has no records")
        return ByteRange(work.path, header, work.size, header, rows if source.counts else None)

    def halve(self, work: Work) -> tuple[Work, Work] | None:
        """Return the halves of what `whole` returned; None for one record, or one row group. Raise as `whole`."""
        if isinstance(work, RowGroups):
            return self._halve_groups(work)
        return self._halve_records(work) if isinstance(work, ByteRange) else None

    def place(self, work: Work) -> str:
        """Return work in words, with the line where it starts. Raise OSError where its file cannot be read."""
        if not isinstance(work, ByteRange):
            return describe_work(work)
        lines = IncrementalNewlineDecoder(getincrementaldecoder("latin-1")(), translate=True)
        with opened(os.path.join(self._root, work.path)) as reader:
            before = sum(lines.decode(block).count("\n") for _, block in reader.blocks(0, work.start))
        line = 1 + before + lines.decode(b"", final=True).count("\n")
        return f"{work.path}, line {line} (bytes {work.start} to {work.stop})"

    def _source(self, path: str) -> Source:
        if path not in self._sources:
            try:
                (self._sources[path],) = sources(self._contract, self._root, [self._inputs[path]])
            except (OSError, ParallelStageError) as error:
                raise UncuttableError(f"{path} cannot be halved: {error}") from error
        return self._sources[path]

    def _halve_groups(self, work: RowGroups) -> tuple[Work, Work] | None:
        source, middle = self._source(work.path), (work.first + work.stop) // 2
        if middle == work.first or not isinstance(source, Groups):
            return None
        rows = sum(source.rows[work.first : middle])
        first = RowGroups(work.path, work.first, middle, rows)
        return first, RowGroups(work.path, middle, work.stop, work.rows - rows)

    def _halve_records(self, work: ByteRange) -> tuple[Work, Work] | None:
        source = self._source(work.path)
        if not isinstance(source, (Bytes, Rows)):
            return None
        try:
            found = source.survey
            with opened(source.path) as reader:
                cut, rows = Ends(reader, found).inside(work.start, work.stop), None
                if cut and work.rows is not None:
                    ends = record_ends(reader, found.grammar, work.start, inside=False)
                    rows = sum(1 for _ in takewhile(lambda end: end <= cut, ends))
        except (OSError, ParallelStageError) as error:
            raise UncuttableError(f"{work.path} cannot be halved: {error}") from error
        if not cut:
            return None
        rest = None if rows is None or work.rows is None else work.rows - rows
        first = ByteRange(work.path, work.start, cut, work.header, rows)
        return first, ByteRange(work.path, cut, work.stop, work.header, rest)

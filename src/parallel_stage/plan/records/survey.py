"""Read a file of records once, and state what is known about it, such as where its records end.

The reference is Python's `csv`: the rows of the whole file are the rows of its chunks, for every cut made
here. The cheapest of three proofs is used; each sets marks, offsets where the state of a reader is known:

- `newlines`: there is no quote, so every line's end is a record's end.
- `parity`: each opening quote is proven to stand at the start of a field, or to double the quote before it, so
  that the number of quotes gives the state.
- `scan`: some quote stands elsewhere; the blocks of the file that have such quotes are read as `csv` reads
  them: a quote opens only at the start of a field; elsewhere it is data.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from parallel_stage.plan.records.grammar import grammar_of
from parallel_stage.plan.records.header import first_record, records_start
from parallel_stage.plan.records.proofs import NOTHING, Marks, Prover, record_ends
from parallel_stage.plan.records.reader import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.records.grammar import Grammar
    from parallel_stage.plan.records.reader import Reader


_FINER = (1 << 16, 1 << 13)
"""Bytes between marks near a cut: first these, then these between two of them."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The facts about a file after reading it.

    Attributes:
        path: The file.
        grammar: Its grammar.
        size: Its size in bytes.
        header: The length of its header in bytes, with the byte order mark.
        proof: `newlines`, `parity` or `scan`.
        stray: The offset of the first quote that is data outside of quoted text, or -1.
        unclosed: The offset of the last quote, where the file ends inside quoted text and no quote is stray;
            else -1.
        backslash: Whether there is a backslash below the header, which may escape a quote or a line's end; True
            where the file was not read for it.
        records: The number of records after the header; -1 where they were not counted.
        marks: The offsets where the state is known.
        numpy: Whether it was read with numpy.
    """

    path: str
    grammar: Grammar
    size: int
    header: int
    proof: str
    stray: int
    unclosed: int
    backslash: bool
    records: int
    marks: Marks
    numpy: bool


def survey(path: str, dialect: Dialect, *, count: bool, numpy: bool = False) -> Survey:
    """Read a text file once, and prove where its records end.

    Args:
        path: The file.
        dialect: How it is read; the encoding must keep ASCII bytes for ASCII characters only, and the
            delimiter and quote must be one byte each.
        count: Whether to count records, which `cut_records` needs.
        numpy: Whether to use it; see `block_facts.worth_numpy`.

    Raises:
        InputChangedError: Where the file becomes shorter or longer meanwhile.
        OSError: Where it cannot be read.
    """
    grammar = grammar_of(dialect)
    with opened(path) as reader:
        begin, prover = records_start(reader, grammar, dialect), Prover(reader, grammar, count=count, numpy=numpy)
        parity = NOTHING
        if begin == reader.size:  # the header may be open, up to the end
            parity = replace(prover.count_quotes(first_record(reader, grammar, dialect)), quotes=0, stray=-1, lines=0)
            prover.marks = Marks()
        elif grammar.quote or count:
            parity = prover.prove(begin)
        found = Survey(
            path=path,
            grammar=grammar,
            size=reader.size,
            header=begin,
            proof="scan" if parity.stray >= 0 else "parity" if parity.quotes else "newlines",
            stray=parity.stray,
            unclosed=parity.last if parity.inside and parity.stray < 0 else -1,
            backslash=prover.backslash or begin == reader.size,
            records=parity.lines if count else -1,
            marks=prover.marks,
            numpy=numpy,
        )
        if not count:
            return found
        end = Ends(reader, found).of_record(parity.lines, (begin, 0)) if parity.lines else begin
        return replace(found, records=parity.lines + (end < reader.size))


def loose_quote(path: str, dialect: Dialect, *, numpy: bool = False) -> tuple[int, bool]:
    """Return the first quote that breaks RFC 4180, or -1, and whether the file ends inside quoted text.

    In that case, the offset is that of the last quote. `numpy` tells whether to use it.
    """
    grammar = grammar_of(dialect)
    if not grammar.quote:
        return -1, False
    with opened(path) as reader:
        prover = Prover(reader, grammar, count=False, numpy=numpy)
        parity = prover.count_quotes(first_record(reader, grammar, dialect))
    return (parity.last, True) if parity.inside else (parity.stray, False)


def mixed_line_ends(path: str, dialect: Dialect) -> bool:
    """Whether the header ends with a bare carriage return, and a record is a line feed, which would join it.

    Such a record is a blank line after a line feed; those inside quoted text are none.
    """
    grammar = grammar_of(dialect)
    if not grammar.returns:
        return False
    with opened(path) as reader:
        begin = records_start(reader, grammar, dialect)
        data, at, _ = reader.around(begin, 1)
        if data[at - 1 : at] != b"\r" or reader.find(b"\n\n", begin) < 0:
            return False
        return any(reader.byte(end) == b"\n" for end in record_ends(reader, grammar, begin, inside=False))


class Ends:
    """Where the records of a surveyed file end."""

    def __init__(self, reader: Reader, found: Survey) -> None:
        self._reader = reader
        self._found = found
        self._prover = Prover(reader, found.grammar, count=found.records >= 0, numpy=found.numpy)
        self._finer: dict[int, tuple[tuple[int, int], Marks]] = {}

    def from_offset(self, offset: int, after: int) -> int:
        """Return the first offset from `offset` on where a record ends; `after` is an earlier such offset."""
        start, inside = after, False
        if self._found.proof == "newlines":
            start = offset - 1
        else:
            mark, state, _ = self._mark(lambda marks: bisect_right(marks.offsets, offset - 1) - 1)
            if mark > after:
                start, inside = mark, state

        ends = record_ends(self._reader, self._found.grammar, start, inside=inside)
        return next((end for end in ends if end >= offset), self._found.size)

    def of_record(self, record: int, after: tuple[int, int]) -> int:
        """Return where the `record`-th record ends, from 1.

        `after` is an earlier end: its offset and the number of records so far.
        """
        (start, seen), inside = after, False
        mark, state, records = self._mark(lambda marks: bisect_left(marks.records, record) - 1)
        if mark > start:
            start, seen, inside = mark, records, state

        ends = record_ends(self._reader, self._found.grammar, start, inside=inside)
        return next(islice(ends, record - seen - 1, None), self._found.size)

    def inside(self, start: int, stop: int) -> int:
        """Return where a record of a chunk ends next to its middle, but before its end; 0 where none does."""
        middle = (start + stop) // 2
        if middle == start:
            return 0
        end = self.from_offset(middle, start)
        if end < stop:
            return end
        ends = record_ends(self._reader, self._found.grammar, start, inside=False)
        return max(takewhile(lambda end: end <= middle, ends), default=0)

    def _mark(self, index_of: Callable[[Marks], int]) -> tuple[int, bool, int]:
        """Return the offset, state and number of records of a mark; near a cut, finer ones are made and kept."""
        marks, stop = self._found.marks, self._found.size
        for distance in _FINER:
            mark, stop = marks.at(index_of(marks), stop)
            kept = self._finer.get(distance)
            if kept is None or kept[0] != (mark[0], stop):
                self._finer[distance] = kept = (mark[0], stop), self._prover.marks_from(mark, stop, distance)
            marks = kept[1]
        return marks.at(index_of(marks), stop)[0]

"""Find where a file of records may be cut.

The reference is Python's `csv`: the rows of the whole file are the rows of its chunks, for every cut made
here. The cheapest of three proofs is used; each sets marks, offsets where the state of a reader is known:

- `newlines`: there is no quote, so every line's end is a record's end.
- `parity`: each opening quote is proven to stand at the start of a field, or to double the quote before it, so
  that the number of quotes gives the state.
- `scan`: some quote stands elsewhere; the blocks of the file that have such quotes are read as `csv` reads
  them: a quote opens only at the start of a field; elsewhere it is data.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING

from parallel_stage.plan.grammar import grammar_of
from parallel_stage.plan.proofs import NOTHING, Marks, Prover, record_ends
from parallel_stage.plan.reader import changed, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.grammar import Grammar
    from parallel_stage.plan.reader import Reader


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


@dataclass(frozen=True, slots=True)
class Cuts:
    """The cuts of a file: chunk k is `bounds[k] <= byte < bounds[k + 1]`.

    `rows` counts the records of each chunk, and is empty where they were not counted.
    """

    proof: str
    header: int
    bounds: tuple[int, ...]
    rows: tuple[int, ...] = ()


def header_length(path: str, dialect: Dialect) -> int:
    """Return the length of every chunk's start, in bytes: byte order mark and header."""
    with opened(path) as reader:
        return _header(reader, grammar_of(dialect), dialect)


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
        begin = _header(reader, grammar, dialect)
        data, at, _ = reader.around(begin, 1)
        if data[at - 1 : at] != b"\r" or reader.find(b"\n\n", begin) < 0:
            return False
        return any(reader.byte(end) == b"\n" for end in record_ends(reader, grammar, begin, inside=False))


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
        begin, prover = _header(reader, grammar, dialect), Prover(reader, grammar, count=count, numpy=numpy)
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
        )
        if not count:
            return found
        end = _Ends(reader, found).of_record(parity.lines, (begin, 0)) if parity.lines else begin
        return replace(found, records=parity.lines + (end < reader.size))


def cut_bytes(found: Survey, parts: int) -> Cuts:
    """Cut a surveyed file where records end next to equal shares of its bytes.

    A record longer than a share stays whole; the other records then make as many chunks as are missing, so
    that there are fewer than `parts` only where the file has fewer records.

    Raises:
        InputChangedError: Where the file has another size than when it was surveyed.
        OSError: Where it cannot be read.
    """
    bounds, length = [found.header], found.size - found.header
    with _again(found) as reader:
        ends = _Ends(reader, found)
        for part in range(1, parts):
            wanted = found.header + length * part // parts
            if wanted > bounds[-1]:
                bounds.append(ends.from_offset(wanted, bounds[-1]))
        while bounds[-1] >= found.size > found.header:
            bounds.pop()
        bounds = _filled([*bounds, found.size], parts, ends)
    return Cuts(found.proof, found.header, tuple(bounds))


def cut_records(found: Survey, parts: int) -> Cuts:
    """Cut a surveyed file with counted records into chunks of equal numbers of records.

    Raise as `cut_bytes`.
    """
    parts = max(1, min(parts, found.records))
    numbers = [found.records * part // parts for part in range(parts + 1)]
    bounds = [found.header]
    with _again(found) as reader:
        ends = _Ends(reader, found)
        for seen, wanted in pairwise(numbers[:-1]):
            bounds.append(ends.of_record(wanted, (bounds[-1], seen)))
    rows = tuple(stop - start for start, stop in pairwise(numbers))
    return Cuts(found.proof, found.header, (*bounds, found.size), rows)


def _filled(bounds: list[int], parts: int, ends: _Ends) -> list[int]:
    """Cut the largest chunks that have more than one record until there are enough chunks."""
    missing = parts + 1 - len(bounds)
    chunks = [(start - stop, start, stop) for start, stop in pairwise(bounds)] if missing > 0 else []
    heapq.heapify(chunks)
    while chunks and missing > 0:
        _, start, stop = heapq.heappop(chunks)
        end = ends.inside(start, stop)
        if end:
            bounds.append(end)
            missing -= 1
            heapq.heappush(chunks, (start - end, start, end))
            heapq.heappush(chunks, (end - stop, end, stop))
    return sorted(bounds)


@contextmanager
def _again(found: Survey) -> Iterator[Reader]:
    """Open a surveyed file again; its size must be the same."""
    with opened(found.path) as reader:
        if reader.size != found.size:
            raise changed(found.path, found.size, reader.size)
        yield reader


def _start(reader: Reader, grammar: Grammar) -> int:
    """Return where the text starts, after a byte order mark."""
    return len(grammar.mark) if grammar.mark and reader.around(0, len(grammar.mark))[0].startswith(grammar.mark) else 0


def first_record(reader: Reader, grammar: Grammar, dialect: Dialect) -> int:
    """Return where the first record starts: a header is one, the lines of `head_lines` are none."""
    return _start(reader, grammar) if dialect.head_lines is None else _header(reader, grammar, dialect)


def _header(reader: Reader, grammar: Grammar, dialect: Dialect) -> int:
    """Return where the records start: after the first one where it is a header, or after the head's lines."""
    begin, lines = _start(reader, grammar), dialect.head_lines
    if lines == 0 or (lines is None and not dialect.header):
        return begin
    if lines is not None:
        grammar = grammar_of(replace(dialect, quotechar=""))
    return next(islice(record_ends(reader, grammar, begin, inside=False), (lines or 1) - 1, None), reader.size)


class _Ends:
    """Where the records of a surveyed file end."""

    def __init__(self, reader: Reader, found: Survey) -> None:
        self._reader = reader
        self._found = found
        self._prover = Prover(reader, found.grammar, count=found.records >= 0)
        self._fine: tuple[int, Marks] = (-1, found.marks)

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
        """Return the offset, state and number of records of a mark; near a cut there are finer ones."""
        index = index_of(self._found.marks)
        if self._fine[0] != index:
            self._fine = index, self._prover.finer(self._found.marks, index)
        marks = self._fine[1]
        index = index_of(marks)
        return marks.offsets[index], bool(marks.inside[index]), marks.records[index]

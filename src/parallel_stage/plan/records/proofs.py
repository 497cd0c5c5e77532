"""Prove where the records of a file may end: by the parity of its quotes, else by reading it from the start.

An opening quote must follow a delimiter, a line's end, nothing, or the closing quote that it doubles (RFC
4180, section 2). Then parity gives the state of Python's `csv`, by induction: each opening quote stands at the
start of a field or right after a closing one, and each closing one inside quoted text.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from parallel_stage.plan.policy import available_cores
from parallel_stage.plan.records.block_facts import facts_of
from parallel_stage.plan.records.reader import BLOCK, WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from parallel_stage.plan.records.block_facts import ByState
    from parallel_stage.plan.records.grammar import Grammar
    from parallel_stage.plan.records.reader import Reader

_LEAST_SHARED = 1 << 22  # bytes that are worth threads
_MOST_THREADS = 4  # more wait for Python's lock


@dataclass(frozen=True, slots=True)
class Marks:
    """Offsets where the state is known: `inside` quoted text or not, and the records that ended before."""

    offsets: array[int] = field(default_factory=lambda: array("q"))
    inside: bytearray = field(default_factory=bytearray)
    records: array[int] = field(default_factory=lambda: array("q"))

    def add(self, offset: int, *, inside: bool, records: int) -> None:
        """Append one mark; offsets only grow."""
        self.offsets.append(offset)
        self.inside.append(inside)
        self.records.append(records)

    def at(self, index: int, stop: int) -> tuple[tuple[int, bool, int], int]:
        """Return a mark, and the offset of the next one: `stop` after the last."""
        mark = self.offsets[index], bool(self.inside[index]), self.records[index]
        return mark, self.offsets[index + 1] if index + 1 < len(self.offsets) else stop


@dataclass(frozen=True, slots=True)
class Parity:
    """The facts about a file's quotes.

    Attributes:
        quotes: Their number; those after a stray one are not counted.
        inside: Whether the file ends inside quoted text.
        lines: The number of lines that end outside of quoted text; 0 where they were not counted.
        stray: The offset of the first quote that is data outside of quoted text, or -1.
        last: The offset of the last quote, or -1.
    """

    quotes: int
    inside: bool
    lines: int
    stray: int
    last: int


NOTHING = Parity(quotes=0, inside=False, lines=0, stray=-1, last=-1)
"""The facts about no text at all."""


class Prover:
    """Reads a file and proves where its records end.

    Attributes:
        marks: A mark at the start of each block that was read.
        backslash: Whether a block had a backslash.
    """

    def __init__(self, reader: Reader, grammar: Grammar, *, count: bool, numpy: bool = False) -> None:
        """Take a file and its grammar, whether to count lines, and whether to use numpy."""
        self.marks = Marks()
        self.backslash = False
        self._reader = reader
        self._grammar = grammar
        self._facts = facts_of(grammar, count=count, numpy=numpy)
        self._threads = min(available_cores(), _MOST_THREADS) if numpy else 1
        self._counts = count

    def prove(self, begin: int) -> Parity:
        """Read from an offset outside of quoted text up to the file's end.

        Blocks with a stray quote are read as `csv` reads them; the others are proven by parity.

        Raises:
            InputChangedError: Where the file has another size than when it was opened.
        """
        found = self.count_quotes(begin)
        first = found.stray
        while found.stray >= 0:
            start, state = self._read_block()
            found = self._count_from(start, state, self._before(start))
        return replace(found, stray=first)

    def count_quotes(self, begin: int) -> Parity:
        """Do the same as `prove`, but stop at the first stray quote."""
        return self._count_from(begin, NOTHING, b"")

    def marks_from(self, mark: tuple[int, bool, int], stop: int, distance: int) -> Marks:
        """Return marks at a distance, from one up to an offset, or to a stray quote. Raise as `prove`."""
        start, inside, records = mark
        blocks = self._in_turn(self._reader.blocks(start, stop, distance), self._before(start))
        self.marks = Marks()
        self._fold(Parity(int(inside), inside=inside, lines=records, stray=-1, last=-1), blocks)
        return self.marks

    def _count_from(self, start: int, state: Parity, before: bytes) -> Parity:
        if self._threads == 1 or self._reader.size - start < _LEAST_SHARED:
            return self._fold(state, self._in_turn(self._reader.blocks(start), before))
        return self._fold(state, self._in_threads(self._reader.blocks(start, kept=2 * self._threads + 1), before))

    def _in_turn(
        self, blocks: Iterable[tuple[int, bytearray]], before: bytes
    ) -> Iterator[tuple[int, bytearray, ByState]]:
        """Yield blocks with their offsets and facts; `before` is the byte before the first one."""
        for offset, block in blocks:
            yield offset, block, self._facts(block, before)
            before = bytes(block[-1:])

    def _in_threads(
        self, blocks: Iterable[tuple[int, bytearray]], before: bytes
    ) -> Iterator[tuple[int, bytearray, ByState]]:
        """Yield the same in the same order; threads compute the facts, since numpy lets others run meanwhile.

        They start where there is something to compute.
        """
        blocks = iter(blocks)
        for offset, block in blocks:
            if self._counts or self._grammar.quote in block:
                blocks = chain([(offset, block)], blocks)
                break
            yield offset, block, self._facts(block, before)
            before = bytes(block[-1:])
        else:
            return
        from concurrent.futures import ThreadPoolExecutor

        waiting: deque[tuple[int, bytearray, Future[ByState]]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            for offset, block in blocks:
                waiting.append((offset, block, pool.submit(self._facts, block, before)))
                before = bytes(block[-1:])
                if len(waiting) > 2 * self._threads:
                    first, head, found = waiting.popleft()
                    yield first, head, found.result()
            for offset, block, found in waiting:
                yield offset, block, found.result()

    def _before(self, offset: int) -> bytes:
        """Return the byte before an offset outside of quoted text; NUL for a quote, since that is data.

        It is empty where the text starts, after a byte order mark.
        """
        data, at, _ = self._reader.around(offset)
        if offset == len(self._grammar.mark) and data.startswith(self._grammar.mark):
            return b""
        return b"\0" if data[at - 1 : at] == self._grammar.quote else data[at - 1 : at]

    def _read_block(self) -> tuple[int, Parity]:
        """Read the block at the last mark as `csv` does; return where it ends, and the state there."""
        start, inside, records = self.marks.offsets[-1], bool(self.marks.inside[-1]), self.marks.records[-1]
        data, at, last = self._reader.around(start, max(BLOCK, WINDOW))
        self.backslash = self.backslash or b"\\" in data
        shift = start - at

        def follow() -> Iterator[int]:
            nonlocal at, inside
            at, inside = yield from self._grammar.record_ends(data, at, shift, inside=inside, last=last)

        records += sum(1 for _ in follow())
        return shift + at, Parity(int(inside), inside=inside, lines=records, stray=-1, last=-1)

    def _fold(self, state: Parity, blocks: Iterable[tuple[int, bytearray, ByState]]) -> Parity:
        """Follow the state through blocks, from that at the start of the first one, up to a stray quote."""
        grammar, quotes, lines, last, before = self._grammar, state.quotes, state.lines, state.last, b""
        for offset, block, facts in blocks:
            inside = quotes % 2 == 1
            # A quote that doubles the last one of the block before, and the second half of a CRLF, belong to it.
            doubled = not inside and before == grammar.quote == block[:1]
            halved = not inside and grammar.returns and before == b"\r" and block[:1] == b"\n"
            self.marks.add(offset + (doubled or halved), inside=inside or doubled, records=lines)
            self.backslash = self.backslash or b"\\" in block
            found = facts(inside)
            if found.quotes:
                last = offset + block.rfind(grammar.quote)
            if found.stray >= 0:
                return Parity(quotes + found.quotes, inside=False, lines=lines, stray=offset + found.stray, last=last)
            quotes, lines, before = quotes + found.quotes, lines + found.lines, bytes(block[-1:])
        return Parity(quotes, inside=quotes % 2 == 1, lines=lines, stray=-1, last=last)


def record_ends(reader: Reader, grammar: Grammar, start: int, *, inside: bool) -> Iterator[int]:
    """Yield the offset after each record's end, from one on where the state is known. Raise as `prove`."""
    last, length = False, 0
    while not last:
        data, at, last = reader.around(start, length)
        shift, length = start - at, WINDOW
        at, inside = yield from grammar.record_ends(data, at, shift, inside=inside, last=last)
        start = shift + at

"""Find where a file of records may be cut, and prove it.

The reference is Python's `csv`: the rows of the whole file are the rows of its chunks, for every cut made
here. The cheapest of three proofs is used; each sets marks, offsets where the state of a reader is known:

- `newlines`: there is no quote, so every line's end is a record's end.
- `parity`: each opening quote is proven to stand at the start of a field, or to double the quote before it.
  Quotes then alternate between opening and closing, and their count gives the state (RFC 4180, section 2).
- `scan`: some quote stands elsewhere, so the file is read from the start, as `csv` reads it: a quote opens
  only at the start of a field; elsewhere it is data.
"""

from __future__ import annotations

import mmap
import re
from array import array
from bisect import bisect_left, bisect_right
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from parallel_stage.errors import InputChangedError
from parallel_stage.plan.grammar import grammar_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.grammar import Buffer, Grammar

_BLOCK = 1 << 16  # bytes read at once, and between marks
_LINE_END, _LINE_FEED = re.compile(b"\r\n|\n|\r"), re.compile(b"\n")
_SPARSE = 32  # bytes from one quoted text to the next above which quotes are not dense


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


@contextmanager
def mapped(path: str) -> Iterator[Buffer]:
    """Map the file's bytes into memory."""
    with open(path, "rb") as file:
        if not file.seek(0, 2):  # an empty file cannot be mapped
            yield b""
            return
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            yield data
        finally:
            with suppress(BufferError):  # an interrupted search holds the map until its traceback is gone
                data.close()


def changed(path: str, before: int, after: int) -> InputChangedError:
    """Return the error for a file whose size has changed."""
    message = f"{path} changed while it was planned, from {before} to {after} bytes"
    return InputChangedError(message, "plan again when nothing writes to it")


def header_length(path: str, dialect: Dialect) -> int:
    """Return the length of every chunk's start, in bytes: byte order mark and header."""
    with mapped(path) as data:
        return _header(data, grammar_of(dialect), dialect)


def loose_quote(path: str, dialect: Dialect) -> tuple[int, bool]:
    """Return the first quote that breaks RFC 4180, or -1, and whether the file ends inside quoted text.

    In that case, the offset is that of the last quote.
    """
    grammar = grammar_of(dialect)
    with mapped(path) as data:
        return _loose_quote(data, grammar, first_record(data, grammar, dialect))


def mixed_line_ends(path: str, dialect: Dialect) -> bool:
    """Whether the header ends with a bare carriage return, and a record is a line feed, which would join it.

    Such a record is a blank line after a line feed; those inside quoted text are none.
    """
    grammar = grammar_of(dialect)
    with mapped(path) as data:
        begin = _header(data, grammar, dialect)
        if not grammar.returns or data[begin - 1 : begin] != b"\r" or data.find(b"\n\n", begin) < 0:
            return False
        return any(data[end : end + 1] == b"\n" for end in grammar.record_ends(data, begin, inside=False))


def survey(path: str, dialect: Dialect, *, count: bool) -> Survey:
    """Read a text file once, and prove where its records end.

    Args:
        path: The file.
        dialect: How it is read; the encoding must keep ASCII bytes for ASCII characters only, and the
            delimiter and quote must be one byte each.
        count: Whether to count records, which `cut_records` needs.

    Raises:
        OSError: Where the file cannot be read.
    """
    grammar, marks = grammar_of(dialect), Marks()
    with mapped(path) as data:
        begin = _header(data, grammar, dialect)
        proof, lines, stray, inside = "newlines", 0, -1, False
        if begin == len(data):  # the header may be open, up to the end
            inside = _loose_quote(data, grammar, first_record(data, grammar, dialect))[1]
        elif grammar.quote and data.find(grammar.quote, begin) >= 0:
            proof, (inside, lines, stray) = "parity", _count_quotes(data, begin, grammar, marks, count=count)
            if stray >= 0:
                marks = Marks()
                proof, lines = "scan", _scan(data, begin, grammar, marks, count=count)
        elif count:
            lines = _count_lines(data, begin, grammar, marks)
        ends = _end_of(data, grammar, marks, lines, (begin, 0)) if count and lines else begin
        records = lines + (ends < len(data))
        unclosed = data.rfind(grammar.quote) if inside else -1
        return Survey(path, grammar, len(data), begin, proof, stray, unclosed, records if count else -1, marks)


def cut_bytes(found: Survey, parts: int) -> Cuts:
    """Cut a surveyed file where records end next to equal shares of its bytes.

    A record longer than a share stays whole, so there may be fewer chunks than `parts`.

    Raises:
        InputChangedError: Where the file has another size than when it was surveyed.
        OSError: Where it cannot be read.
    """
    bounds, length = [found.header], found.size - found.header
    with _again(found) as data:
        for part in range(1, parts):
            wanted = found.header + length * part // parts
            if wanted > bounds[-1]:
                bounds.append(_end_from(data, found, wanted, bounds[-1]))
    while bounds[-1] >= found.size > found.header:
        bounds.pop()
    return Cuts(found.proof, found.header, (*bounds, found.size))


def cut_records(found: Survey, parts: int) -> Cuts:
    """Cut a surveyed file with counted records into chunks of equal numbers of records.

    Raise as `cut_bytes`.
    """
    parts = max(1, min(parts, found.records))
    ends = [found.records * part // parts for part in range(parts + 1)]
    bounds = [found.header]
    with _again(found) as data:
        for seen, wanted in pairwise(ends[:-1]):
            bounds.append(_end_of(data, found.grammar, found.marks, wanted, (bounds[-1], seen)))
    rows = tuple(stop - start for start, stop in pairwise(ends))
    return Cuts(found.proof, found.header, (*bounds, found.size), rows)


@contextmanager
def _again(found: Survey) -> Iterator[Buffer]:
    """Map a surveyed file again; its size must be the same."""
    with mapped(found.path) as data:
        if len(data) != found.size:
            raise changed(found.path, found.size, len(data))
        yield data


def _start(data: Buffer, grammar: Grammar) -> int:
    """Return where the text starts, after a byte order mark."""
    return len(grammar.mark) if grammar.mark and data[: len(grammar.mark)] == grammar.mark else 0


def _loose_quote(data: Buffer, grammar: Grammar, begin: int) -> tuple[int, bool]:
    if not grammar.quote or data.find(grammar.quote, begin) < 0:
        return -1, False
    inside, _, stray = _count_quotes(data, begin, grammar, Marks(), count=False)
    return (data.rfind(grammar.quote), True) if inside else (stray, False)


def first_record(data: Buffer, grammar: Grammar, dialect: Dialect) -> int:
    """Return where the first record starts: a header is one, the lines of `head_lines` are none."""
    return _start(data, grammar) if dialect.head_lines is None else _header(data, grammar, dialect)


def _header(data: Buffer, grammar: Grammar, dialect: Dialect) -> int:
    """Return where the records start: after the first one where it is a header, or after the head's lines."""
    begin, lines = _start(data, grammar), dialect.head_lines
    if lines is None:
        return next(grammar.record_ends(data, begin, inside=False), len(data)) if dialect.header else begin
    if lines == 0:
        return begin
    ends = (_LINE_END if grammar.returns else _LINE_FEED).finditer(data, begin)
    last = next(islice(ends, lines - 1, None), None)
    return last.end() if last else len(data)


def _end_from(data: Buffer, found: Survey, offset: int, after: int) -> int:
    """Return the first offset from `offset` on where a record ends; `after` is an earlier such offset."""
    start, inside = after, False
    if found.proof == "newlines":
        start = offset - 1
    else:
        index = bisect_right(found.marks.offsets, offset - 1) - 1
        if found.marks.offsets[index] > after:
            start, inside = found.marks.offsets[index], bool(found.marks.inside[index])
    ends = found.grammar.record_ends(data, start, inside=inside)
    return next((end for end in ends if end >= offset), found.size)


def _end_of(data: Buffer, grammar: Grammar, marks: Marks, record: int, after: tuple[int, int]) -> int:
    """Return where the `record`-th record ends, from 1.

    `after` is an earlier end: its offset and the number of records so far.
    """
    (start, seen), inside = after, False
    index = bisect_left(marks.records, record) - 1
    if marks.offsets[index] > start:
        start, seen, inside = marks.offsets[index], marks.records[index], bool(marks.inside[index])
    return next(islice(grammar.record_ends(data, start, inside=inside), record - seen - 1, None))


def _blocks(data: Buffer, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes of a range with their offsets, in blocks that never end inside a CRLF."""
    while start < stop:
        end = min(start + _BLOCK, stop)
        if data[end - 1 : end + 1] == b"\r\n":
            end += 1
        yield start, data[start:end]
        start = end


def _line_ends(text: bytes, grammar: Grammar) -> int:
    """Return the number of lines that end in the text."""
    count = text.count(b"\n")
    if grammar.returns:
        count += text.count(b"\r") - text.count(b"\r\n")
    return count


def _count_lines(data: Buffer, begin: int, grammar: Grammar, marks: Marks) -> int:
    """Mark a file in which every line's end is a record's end; return the number of lines."""
    records = 0
    for offset, block in _blocks(data, begin, len(data)):
        marks.add(offset, inside=False, records=records)
        records += _line_ends(block, grammar)
    return records


def _count_quotes(data: Buffer, begin: int, grammar: Grammar, marks: Marks, *, count: bool) -> tuple[bool, int, int]:
    """Mark a file by counting quotes.

    Return whether the file ends inside quoted text, the number of lines that end outside of it, and the
    offset of the first stray quote, or -1.

    An opening quote must follow a delimiter, a line's end, nothing, or the closing quote that it doubles.
    Then parity gives the state of `csv`, by induction: each opening quote stands at the start of a field or
    right after a closing one, and each closing one inside quoted text.
    """
    inside, lines, before = False, 0, b""
    allowed = grammar.before | {b"", grammar.quote}
    for offset, block in _blocks(data, begin, len(data)):
        doubled = not inside and before == grammar.quote == block[:1]
        marks.add(offset + doubled, inside=inside or doubled, records=lines)
        pieces = block.split(grammar.quote)
        outside = pieces[inside::2]
        ends_inside = inside == (len(pieces) % 2 == 1)
        opened = outside[:] if ends_inside else outside[:-1]
        if opened and not inside:
            opened[0] = before + opened[0]
        # Where quotes are dense, nearly all pieces are a delimiter: check each distinct one once.
        different = set(opened) if len(opened) > len(block) // _SPARSE else opened
        if not all(piece[-1:] in allowed for piece in different):
            stray = next(place for place, piece in enumerate(opened) if piece[-1:] not in allowed)
            return False, lines, offset + len(grammar.quote.join(pieces[: inside + 2 * stray + 1]))
        if count:
            lines += _line_ends(grammar.quote.join(outside), grammar)
        inside, before = ends_inside, block[-1:]
    return inside, lines, -1


def _scan(data: Buffer, begin: int, grammar: Grammar, marks: Marks, *, count: bool) -> int:
    """Mark a file by reading it from the start.

    Return the number of lines that end outside of quoted text.
    """
    lines, at = 0, begin
    gaps: list[bytes] = []
    marks.add(begin, inside=False, records=0)
    for opened, closed in chain(grammar.quoted(data, begin), [(len(data), len(data))]):
        if opened - marks.offsets[-1] >= _BLOCK:
            lines += _line_ends(grammar.quote.join(gaps), grammar)
            gaps = []
            for offset, block in _blocks(data, at, opened):
                marks.add(offset, inside=False, records=lines)
                lines += _line_ends(block, grammar)
        elif count:
            gaps.append(data[at:opened])
        at = closed
    return lines + _line_ends(grammar.quote.join(gaps), grammar)

"""Backslashes that may escape a quote or the end of a line, as MySQL, Hive and others write them.

Python's `csv` takes them for data, so that the same bytes are other records to other readers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parallel_stage.plan.records.encodings import last_run
from parallel_stage.plan.records.grammar import grammar_of
from parallel_stage.plan.records.header import first_record
from parallel_stage.plan.records.proofs import record_ends
from parallel_stage.plan.records.reader import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.records.grammar import Grammar
    from parallel_stage.plan.records.reader import Reader

_LONGEST = 1 << 16


def first_escape(path: str, dialect: Dialect) -> tuple[int, str]:
    """Return the offset of the first quote, or line end outside of quotes, after a backslash, and the word for it.

    The offset is -1 where there is none, or where nothing quotes. A backslash that another one escapes counts
    as none, since the records are then the same to every reader.

    Raises:
        OSError: Where the file cannot be read.
    """
    grammar = grammar_of(dialect)
    if not grammar.quote:
        return -1, ""
    with opened(path) as reader:
        begin = first_record(reader, grammar, dialect)
        ends = _Ascending(record_ends(reader, grammar, begin, inside=False))
        for offset, escaped in _candidates(reader, grammar, begin, dialect.encoding):
            if escaped == grammar.quote:
                return offset, "quote"
            if offset + len(escaped) in ends:
                return offset, "line end"
    return -1, ""


def _candidates(reader: Reader, grammar: Grammar, begin: int, encoding: str) -> Iterator[tuple[int, bytes]]:
    """Yield each quote and line end after an odd number of backslashes, with its offset."""
    backslash = b"\\".decode(encoding)  # a yen sign in some
    pattern = re.compile(rb"\\(%b|\r\n?|\n)" % re.escape(grammar.quote))
    after = begin
    for shift, text in _with_context(reader, begin):
        for found in pattern.finditer(text, max(0, after - shift)):
            if found[1] == b"\r" and found.end() == len(text) and shift + len(text) < reader.size:
                break  # the next text has it, too, and what follows
            before = last_run(text[max(0, after - shift) : found.start(1)][-_LONGEST:], encoding)
            if (len(before) - len(before.rstrip(backslash))) % 2:
                yield shift + found.start(1), found[1]
            after = shift + found.end()


def _with_context(reader: Reader, begin: int) -> Iterator[tuple[int, bytes]]:
    """Yield the texts of a file that have a backslash, with what comes before, and their offsets."""
    before = b""
    for offset, block in reader.blocks(begin):
        if b"\\" in block or before.endswith((b"\\", b"\\\r")):
            yield offset - len(before), before + block
        before = bytes(block[-_LONGEST:]) if len(block) >= _LONGEST else (before + block)[-_LONGEST:]


class _Ascending:
    """Numbers in ascending order, asked for in that order."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers
        self._number = -1

    def __contains__(self, number: int) -> bool:
        while self._number < number:
            self._number = next(self._numbers, 1 << 63)
        return self._number == number

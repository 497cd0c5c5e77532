"""Backslashes that may escape a quote or the end of a line, as MySQL, Hive and others write them.

Python's `csv` takes them for data, so that the same bytes are other records to other readers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parallel_stage.plan.encodings import last_run
from parallel_stage.plan.grammar import grammar_of
from parallel_stage.plan.records import first_record, mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.grammar import Buffer, Grammar

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
    with mapped(path) as data:
        begin = first_record(data, grammar, dialect)
        ends = _Ends(data, grammar, begin)
        for offset, stop in _candidates(data, grammar, begin, dialect.encoding):
            if data[offset:stop] == grammar.quote:
                return offset, "quote"
            if stop in ends:
                return offset, "line end"
    return -1, ""


def _candidates(data: Buffer, grammar: Grammar, begin: int, encoding: str) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each quote and line end after an odd number of backslashes."""
    backslash = b"\\".decode(encoding)  # a yen sign in some
    after = begin
    for found in re.compile(rb"\\(%b|\r\n?|\n)" % re.escape(grammar.quote)).finditer(data, begin):
        before = last_run(data[max(after, found.start(1) - _LONGEST) : found.start(1)], encoding)
        if (len(before) - len(before.rstrip(backslash))) % 2:
            yield found.span(1)
        after = found.end()


class _Ends:
    """The ends of records, asked for in ascending order."""

    def __init__(self, data: Buffer, grammar: Grammar, begin: int) -> None:
        self._ends = grammar.record_ends(data, begin, inside=False)
        self._end = begin

    def __contains__(self, offset: int) -> bool:
        while self._end < offset:
            self._end = next(self._ends, 1 << 63)
        return self._end == offset

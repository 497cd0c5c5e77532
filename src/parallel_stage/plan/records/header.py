"""Where the records of a text file start: after its byte order mark, and after a header or a head of lines."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from parallel_stage.plan.records.grammar import grammar_of
from parallel_stage.plan.records.proofs import record_ends
from parallel_stage.plan.records.reader import opened

if TYPE_CHECKING:
    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.records.grammar import Grammar
    from parallel_stage.plan.records.reader import Reader


def header_length(path: str, dialect: Dialect) -> int:
    """Return the length of every chunk's start, in bytes: byte order mark and header."""
    with opened(path) as reader:
        return records_start(reader, grammar_of(dialect), dialect)


def first_record(reader: Reader, grammar: Grammar, dialect: Dialect) -> int:
    """Return where the first record starts: a header is one, the lines of `head_lines` are none."""
    return _start(reader, grammar) if dialect.head_lines is None else records_start(reader, grammar, dialect)


def records_start(reader: Reader, grammar: Grammar, dialect: Dialect) -> int:
    """Return where the records start: after the first one where it is a header, or after the head's lines."""
    begin, lines = _start(reader, grammar), dialect.head_lines
    if lines == 0 or (lines is None and not dialect.header):
        return begin
    if lines is not None:
        grammar = grammar_of(replace(dialect, quotechar=""))
    return next(islice(record_ends(reader, grammar, begin, inside=False), (lines or 1) - 1, None), reader.size)


def _start(reader: Reader, grammar: Grammar) -> int:
    """Return where the text starts, after a byte order mark."""
    return len(grammar.mark) if grammar.mark and reader.around(0, len(grammar.mark))[0].startswith(grammar.mark) else 0

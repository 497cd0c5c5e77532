"""The grammar of records in bytes: how Python's `csv` reads quotes and line ends, as regular expressions.

`csv` opens a quoted text only where a quote starts a field; elsewhere a quote is data. Inside, two quotes are
one, and a run of an odd number of quotes ends it. Outside, a line's end ends the record: CRLF, LF, or a bare
CR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator
    from typing import TypeAlias

    from parallel_stage.plan.dialect import Dialect

    Buffer: TypeAlias = bytes | mmap.mmap

BOM = b"\xef\xbb\xbf"
"""The UTF-8 byte order mark; where a file starts with it, it belongs to the header of every chunk."""

_MOST_DOUBLED = 64
_NOTHING = re.compile(b"(?!)")


@dataclass(frozen=True, slots=True)
class Grammar:
    """The bytes that end records and that quote.

    Attributes:
        mark: The byte order mark that the encoding lets a file start with.
        quote: The quote, or empty where nothing quotes.
        returns: Whether a carriage return ends a record.
        before: The bytes that an opening quote may follow.
        text: Matches a quoted text, from a quote at the start of a field on; its group `closed` is the quote
            that ends it, and is missing where the text goes on, since the engine's memory for doubled quotes
            is bounded.
        runs: Matches a run of quotes.
        step: Matches a quoted text, or the end of a line as its group `end`, whichever comes first.
    """

    mark: bytes
    quote: bytes
    returns: bool
    before: frozenset[bytes]
    text: re.Pattern[bytes]
    runs: re.Pattern[bytes]
    step: re.Pattern[bytes]

    def leave(self, data: Buffer, offset: int) -> int:
        """Return where the quoted text around `offset` ends.

        Inside a run of quotes, `offset` is the run's start.

        It ends after a run of an odd number of quotes, or with the file.
        """
        for run in self.runs.finditer(data, offset):
            if (run.end() - run.start()) % 2:
                return run.end()
        return len(data)

    def record_ends(self, data: Buffer, offset: int, *, inside: bool) -> Iterator[int]:
        """Yield the offset after each record's end, from a place on where the state is known."""
        going_on = True
        at = self.leave(data, offset) if inside else offset
        while going_on:
            going_on = False
            for found in self.step.finditer(data, at):
                if found.lastgroup == "end":
                    yield found.end()
                elif not found.lastgroup:
                    at, going_on = self.leave(data, found.end()), True
                    break

    def quoted(self, data: Buffer, offset: int) -> Iterator[tuple[int, int]]:
        """Yield the start and stop of every quoted text, from an offset outside of any."""
        going_on = True
        while going_on:
            going_on = False
            for found in self.text.finditer(data, offset):
                if found.lastgroup:
                    yield found.span()
                else:
                    offset, going_on = self.leave(data, found.end()), True
                    yield found.start(), offset
                    break


def grammar_of(dialect: Dialect) -> Grammar:
    """Return the grammar of a text dialect whose delimiter and quote are one byte each."""
    mark = BOM if dialect.encoding in ("utf-8", "utf-8-sig") else b""
    if dialect.kind != "csv":
        return Grammar(mark, b"", False, frozenset(), _NOTHING, _NOTHING, re.compile(b"(?P<end>\n)"))
    if not dialect.quotechar:
        return Grammar(mark, b"", True, frozenset(), _NOTHING, _NOTHING, re.compile(b"(?P<end>\r\n?|\n)"))
    # One byte is the same with and without utf-8-sig, which would put its mark in front.
    encoding = "utf-8" if mark else dialect.encoding
    delimiter, quote = dialect.delimiter.encode(encoding), dialect.quotechar.encode(encoding)
    d, q = re.escape(delimiter), re.escape(quote)
    # Starts with the quote itself, since the engine then searches for that byte at memory speed.
    opening = b"%b(?:(?<![^%b\r\n]%b)|(?<=\\A%b%b))" % (q, d, q, mark, q)
    text = b"%b[^%b]*(?:%b%b[^%b]*){0,%d}(?P<closed>%b(?!%b))?" % (opening, q, q, q, q, _MOST_DOUBLED, q, q)
    return Grammar(
        mark=mark,
        quote=quote,
        returns=True,
        before=frozenset((delimiter, b"\n", b"\r")),
        text=re.compile(text),
        runs=re.compile(q + b"+"),
        step=re.compile(b"%b|(?P<end>\r\n?|\n)" % text),
    )

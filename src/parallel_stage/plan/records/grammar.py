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
    from collections.abc import Generator

    from parallel_stage.plan.dialect import Dialect

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
        runs: Matches a run of quotes.
        step: Matches a quoted text, from a quote at the start of a field on, or the end of a line as its group
            `end`, whichever comes first. The group `closed` is the quote that ends the text, and is missing where
            the text goes on, since the engine's memory for doubled quotes is bounded.
    """

    mark: bytes
    quote: bytes
    returns: bool
    before: frozenset[bytes]
    runs: re.Pattern[bytes]
    step: re.Pattern[bytes]

    def record_ends(
        self, data: bytes, at: int, shift: int, *, inside: bool, last: bool
    ) -> Generator[int, None, tuple[int, bool]]:
        """Yield the offset after each record's end in a part of a file, from a place on where the state is known.

        Return a place up to which nothing that follows can change what was yielded, and whether it is inside
        quoted text. Unless the part is one quote or line end, it is after `at`.

        Args:
            data: Part of a file, with up to four bytes before `at`, since patterns look back.
            at: The place in it to start at; inside a run of quotes, only an even number of them comes before.
            shift: The offset of the part in the file.
            inside: Whether it is inside quoted text.
            last: Whether nothing follows the part.
        """
        while True:
            if inside:
                at, inside = self._leave(data, at, last=last)
                if inside:
                    return at, True
            for found in self.step.finditer(data, at):
                uncertain = found.end() == len(data) and not last
                if found.lastgroup == "end":
                    if uncertain and found["end"] == b"\r":  # it may be the first half of a CRLF
                        return found.start(), False
                    yield shift + found.end()
                elif uncertain or not found.lastgroup:
                    at, inside = found.start() + 1, True
                    break
            else:
                return len(data), False

    def _leave(self, data: bytes, at: int, *, last: bool) -> tuple[int, bool]:
        """Return the place after the quoted text around `at`, and False; else the last certain one, and True.

        Quoted text ends after a run of an odd number of quotes, or with the file.
        """
        for run in self.runs.finditer(data, at):
            if run.end() == len(data) and not last:
                return run.end() - (run.end() - run.start()) % 2, True
            if (run.end() - run.start()) % 2:
                return run.end(), False
        return len(data), not last


def grammar_of(dialect: Dialect) -> Grammar:
    """Return the grammar of a text dialect whose delimiter and quote are one byte each."""
    mark = BOM if dialect.encoding in ("utf-8", "utf-8-sig") else b""
    if dialect.kind != "csv":
        return Grammar(mark, b"", False, frozenset(), _NOTHING, re.compile(b"(?P<end>\n)"))
    if not dialect.quotechar:
        return Grammar(mark, b"", True, frozenset(), _NOTHING, re.compile(b"(?P<end>\r\n?|\n)"))
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
        runs=re.compile(q + b"+"),
        step=re.compile(b"%b|(?P<end>\r\n?|\n)" % text),
    )

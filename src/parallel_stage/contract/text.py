"""Places in a text: the route to a value in the data, the span where it stands, and its line and column."""

from __future__ import annotations

from bisect import bisect_right

from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TypeAlias

Route: TypeAlias = tuple[str | int, ...]
"""The path from the document's root to a value: keys of tables and indexes of lists."""


class Span(NamedTuple):
    """A stretch of text: `start <= offset < stop`, in code points."""

    start: int
    stop: int


class Edit(NamedTuple):
    """A text to write in place of a span; an empty span is an insertion."""

    span: Span
    text: str


class Place(NamedTuple):
    """The spans of a key and its value; an element of a list has no key, and its own span twice."""

    key: Span
    value: Span


def line_end(text: str) -> str:
    """Return the line end of a text: CRLF where it has one, else LF."""
    return "\r\n" if "\r\n" in text else "\n"


class Lines:
    """The lines of a text, which may end in LF or CRLF.

    Attributes:
        text: The whole text.
    """

    __slots__ = ("_last", "_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        found = text.find("\n")
        while found >= 0:
            self._starts.append(found + 1)
            found = text.find("\n", found + 1)
        self._last = (0, "")

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and column of an offset, both from 1, in code points."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return a line without its end, by its number from 1; the same object for repeated calls."""
        if self._last[0] != number:
            self._last = number, self.text[slice(*self.span(number))].removesuffix("\n").rstrip("\r")
        return self._last[1]

    def span(self, number: int) -> tuple[int, int]:
        """Return where a line starts, and where the next one does."""
        return self._starts[number - 1], self._starts[number] if number < len(self._starts) else len(self.text)

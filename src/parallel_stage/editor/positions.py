"""Convert offsets of a text, in code points, to a client's lines and columns, and back."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pygls.workspace import PositionCodec

# The line ends of the protocol; str.splitlines knows many more.
_END = re.compile(r"\r\n|\n|\r")


class Positions:
    """The positions of a text.

    Args:
        text: The text.
        codec: The client's units of columns: UTF-8, UTF-16 or UTF-32.
    """

    def __init__(self, text: str, codec: PositionCodec) -> None:
        ends = list(_END.finditer(text))
        self._text = text
        self._units = codec.client_num_units
        self._starts = [0, *(end.end() for end in ends)]
        self._stops = [*(end.start() for end in ends), len(text)]

    def position(self, offset: int) -> types.Position:
        """Return the position of an offset; one inside a line end counts as just before it."""
        line = bisect_right(self._starts, offset) - 1
        column = self._text[self._starts[line] : min(offset, self._stops[line])]
        return types.Position(line, self._units(column))

    def range(self, span: Iterable[int]) -> types.Range:
        """Return the range of a span."""
        start, stop = span
        return types.Range(self.position(start), self.position(stop))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position.

        One after the end of its line, or of the text, counts as that end.
        """
        if position.line >= len(self._starts):
            return len(self._text)
        offset, stop, left = self._starts[position.line], self._stops[position.line], position.character
        while offset < stop and left >= (width := self._units(self._text[offset])):
            offset, left = offset + 1, left - width
        return offset

"""Offsets of a text, in code points, as the lines and columns that a client counts."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pygls.workspace import PositionCodec

# What ends a line for the protocol; to str.splitlines many more characters do.
_END = re.compile(r"\r\n|\n|\r")


class Positions:
    """A text's places, there and back.

    Args:
        text: The text.
        codec: The units of columns that were agreed on with the client: UTF-8, UTF-16 or UTF-32.
    """

    def __init__(self, text: str, codec: PositionCodec) -> None:
        ends = list(_END.finditer(text))
        self._text = text
        self._units = codec.client_num_units
        self._starts = [0, *(end.end() for end in ends)]
        self._stops = [*(end.start() for end in ends), len(text)]

    def position(self, offset: int) -> types.Position:
        """Where an offset is; one inside the end of a line counts as just before it."""
        line = bisect_right(self._starts, offset) - 1
        column = self._text[self._starts[line] : min(offset, self._stops[line])]
        return types.Position(line, self._units(column))

    def range(self, span: Iterable[int]) -> types.Range:
        """Where a stretch of the text is."""
        start, stop = span
        return types.Range(self.position(start), self.position(stop))

    def offset(self, position: types.Position) -> int:
        """The offset at a position; one behind the end of its line, or of the text, counts as that end."""
        if position.line >= len(self._starts):
            return len(self._text)
        offset, stop, left = self._starts[position.line], self._stops[position.line], position.character
        while offset < stop and left >= (width := self._units(self._text[offset])):
            offset, left = offset + 1, left - width
        return offset

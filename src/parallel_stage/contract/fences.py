"""Fenced code blocks of Markdown: the text of each, and where every part of it stands in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract.text import Edit, Span, line_end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_NO_MARK = re.compile(r"[^>\t]")
"""What stands before a fence besides quote marks and tabs: blanks, and the mark of a list's item."""


class _Line(NamedTuple):
    """The place of a line of a block.

    Attributes:
        start: Where the line of the file starts.
        content: Where the block's text on it starts: after indentation and quote marks.
        blanks: How many blanks the block's text has there in place of the rest of a tab.
    """

    start: int
    content: int
    blanks: int = 0


class Block:
    """A fenced code block.

    Attributes:
        info: The text behind the opening fence.
        text: The block's text without indentation and quote marks; line ends are those of the file.
    """

    def __init__(self, info: str, text: str, lines: Sequence[_Line], opening: str, newline: str) -> None:
        self.info = info
        self.text = text
        self._lines = lines  # the last is what follows the block, unless the file ends within a line of it
        self._starts = [0, *accumulate(map(len, _LINE.findall(text)))][: len(lines)]
        # A new line starts with what continues the lists and quotes of the opening fence.
        self._prefix = _NO_MARK.sub(" ", re.split("[`~]", opening, maxsplit=1)[0])
        self._ended = opening.endswith(("\r", "\n"))
        self._newline = newline

    def place(self, offset: int) -> int:
        """Return the offset in the file of an offset in the block's text."""
        index = bisect_right(self._starts, offset) - 1
        line = self._lines[index]
        return line.content + max(0, offset - self._starts[index] - line.blanks)

    def edit(self, edit: Edit) -> Edit:
        """Return the edit of the file that makes an edit of the block's text."""
        (start, stop), text = edit
        if "\n" not in self.text:  # then nobody knew which line ends the file has
            text = text.replace("\r\n", "\n").replace("\n", self._newline)
        if start in self._starts and stop in self._starts and (not text or text.endswith("\n")):
            return self._lines_edit(start, stop, text)
        head, *others = text.split("\n")
        last = others[-1:] == [""] and stop == len(self.text)  # then nothing follows on a line of its own
        new = "\n".join([head, *map(self._continued, others[:-1] if last else others), *([""] if last else [])])
        return Edit(Span(self.place(start), self.place(stop)), new)

    def _lines_edit(self, start: int, stop: int, text: str) -> Edit:
        """Return the edit that replaces whole lines, with all that stands before the block's text on them."""
        first, last = (self._lines[self._starts.index(offset)].start for offset in (start, stop))
        new = "".join(map(self._continued, _LINE.findall(text)))
        return Edit(Span(first, last), new if self._ended else self._newline + new)

    def _continued(self, line: str) -> str:
        """Return a new line of the block with what has to stand before it."""
        # A quote mark takes the blank behind it.
        return self._prefix + (" " if self._prefix.endswith(">") and line.startswith((" ", "\t")) else "") + line


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced code blocks of a Markdown text, as CommonMark has them."""
    bare = text.removeprefix("\ufeff")  # a byte order mark is no part of the first line
    lines = _LINE.findall(bare)
    starts = list(accumulate(map(len, lines), initial=len(text) - len(bare)))
    for token in _parser().parse("\n".join([*(line.rstrip("\r\n") for line in lines), ""])):
        if token.type == "fence":
            yield _block(token, lines, starts, line_end(text))


@cache
def _parser() -> MarkdownIt:
    """Return the parser of blocks; what is in a paragraph does not matter."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _block(token: Token, lines: Sequence[str], starts: Sequence[int], newline: str) -> Block:
    assert token.map is not None  # noqa: S101 -- every block has its lines
    first = token.map[0] + 1
    places, texts = [], []
    for index, content in enumerate(token.content.split("\n")[:-1], first):
        line = lines[index]
        bare = line.rstrip("\r\n")
        blanks = _blanks_of_tab(bare, content)
        at = len(bare) - len(content) + blanks
        places.append(_Line(starts[index], starts[index] + at, blanks))
        texts.append(" " * blanks + line[at:])
    if not texts or texts[-1].endswith(("\r", "\n")):
        end = starts[first + len(texts)]
        places.append(_Line(end, end))
    return Block(token.info, "".join(texts), places, lines[first - 1], newline)


def _blanks_of_tab(line: str, content: str) -> int:
    """Return how many blanks at the start of a block's line stand for a part of a tab: at most three."""
    line = line.replace("\0", "\ufffd")
    blanks = 0
    while not line.endswith(content[blanks:]):
        blanks += 1
    return blanks

"""The place of every comment of a YAML text: what the reader passes over between its tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.tokens import ScalarToken

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile("#[^\0\n\r\x85\u2028\u2029]*")
_HEAD = re.compile(r"[|>][-+0-9]*[ \t]*")
"""How a block of text starts: a comment may follow on the line, and the text is below."""


def comments(text: str) -> Iterator[tuple[int, int]]:
    """The span of every comment of a text that parses, in code points, in the order of the text."""
    stop = 0
    for token in YAML(typ="safe", pure=True).scan(text):
        start = token.start_mark.index
        yield from (found.span() for found in _COMMENT.finditer(text, stop, start))
        head = _HEAD.match(text, start) if isinstance(token, ScalarToken) and token.style in ("|", ">") else None
        comment = _COMMENT.match(text, head.end()) if head else None
        if comment:
            yield comment.span()
        stop = token.end_mark.index

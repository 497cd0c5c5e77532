"""tree-sitter: a syntax tree of a text, also of a broken one, with spans in code points."""

from __future__ import annotations

import importlib
from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

import tree_sitter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node


class Tree:
    """A parsed text.

    Attributes:
        root: The syntax tree's root node; nodes count bytes, `span` and `text` translate.
    """

    def __init__(self, root: Node, source: str) -> None:
        self.root = root
        self._source = source
        # The byte at which each code point ends; an ASCII text needs no table.
        self._ends = [] if source.isascii() else list(accumulate(len(char.encode()) for char in source))

    def span(self, node: Node) -> tuple[int, int]:
        """Return the span of a node, in code points."""
        return self._offset(node.start_byte), self._offset(node.end_byte)

    def text(self, node: Node) -> str:
        """Return the text of a node."""
        return self._source[slice(*self.span(node))]

    def _offset(self, byte: int) -> int:
        return bisect_right(self._ends, byte) if self._ends else byte


def parse(language: str, source: str) -> Tree:
    """Return the tree of a text; the grammar's package is `tree_sitter_<language>`."""
    return Tree(_parser(language).parse(source.encode()).root_node, source)


@cache
def _parser(language: str) -> tree_sitter.Parser:
    grammar = importlib.import_module(f"tree_sitter_{language}")
    return tree_sitter.Parser(tree_sitter.Language(grammar.language()))


def nodes(root: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, in the order of the text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def first_error(root: Node) -> Node:
    """Return the first, deepest node with a syntax error; the root where there is none."""
    node = root
    while child := next((child for child in node.children if _at_fault(child)), None):
        node = child
    return node


def _at_fault(node: Node) -> bool:
    return node.has_error or node.is_error or node.is_missing

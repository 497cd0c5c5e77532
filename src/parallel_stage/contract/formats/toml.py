"""TOML: tomli for the data, tree-sitter for the spans.

tomli reads TOML 1.1, too, which other readers refuse. tree-sitter's grammar is that of TOML 1.0: what only
tomli understands is reported as `toml-version`.
"""

from __future__ import annotations

import re

import tomli

from parallel_stage.contract.formats import DEEPEST, TOO_LONG, refuse_excess, twice
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tree_sitter import Node

    from parallel_stage.contract.formats import EntrySpans
    from parallel_stage.contract.formats.trees import Tree
    from parallel_stage.contract.text import Route

# New in TOML 1.1: \e and \x, times without seconds, newlines and a last comma in inline tables.
# Each pattern starts with its rarest character, which the engine searches for first.
_ESCAPES = ("\\e", "\\x")
_SHORT_TIME = r":(?<=\d\d:)\d\d(?!:)"
_PLAIN_INLINE_TABLE = r"""\{(?:[^{}\n"'#]|"[^"\\\n{}]*"(?!")|'[^'\n{}]*'(?!'))*\}"""
_LAST_COMMA = r",\s*\}"
_KEYS = ("bare_key", "quoted_key", "dotted_key")
_OVERWRITES = "Cannot overwrite a value"
"""tomli's message for a repeated key, which it does not name."""
_WHOLE_PAIR = 3  # a key, the equals sign, a value


def parse(text: str, most: int | None = None) -> Any:
    """Return the data in a TOML text; see `formats.Format`. Syntax of TOML 1.1 is a mistake, too."""
    if text.startswith("\ufeff"):
        message = "the file starts with a byte order mark, which TOML does not allow; save it as UTF-8 without BOM"
        raise NotADocumentError(Problem("syntax-error", message, offset=0), text)
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message, offset = error.msg, _offset(text, error.lineno, error.colno)
        if message == _OVERWRITES:
            message, offset = _repeated_key(text, offset)
        raise NotADocumentError(Problem("syntax-error", f"not TOML: {message}", offset=offset), text) from None
    except RecursionError:
        raise NotADocumentError(
            Problem("syntax-error", "arrays or tables are nested too deep", offset=0), text
        ) from None
    except ValueError:  # Python's own limit on digits
        raise NotADocumentError(Problem("syntax-error", f"not TOML: {TOO_LONG}", offset=0), text) from None
    if _maybe_newer(text):
        _refuse_newer(text)
    refuse_excess(data, most, text)
    return data


def entries(text: str) -> Iterator[EntrySpans]:
    """Yield every route with the spans of its key and value, in the order of the text."""
    from parallel_stage.contract.formats import trees

    tree = trees.parse("toml", text)
    elements: dict[Route, int] = {}
    for node in tree.root.children:
        if node.type == "pair":
            yield from _pair(tree, node, ())
        elif node.type in ("table", "table_array_element"):
            yield from _table(tree, node, elements)


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of every comment; see `formats.Format`."""
    from parallel_stage.contract.formats import trees

    tree = trees.parse("toml", text)
    return (tree.span(node) for node in trees.nodes(tree.root) if node.type == "comment")


def _offset(text: str, line: int, column: int) -> int:
    """Return the offset of a line and column, both from 1; tomli counts lines after turning CRLF into LF."""
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return min(start + column - 1, len(text))


def _repeated_key(text: str, offset: int) -> tuple[str, int]:
    """Return the message about the last key up to an offset that was there before, and the key's offset."""
    found, inside, seen = (_OVERWRITES, offset), range(0), set()
    for route, (start, _), value in entries(text):
        if route in seen and start <= offset and start not in inside:
            found = twice(str(route[-1])), start
            inside = range(*value) if value[0] > start else range(0)  # a table's span holds its header
        seen.add(route)
    return found


def _maybe_newer(text: str) -> bool:
    """Whether a text may have syntax of TOML 1.1; cheap, since every valid file is checked."""
    # Expressions are compiled only where needed: that takes longer than reading a contract.
    if any(escape in text for escape in _ESCAPES):
        return True
    if any(before[-1:].isdigit() for before in text.split(":")) and re.search(_SHORT_TIME, text):
        return True
    return "{" in text and bool(re.search(_LAST_COMMA, text) or "{" in re.sub(_PLAIN_INLINE_TABLE, "", text))


def _refuse_newer(text: str) -> None:
    from parallel_stage.contract.formats import trees

    tree = trees.parse("toml", text)
    if tree.root.has_error:
        start = tree.span(trees.first_error(tree.root))[0]
        message = (
            "this is TOML 1.1 (such as a newline or a last comma inside { }, \\e, \\x, or a time without seconds); "
            "readers of TOML 1.0, AGILAB's among them, cannot read it: write it as TOML 1.0"
        )
        raise NotADocumentError(Problem("toml-version", message, offset=start), text)


def _table(tree: Tree, node: Node, elements: dict[Route, int]) -> Iterator[EntrySpans]:
    header = next((child for child in node.children if child.type in _KEYS), None)
    if header is None:
        return
    route: Route = ()
    *parents, last = _key_parts(header)
    for key in parents:
        route = (*route, _key(tree, key))
        yield route, tree.span(key), tree.span(node)
        if route in elements:  # a table of an array's newest element
            route = (*route, elements[route])
    route = (*route, _key(tree, last))
    yield route, tree.span(last), tree.span(node)
    if node.type == "table_array_element":
        elements[route] = elements.get(route, -1) + 1
        route = (*route, elements[route])
        yield route, tree.span(header), tree.span(node)
    for pair in node.children:
        if pair.type == "pair":
            yield from _pair(tree, pair, route)


def _pair(tree: Tree, node: Node, route: Route) -> Iterator[EntrySpans]:
    if len(node.children) < _WHOLE_PAIR or len(route) > DEEPEST:
        return
    key, _, value, *_ = node.children  # a comment may follow
    for part in _key_parts(key):
        route = (*route, _key(tree, part))
        yield route, tree.span(part), tree.span(value)
    yield from _value(tree, value, route)


def _value(tree: Tree, node: Node, route: Route) -> Iterator[EntrySpans]:
    if node.type == "inline_table":
        for pair in node.children:
            if pair.type == "pair":
                yield from _pair(tree, pair, route)
    elif node.type == "array" and len(route) <= DEEPEST:
        elements = [child for child in node.named_children if child.type != "comment"]
        for index, element in enumerate(elements):
            yield (*route, index), tree.span(element), tree.span(element)
            yield from _value(tree, element, (*route, index))


def _key_parts(node: Node) -> list[Node]:
    if node.type != "dotted_key":
        return [node]
    return [part for child in node.children if child.type in _KEYS for part in _key_parts(child)]


def _key(tree: Tree, node: Node) -> str:
    """Return the key as in the data; tomli unquotes it."""
    text = tree.text(node)
    if node.type == "bare_key":
        return text
    try:
        return next(iter(tomli.loads(f"{text} = 0")))
    except tomli.TOMLDecodeError:
        return text

"""The place of every key and value of a TOML text, from its syntax tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomli

from parallel_stage.contract.formats import DEEPEST, trees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from parallel_stage.contract.formats import FoundPlace
    from parallel_stage.contract.formats.trees import Tree
    from parallel_stage.contract.spans import Route

_KEYS = ("bare_key", "quoted_key", "dotted_key")
_WHOLE_PAIR = 3  # a key, the equals sign, a value


def places(text: str) -> Iterator[FoundPlace]:
    """Every route with the spans of its key and value, in code points, in the order of the text."""
    tree = trees.parse("toml", text)
    elements: dict[Route, int] = {}
    for node in tree.root.children:
        if node.type == "pair":
            yield from _pair(tree, node, ())
        elif node.type in ("table", "table_array_element"):
            yield from _table(tree, node, elements)


def _table(tree: Tree, node: Node, elements: dict[Route, int]) -> Iterator[FoundPlace]:
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


def _pair(tree: Tree, node: Node, route: Route) -> Iterator[FoundPlace]:
    if len(node.children) < _WHOLE_PAIR or len(route) > DEEPEST:
        return
    key, _, value, *_ = node.children  # and a comment at the line's end
    for part in _key_parts(key):
        route = (*route, _key(tree, part))
        yield route, tree.span(part), tree.span(value)
    yield from _value(tree, value, route)


def _value(tree: Tree, node: Node, route: Route) -> Iterator[FoundPlace]:
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
    """The key as data has it: a quoted one is TOML, so TOML's reader takes the quotes off."""
    text = tree.text(node)
    if node.type == "bare_key":
        return text
    try:
        return next(iter(tomli.loads(f"{text} = 0")))
    except tomli.TOMLDecodeError:
        return text

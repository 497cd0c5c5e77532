"""JSON: the standard reader for the data, made strict; tree-sitter for places."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.formats import DEEPEST, TOO_LONG
from parallel_stage.contract.problem import NotADocumentError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from parallel_stage.contract.formats import FoundPlace
    from parallel_stage.contract.formats.trees import Tree
    from parallel_stage.contract.spans import Route


def parse(text: str) -> Any:
    """The data in a JSON text. Raises `NotADocumentError`; a repeated key, NaN and Infinity are mistakes too."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(text, f"not JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise _syntax_error(text, "arrays or objects are nested too deep", 0) from None
    except _RefusedError as error:
        raise _syntax_error(text, f"not JSON: {error}", _offset_of(text, error)) from None
    except ValueError:  # Python's own limit on digits
        raise _syntax_error(text, f"not JSON: {TOO_LONG}", 0) from None


def places(text: str) -> Iterator[FoundPlace]:
    """Every route of a JSON text with the spans of its key and value; see `formats.Format`."""
    from parallel_stage.contract.formats import trees

    tree = trees.parse("json", text)
    for node in tree.root.named_children:
        yield from _value(tree, node, ())


class _RefusedError(Exception):
    """What the standard reader takes and JSON does not have."""


class _RepeatedKeyError(_RefusedError):
    def __init__(self, key: str) -> None:
        super().__init__(f"the key {json.dumps(key)} is there twice; keep one")
        self.key = key


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        raise _RepeatedKeyError(next(key for key in counted if counted[key] > 1))
    return found


def _no_constant(name: str) -> Any:
    raise _RefusedError(f"{name} is not a JSON number")


def _syntax_error(text: str, message: str, offset: int) -> NotADocumentError:
    return NotADocumentError(Problem("syntax-error", message, offset=offset), text)


def _offset_of(text: str, error: _RefusedError) -> int:
    """Where a mistake stands that the reader reports without its place."""
    from parallel_stage.contract.formats import trees

    if isinstance(error, _RepeatedKeyError):
        seen: set[Route] = set()
        for route, key, _ in places(text):
            if route in seen and route[-1] == error.key:
                return key[0]
            seen.add(route)
    tree = trees.parse("json", text)
    return tree.span(trees.first_error(tree.root))[0] if tree.root.has_error else 0


def _value(tree: Tree, node: Node, route: Route) -> Iterator[FoundPlace]:
    if len(route) > DEEPEST:
        return
    children = [child for child in node.named_children if child.type != "comment"]
    if node.type == "object":
        for pair in children:
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is not None and value is not None:
                inner = (*route, _key(tree, key))
                yield inner, tree.span(key), tree.span(value)
                yield from _value(tree, value, inner)
    elif node.type == "array":
        for index, element in enumerate(children):
            yield (*route, index), tree.span(element), tree.span(element)
            yield from _value(tree, element, (*route, index))


def _key(tree: Tree, node: Node) -> str:
    text = tree.text(node)
    try:
        return str(json.loads(text))
    except ValueError:
        return text

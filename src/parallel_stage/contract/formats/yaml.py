"""YAML 1.2: ruamel.yaml's safe loader for the data, its nodes for places."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLWarning
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from parallel_stage.contract.formats import DEEPEST, TOO_LONG
from parallel_stage.contract.problem import NotADocumentError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.formats import FoundPlace
    from parallel_stage.contract.spans import Route

EXPANSION_LIMIT = 10_000
"""How many nodes a document may have once its aliases are written out; a contract has a few dozen."""


def parse(text: str) -> Any:
    """The data in a YAML text.

    Raises:
        NotADocumentError: Where it does not parse, holds more than one document, a repeated key or a key that is
            not text, constructs anything but plain data, or expands through aliases beyond `EXPANSION_LIMIT`.
    """
    try:
        root = _read(text, "compose")
        if root is not None:
            _refuse_bomb(root, text)
            _refuse_odd_keys(root, text, set())
        return _read(text, "load")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = mark.index if mark is not None else 0
        raise _syntax_error(text, f"not YAML: {error.problem or error.context}", offset) from None
    except RecursionError:
        raise _syntax_error(text, "lists or mappings are nested too deep", 0) from None
    except YAMLError as error:
        first_line = str(error).partition("\n")[0]
        raise _syntax_error(text, f"not YAML: {first_line}", getattr(error, "position", 0)) from None
    except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError) as error:
        # Odd values escape the loader as plain Python errors.
        if "integer string conversion" in str(error):  # Python's own limit on digits
            raise _syntax_error(text, f"not YAML: {TOO_LONG}", 0) from None
        reason = str(error).partition(";")[0]
        raise _syntax_error(text, f"not YAML: a value is not what its form or tag says: {reason}", 0) from None


def places(text: str) -> Iterator[FoundPlace]:
    """Every route of a YAML text with the spans of its key and value; see `formats.Format`."""
    try:
        root = _read(text, "compose")
    except (YAMLError, RecursionError, ValueError):
        return
    if root is not None:
        yield from _value(root, ())


def _read(text: str, method: str) -> Any:
    with warnings.catch_warnings():  # such as on an anchor used twice, which YAML 1.2 allows
        warnings.simplefilter("ignore", YAMLWarning)
        return getattr(YAML(typ="safe", pure=True), method)(text)


def _value(node: Node, route: Route) -> Iterator[FoundPlace]:
    if len(route) > DEEPEST:
        return
    if isinstance(node, MappingNode):
        for key, value in node.value:
            inner = (*route, key.value)
            yield inner, _span(key), _span(value)
            yield from _value(value, inner)
    elif isinstance(node, SequenceNode):
        for index, element in enumerate(node.value):
            yield (*route, index), _span(element), _span(element)
            yield from _value(element, (*route, index))


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _refuse_bomb(root: Node, text: str) -> None:
    """Count what aliases expand to: an alias is the same node met again, so sizes add up along the graph."""
    sizes: dict[int, int] = {}

    def size(node: Node) -> int:
        known = sizes.get(id(node))
        if known == 0:
            raise _syntax_error(text, "an alias contains itself; write the value out", _span(node)[0])
        if known is None:
            sizes[id(node)] = 0
            known = sizes[id(node)] = 1 + sum(size(child) for child in _children(node))
        return known

    if size(root) - len(sizes) > EXPANSION_LIMIT:
        raise _syntax_error(text, f"aliases add more than {EXPANSION_LIMIT} values; write them out", 0)


def _refuse_odd_keys(node: Node, text: str, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, MappingNode):
        for key, _ in node.value:
            if not isinstance(key, ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                found = key.value if isinstance(key, ScalarNode) else "a list or mapping"
                raise _syntax_error(text, f"the key {found} is not text; put it in quotes", _span(key)[0])
    for child in _children(node):
        _refuse_odd_keys(child, text, seen)


def _syntax_error(text: str, message: str, offset: int) -> NotADocumentError:
    return NotADocumentError(Problem("syntax-error", message, offset=offset), text)

"""Limits on YAML: no endless aliases, no objects, no keys other than text, each once, no values by the thousand."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from parallel_stage.contract.formats import too_many, twice

EXPANSION_LIMIT = 10_000
"""The most keys and values that expanding aliases may add."""

_MERGE = "merge keys are not YAML 1.2: write the keys out"


class RefusedError(Exception):
    """YAML that a contract must not have.

    Attributes:
        offset: Its place, in code points.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class StrictComposer(Composer):
    """Composes nodes within the limits, before anything is constructed.

    Attributes:
        most: The most keys and values; counted while composing, which takes most of the time.
    """

    most: int | None = None

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self._count = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node. Raise RefusedError where it is one too many."""
        self._count += 1
        if self.most is not None and self._count > self.most:
            raise RefusedError(too_many(self.most), self.parser.peek_event().start_mark.index)
        return super().compose_node(parent, index)

    def get_single_node(self) -> Any:
        """Return the document's root node, or None where there is no document."""
        root = super().get_single_node()
        if root is not None:
            _refuse_bomb(root)
            _refuse_odd_keys(root, set())
        return root


class PlainConstructor(SafeConstructor):
    """Refuses tags that construct anything but plain data; no tag is resolved."""

    def construct_undefined(self, node: Any) -> Any:
        """Raise RefusedError: the tag constructs an object."""
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
        raise RefusedError(f"the tag {tag} is not for plain data; leave it out", node.start_mark.index)


PlainConstructor.add_constructor(None, PlainConstructor.construct_undefined)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _refuse_bomb(root: Node) -> None:
    """Refuse aliases that expand without end.

    An alias is the same node again, so sizes add up along the graph.
    """
    sizes: dict[int, int] = {}

    def size(node: Node) -> int:
        known = sizes.get(id(node))
        if known == 0:
            raise RefusedError("an alias contains itself; write the value out", node.start_mark.index)
        if known is None:
            sizes[id(node)] = 0
            known = sizes[id(node)] = 1 + sum(size(child) for child in _children(node))
        return known

    if size(root) - len(sizes) > EXPANSION_LIMIT:
        raise RefusedError(f"aliases add more than {EXPANSION_LIMIT:,} keys and values; write them out", 0)


def _refuse_odd_keys(node: Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, MappingNode):
        names: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                found = key.value if isinstance(key, ScalarNode) else "a list or mapping"
                hint = _MERGE if found == "<<" else "put it in quotes"
                raise RefusedError(f"the key {found} is not text; {hint}", key.start_mark.index)
            if key.value in names:
                raise RefusedError(f"not YAML: {twice(key.value)}", key.start_mark.index)
            names.add(key.value)
    for child in _children(node):
        _refuse_odd_keys(child, seen)

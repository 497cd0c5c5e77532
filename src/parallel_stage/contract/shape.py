"""Is the document what the schema says? A fast yes; else every violation, explained.

`conforms` interprets the schema's simple keywords itself, so that a valid file never loads jsonschema. What it
cannot prove goes to jsonschema, which decides, and `explain` puts its errors into the words of a contract.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.schema import CONTRACT, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parallel_stage.contract.problem import Problem

    Schema = Mapping[str, Any]

_PYTHON_TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict}

_ANNOTATIONS = frozenset(
    ("$schema", "$id", "$comment", "title", "description", "default", "examples", "enumDescriptions")
)


def violations(data: Any, identifier: str = CONTRACT) -> list[Problem]:
    """Everything about the data that breaks the schema of that id; empty for a valid document."""
    if conforms(data, schema(identifier)):
        return []
    from parallel_stage.contract.explain import explain

    return explain(data, identifier)


def conforms(value: Any, node: Schema) -> bool:
    """True only where the schema certainly accepts the value; False says nothing."""
    for keyword, wanted in node.items():
        test = _TESTS.get(keyword)
        if test is None:
            if keyword not in _ANNOTATIONS:
                return False
        elif not test(value, wanted, node):
            return False
    return True


def _type(value: Any, wanted: str | list[str], _: Schema) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    # The exact type: to Python a bool is an int, to a contract it is not.
    return any(type(value) is _PYTHON_TYPES.get(name) for name in names)


def _enum(value: Any, wanted: list[Any], _: Schema) -> bool:
    return type(value) is str and value in wanted


def _minimum(value: Any, wanted: int, _: Schema) -> bool:
    return type(value) is not int or value >= wanted


def _min_length(value: Any, wanted: int, _: Schema) -> bool:
    return type(value) is not str or len(value) >= wanted


def _max_length(value: Any, wanted: int, _: Schema) -> bool:
    return type(value) is not str or len(value) <= wanted


def _pattern(value: Any, wanted: str, _: Schema) -> bool:
    return type(value) is not str or re.search(wanted, value) is not None


def _required(value: Any, wanted: list[str], _: Schema) -> bool:
    return type(value) is dict and all(key in value for key in wanted)


def _members(value: Any, _: Any, node: Schema) -> bool:
    """`properties`, `patternProperties` and `additionalProperties`, which only mean something together."""
    return type(value) is dict and all(conforms(item, _member_schema(key, node)) for key, item in value.items())


def _member_schema(key: Any, node: Schema) -> Schema:
    known: Schema | None = node.get("properties", {}).get(key)
    if known is not None:
        return known
    for pattern, matched in node.get("patternProperties", {}).items():
        if type(key) is str and re.search(pattern, key):
            found: Schema = matched
            return found
    extra = node.get("additionalProperties", True)
    return extra if isinstance(extra, dict) else _EVERYTHING if extra is True else _UNPROVABLE


_EVERYTHING: Schema = {}
_UNPROVABLE: Schema = {"not": {}}

_TESTS: dict[str, Callable[[Any, Any, Schema], bool]] = {
    "type": _type,
    "enum": _enum,
    "minimum": _minimum,
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "required": _required,
    "properties": _members,
    # These two are read by `_members`, through `properties`.
    "patternProperties": lambda *_: True,
    "additionalProperties": lambda _value, _wanted, node: "properties" in node,
}

"""A fast test for valid data, by the simple keywords of a schema; a valid file never loads jsonschema.

It accepts only what is certainly valid; for everything else, `explain` lets jsonschema decide.
"""

from __future__ import annotations

import re

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Schema = Mapping[str, Any]
    Test = Callable[[Any], bool]

_PYTHON_TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}

_NON_BLANK = r"\S"

_ANNOTATIONS = frozenset(
    (
        *("$schema", "$id", "$comment", "title", "description", "default", "examples"),
        *("enumDescriptions", "markdownDescription", "markdownEnumDescriptions", "patternErrorMessage"),
        *("x-synonyms", "x-taplo", "x-tombi-table-keys-order", "x-tombi-toml-version"),
    )
)


def fast_test(node: Any) -> Test:
    """Return a test that is True only for values that the schema `node` certainly accepts.

    False means unknown.
    """
    if isinstance(node, bool):  # a schema, too: it accepts everything, or nothing
        return lambda _: node
    tests = [_TESTS[keyword](wanted, node) for keyword, wanted in node.items() if keyword in _TESTS]
    if not node.keys() <= _TESTS.keys() | _ANNOTATIONS:
        return lambda _: False

    def conforms(value: Any) -> bool:
        for test in tests:  # noqa: SIM110 -- a loop is twice as fast as a generator in `all`
            if not test(value):
                return False
        return True

    return conforms


def _type(wanted: str | list[str], _: Schema) -> Test:
    names = [wanted] if isinstance(wanted, str) else wanted
    # The exact type: a bool is an int to Python, but not to a contract.
    types = frozenset(_PYTHON_TYPES[name] for name in names if name in _PYTHON_TYPES)
    return lambda value: type(value) in types


def _enum(wanted: list[Any], _: Schema) -> Test:
    return lambda value: type(value) is str and value in wanted


def _minimum(wanted: float, _: Schema) -> Test:
    return lambda value: type(value) not in (int, float) or bool(value >= wanted)


def _min_length(wanted: int, _: Schema) -> Test:
    return lambda value: type(value) is not str or len(value) >= wanted


def _max_length(wanted: int, _: Schema) -> Test:
    return lambda value: type(value) is not str or len(value) <= wanted


def _pattern(wanted: str, _: Schema) -> Test:
    if wanted == _NON_BLANK:  # the same set of characters as in the pattern, without compiling it
        return lambda value: type(value) is not str or bool(value.strip())
    search = re.compile(wanted).search
    return lambda value: type(value) is not str or search(value) is not None


def _required(wanted: list[str], _: Schema) -> Test:
    names = frozenset(wanted)
    return lambda value: type(value) is dict and names <= value.keys()


def _members(_: Any, node: Schema) -> Test:
    """Test `properties`, `patternProperties` and `additionalProperties`, which depend on each other."""
    properties, known = node.get("properties", ()), dict[str, "Test"]()

    def member(key: str) -> Test:
        test = _member(key, node)
        if key in properties:  # made on first use: most contracts have few of the optional fields
            known[key] = test
        return test

    def conforms(value: Any) -> bool:
        if type(value) is dict:
            for key, item in value.items():
                if not (known.get(key) or member(key))(item):
                    return False
        return True

    return conforms


def _member(key: str, node: Schema) -> Test:
    properties = node.get("properties", {})
    found = [properties[key]] if key in properties else []
    found += [wanted for pattern, wanted in node.get("patternProperties", {}).items() if re.search(pattern, key)]
    tests = [fast_test(wanted) for wanted in found or [node.get("additionalProperties", True)]]
    return tests[0] if len(tests) == 1 else lambda value: all(conforms(value) for conforms in tests)


def _other_members(wanted: Any, node: Schema) -> Test:
    """Test the same keywords where there are no `properties`; else `_members` does."""
    return (lambda _: True) if "properties" in node else _members(wanted, node)


def _items(wanted: Any, _: Schema) -> Test:
    if isinstance(wanted, list):  # a schema for each index
        return lambda _: False
    conforms = fast_test(wanted)
    return lambda value: type(value) is not list or all(map(conforms, value))


_TESTS: dict[str, Callable[[Any, Schema], Test]] = {
    "type": _type,
    "enum": _enum,
    "minimum": _minimum,
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "required": _required,
    "properties": _members,
    "patternProperties": _other_members,
    "additionalProperties": _other_members,
    "items": _items,
}

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from jsonschema.validators import extend

from contract_documents import ANYTHING, DOCUMENTS, MUTATED_DOCUMENTS, VALID_DOCUMENTS
from parallel_stage.contract import formats, schema
from parallel_stage.contract.document import Document
from parallel_stage.contract.validation import violations
from parallel_stage.contract.validation.fast_path import fast_test
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.rules import RULES
from support import VALID, data

STRICT = Draft7Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
Strict = extend(Draft7Validator, type_checker=STRICT)  # type: ignore[no-untyped-call]
BY_JSONSCHEMA = Strict(schema.schema())
PLAIN = Draft7Validator(schema.schema())
SHAPE_RULES = {rule.id for rule in RULES.values() if rule.check is None}


def _shape_errors(document: Any) -> list[str]:
    found = check_document(Document("parallel_stage.toml", "", document, formats.of("a.toml")))
    return [diagnostic.rule for diagnostic in found if diagnostic.rule in SHAPE_RULES]


def _has_integral_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_integral_float, value.values()))
    if isinstance(value, list):
        return any(map(_has_integral_float, value))
    return isinstance(value, float) and value.is_integer()


def _agree(document: Any) -> bool:
    """Whether the document is valid, once everything that has a say agrees."""
    valid: bool = BY_JSONSCHEMA.is_valid(document)
    if fast_test(schema.schema())(document):
        assert valid
    assert bool(violations(document)) is not valid
    assert bool(_shape_errors(document)) is not valid
    if valid or not _has_integral_float(document):
        assert PLAIN.is_valid(document) is valid
    return valid


@settings(max_examples=150)
@given(DOCUMENTS)
@example({})
@example(None)
@example([VALID])
@example(data(workers=True))
@example(data(target_partitions=True))
@example(data(target_partitions=64.0))
@example(data(workers="auto\n"))
@example(data(function="a:b\n"))
@example(data(reducer_function="a:b\n"))
@example(data(name="\u2003"))
@example(data(name="\u200b"))
@example(data(name="\ud800"))
@example(data(**{"x-": None}))
@example(data(**{"xx-a": 1}))
@example(data(next_steps={"own": "words"}))
@example(data(next_steps={"own": 1}))
@example(data(input_format={"delimiter": ""}))
@example(data(input_format={"quotechar": ""}))
@example(data(min_partitions_per_worker=float("nan")))
def test_the_gate_jsonschema_and_the_linter_agree(document: Any) -> None:
    _agree(document)


@settings(max_examples=100)
@given(MUTATED_DOCUMENTS)
def test_they_agree_on_slightly_wrong_contracts(document: dict[str, Any]) -> None:
    _agree(document)


@settings(max_examples=50)
@given(VALID_DOCUMENTS)
def test_valid_contracts_pass_the_gate_without_jsonschema(document: dict[str, Any]) -> None:
    assert fast_test(schema.schema())(document)
    assert _agree(document)


_NAMES = st.sampled_from(["a", "x-a", "xx", ""])
_PATTERNS = st.sampled_from(["^x-", "a$", r"\S", "^auto$(?!\\n)", "."])
_TYPES = st.sampled_from(["string", "integer", "boolean", "object", "number", "array", "null"])


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    known = {
        "type": _TYPES | st.lists(_TYPES, min_size=1, max_size=2, unique=True),
        "enum": st.lists(st.sampled_from(["a", "auto", 1, True, 1.0, None, ""]), min_size=1, max_size=3),
        "minimum": st.integers(-2, 4) | st.floats(-2, 4),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "pattern": _PATTERNS,
        "required": st.lists(_NAMES, max_size=2, unique=True),
        "properties": st.dictionaries(_NAMES, inner, max_size=3),
        "patternProperties": st.dictionaries(_PATTERNS, inner, max_size=2),
        "additionalProperties": inner,
        "items": inner | st.lists(inner, min_size=1, max_size=2),
        "title": st.just("a title"),
        "default": st.just(1),
    }
    unknown = {
        "maximum": st.integers(0, 4),
        "not": inner,
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "maxProperties": st.integers(0, 2),
        "const": st.sampled_from(["a", 1, None]),
        "dependencies": st.just({"a": ["xx"]}),
        "propertyNames": inner,
    }
    rarely: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=unknown) | st.just({}) | st.just({})
    return st.builds(lambda one, other: {**one, **other}, st.fixed_dictionaries({}, optional=known), rarely)


_SCHEMAS: st.SearchStrategy[Any] = st.recursive(st.booleans() | st.just({}), _schemas, max_leaves=6)
_VALUES = ANYTHING | st.dictionaries(
    _NAMES, st.sampled_from(["a", "auto", 1, True, 1.0, None, "", -1, 5, {}, {"a": 1}]), max_size=4
)


@settings(max_examples=250)
@given(_SCHEMAS, _VALUES)
@example({"minimum": 5}, 1.0)
@example({"patternProperties": {"^x-": {"type": "integer"}}}, {"x-a": "text"})
@example({"properties": {"x-a": {}}, "patternProperties": {"^x-": {"type": "integer"}}}, {"x-a": "text"})
@example({"properties": {}, "patternProperties": {"^x-": {}, "a$": {"type": "integer"}}}, {"x-a": "text"})
@example({"properties": {"a": False}}, {"a": 1})
@example({"properties": {}, "additionalProperties": {"minimum": 3}}, {"a": 2})
@example({"additionalProperties": {"minimum": 3}}, {"a": 2})
@example({"patternProperties": {"a": {"minimum": 3}}, "additionalProperties": False}, {"a": 2})
@example({"type": "array", "items": {"type": "integer"}}, [1, True])
@example({"items": [{"type": "integer"}]}, ["text"])
@example({"items": False}, [1])
def test_the_gate_never_says_yes_where_jsonschema_says_no(node: Any, value: Any) -> None:
    Draft7Validator.check_schema(node)
    if fast_test(node)(value):
        assert Strict(node).is_valid(value)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ({"type": "array", "items": {"type": "integer"}}, []),
        ({"items": {"type": "integer"}}, "no array"),
        ({"type": "object", "additionalProperties": {"enum": ["a"]}}, {"x": "a", "y": "a"}),
        ({"patternProperties": {"^x-": {}}, "additionalProperties": {"type": "string"}}, {"x-a": 1, "b": "text"}),
    ],
)
def test_the_gate_says_yes_to_lists_and_free_keys(node: Any, value: Any) -> None:
    assert fast_test(node)(value)

"""Documents for property tests: valid contracts, slightly wrong ones, and anything else a reader may return."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from parallel_stage.contract import schema
from support import VALID

Document = dict[str, Any]

_SPACE = st.sampled_from(["", " ", "\n", "\t\r", "\u2003", "\u0085", "\u200b"])
_WORDS = st.text(max_size=8)
_SURROGATES = st.text(st.characters(codec=None), max_size=4)
_FUNCTIONS = st.from_regex(r"\A[A-Za-z0-9_./:-]{1,9}:[A-Za-z_][A-Za-z0-9_]{0,9}\Z")
_LIKELY_WRONG = st.sampled_from(
    ["auto", "auto\n", "Auto", "a:b", "a:b\n", "a:1", ":", "files", "pool ", 0, 1, -1, True, False, 64.0, 0.0, "1"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 99),
    st.floats(),
    _SPACE,
    _WORDS,
    _SURROGATES,
    _LIKELY_WRONG,
    st.datetimes(timezones=st.just(dt.timezone.utc)),
    st.dates(),
    st.times(),
    st.binary(max_size=3),
)
"""What TOML, YAML and JSON have besides tables and lists."""

_FIELDS = st.sampled_from([*schema.schema()["properties"], "column", "kind", "unit", "x-", "x-a", "X-a", "nmae"])
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_FIELDS | _WORDS, inner, max_size=4)
)


def valid_documents(characters: st.SearchStrategy[str]) -> st.SearchStrategy[Document]:
    """Contracts that the schema accepts, whose free texts are of these characters."""
    return _value(schema.schema(), characters)


def _value(node: Document, characters: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Values that one field's schema accepts."""
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if node["type"] == ["integer", "string"]:
        return st.integers(1, 9) | st.just("auto")
    if node["type"] == "object":
        required = node.get("required", [])
        fields = {name: _value(inner, characters) for name, inner in node["properties"].items()}
        optional = {name: value for name, value in fields.items() if name not in required}
        return st.fixed_dictionaries({name: fields[name] for name in required}, optional=optional)
    if node["type"] == "string":
        return _text(node, characters)
    return {"integer": st.integers(node.get("minimum", 0), 99), "boolean": st.booleans()}[node["type"]]


def _text(node: Document, characters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    if "maxLength" in node and "pattern" not in node:
        return st.text(characters, min_size=node.get("minLength", 0), max_size=node["maxLength"])
    words = st.text(characters, max_size=8)
    return {None: words, r"\S": words.filter(str.strip)}.get(node.get("pattern"), _FUNCTIONS)


VALID_DOCUMENTS = valid_documents(st.characters(codec="utf-8"))
"""Contracts that the schema accepts."""


@st.composite
def _mutated(draw: st.DrawFn) -> Document:
    document = dict(draw(st.just(VALID) | VALID_DOCUMENTS))
    for _ in range(draw(st.integers(1, 3))):
        target = document
        inner = [value for value in document.values() if isinstance(value, dict)]
        pick, remove = draw(st.tuples(st.booleans(), st.booleans()))
        if inner and pick:
            target = draw(st.sampled_from(inner))
        if target and remove:
            del target[draw(st.sampled_from(sorted(target)))]
        else:
            target[draw(_FIELDS | _WORDS)] = draw(ANYTHING)
    return document


MUTATED_DOCUMENTS = _mutated()
"""Contracts with one to three fields missing, added or changed."""

DOCUMENTS: st.SearchStrategy[Any] = VALID_DOCUMENTS | MUTATED_DOCUMENTS | ANYTHING

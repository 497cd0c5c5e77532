"""Every route's spans, cut out of the text and read alone, give the key and the value back: in all three formats."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import tomli
import tomli_w
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from parallel_stage.contract import document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.contract.text import Route

_TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=6) | st.sampled_from(
    ["é", "🐍🐍", "a\nb", "", " ", "#", "{", "x = 1", "- a", "'", '"', "\\", "a: b", "👩\u200d🔬", "null", "1"]
)
_SCALARS = _TEXTS | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.sampled_from([0.5, -0.0, 1e-7, 1e100])
_KEYS = (st.sampled_from(["a", "b-c", "name"]) | _TEXTS).filter(lambda key: "\n" not in key)


def _tables(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=8
    )
    return st.dictionaries(_KEYS, values, max_size=4)


_DATA = _tables(_SCALARS)


def _routes(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*route, key), inner
        yield from _routes(inner, (*route, key))


def _check(
    text: str, name: str, data: Any, read_value: Callable[[str, int], Any], read_key: Callable[[str], str]
) -> None:
    found = document.parse(text.encode(), name)
    assert found.data == data
    routes = dict(_routes(data))
    assert {route for route, _, _ in found.format.entries(text)} == set(routes)
    for route, value in routes.items():
        key, span = found.span(route, on_key=True), found.span(route)
        if isinstance(route[-1], str):
            assert read_key(text[slice(*key)]) == route[-1]
        else:
            assert key == span
        column = span.start - text.rfind("\n", 0, span.start) - 1
        assert read_value(text[slice(*span)], column) == value, route


def _inline(value: Any) -> str:
    """A value as TOML on one line, tables and all."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml_key(key)} = {_inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


def _toml_key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")


def _read_toml_key(text: str) -> str:
    return next(iter(tomli.loads(f"{text} = 0")))


def _read_toml(text: str, _: int) -> Any:
    return tomli.loads(f"v = {text}")["v"]


@settings(max_examples=80)
@given(_DATA, st.sampled_from(["\n", "\r\n"]))
@example({"é🐍": {"👩\u200d🔬": ["🐍", {"": "é"}]}}, "\r\n")
def test_toml_on_one_line(data: dict[str, Any], newline: str) -> None:
    text = "".join(f"{_toml_key(key)} = {_inline(value)} # é🐍{newline}" for key, value in data.items())
    _check(text, "a.toml", data, _read_toml, _read_toml_key)


@settings(max_examples=80)
@given(_DATA, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_toml_with_headers(data: dict[str, Any], newline: str, multiline: bool) -> None:  # noqa: FBT001
    text = tomli_w.dumps(data, multiline_strings=multiline)
    written = tomli.loads(text)
    text = text.replace("\r\n", "\n").replace("\n", newline)
    found = document.parse(text.encode(), "a.toml")
    assert found.data == written == data
    routes = dict(_routes(data))
    assert {route for route, _, _ in found.format.entries(text)} == set(routes)
    for route, value in routes.items():
        shown, key = text[slice(*found.span(route))], text[slice(*found.span(route, on_key=True))]
        inline = isinstance(value, dict) and shown.startswith("{")
        listed = isinstance(value, list) and not any(isinstance(item, dict) for item in value)
        if inline or listed or not isinstance(value, (dict, list)):
            assert _read_toml(shown, 0) == value, route
        if isinstance(route[-1], str):
            assert _read_toml_key(key) == route[-1]


def test_toml_headers_span_their_tables() -> None:
    text = '[a.b]\nc = 1\n[[d]]\ne = 2\n[[d]]\n[d.f]\ng = "é"\n'
    found = document.parse(text.encode(), "a.toml")

    def shown(*route: str | int) -> tuple[str, str]:
        return text[slice(*found.span(route, on_key=True))], text[slice(*found.span(route))].strip()

    assert shown("a", "b") == ("b", "[a.b]\nc = 1")
    assert shown("a") == ("a", "[a.b]\nc = 1")
    assert shown("d", 0) == ("d", "[[d]]\ne = 2")
    assert shown("d", 0, "e") == ("e", "2")
    assert shown("d", 1, "f") == ("f", '[d.f]\ng = "é"')
    assert shown("d", 1, "f", "g") == ("g", '"é"')


_LAYOUTS: list[dict[str, Any]] = [
    {},
    {"indent": 2},
    {"indent": "\t", "ensure_ascii": False},
    {"ensure_ascii": False, "separators": (",", ":")},
]


@settings(max_examples=120)
@given(_tables(_SCALARS | st.none()) | st.lists(_SCALARS), st.sampled_from(_LAYOUTS), st.sampled_from(["\n", "\r\n"]))
def test_json(data: Any, layout: dict[str, Any], newline: str) -> None:
    text = json.dumps(data, **layout).replace("\n", newline)
    _check(text, "a.json", data, lambda value, _: json.loads(value), json.loads)


def _yaml(flow: bool | None, width: int) -> YAML:  # noqa: FBT001
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.width = width
    yaml.allow_unicode = True
    return yaml


@settings(max_examples=80)
@given(
    _tables(_SCALARS | st.none()),
    # A line broken inside brackets cannot always be read without them.
    st.sampled_from([(None, 9999), (True, 9999), (False, 9999), (False, 20)]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_yaml(data: dict[str, Any], style: tuple[bool | None, int], newline: str) -> None:
    stream = io.StringIO()
    _yaml(*style).dump(data, stream)
    text = stream.getvalue().replace("\n", newline)

    def read(value: str, column: int) -> Any:
        return _yaml(*style).load(" " * column + value)

    try:
        assume(read(text, 0) == data)
    except YAMLError:  # ruamel does not always read what it writes
        reject()
    _check(text, "a.yaml", data, read, lambda key: str(read(key, 0)))

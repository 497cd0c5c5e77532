"""What holds for every file, however broken: `PROPERTIES`, each of which takes a file's bytes and a path, and asserts.

The path's suffix tells the format. Tests replay the corpus with them, `run.py` looks for files that break them.
"""

from __future__ import annotations

import json
import os
from functools import wraps
from typing import TYPE_CHECKING, Any

import tomli
from jsonschema import Draft7Validator
from jsonschema.validators import extend
from ruamel.yaml import YAML

from parallel_stage.contract import schema
from parallel_stage.contract.document import Document, parse
from parallel_stage.contract.edits import applied
from parallel_stage.contract.formats import DEEPEST
from parallel_stage.contract.gate import gate
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.shape import violations
from parallel_stage.contract.spans import Edit, Span
from parallel_stage.lint import engine, fixes, reporters
from parallel_stage.lint.diagnostics import Report
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.contract.spans import Route
    from parallel_stage.lint.diagnostics import Diagnostic

_INTEGERS = Draft7Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
_VALIDATOR = extend(Draft7Validator, type_checker=_INTEGERS)(schema.schema())  # type: ignore[no-untyped-call]
_GATE = gate(schema.schema())


def _read(content: bytes, path: str) -> Document | NotADocumentError:
    try:
        return parse(content, path)
    except NotADocumentError as error:
        return error


def _of_documents(holds: Callable[[Document], None]) -> Callable[[bytes, str], None]:
    """Make what holds for every document a property of files: one that gives none has it."""

    @wraps(holds)
    def check(content: bytes, path: str) -> None:
        found = _read(content, path)
        if isinstance(found, Document):
            holds(found)

    return check


def reader(content: bytes, path: str) -> None:
    """A file gives a document, or one problem with a place in its text."""
    found = _read(content, path)
    if isinstance(found, NotADocumentError):
        assert not RULES[found.problem.rule].optional
        assert found.problem.offset is not None
        assert 0 <= found.problem.offset <= len(found.text)


@_of_documents
def shape(document: Document) -> None:
    """The gate, jsonschema and what is told agree on whether a document is valid."""
    valid = _VALIDATOR.is_valid(document.data)
    assert valid or not _GATE(document.data)
    assert valid is not bool(violations(document.data))


@_of_documents
def places(document: Document) -> None:
    """Every key and value has a place in the text, from which it can be read alone."""
    text = document.text
    found = list(document.format.places(text))
    assert all(0 <= start <= stop <= len(text) for _, *spans in found for start, stop in spans)
    first = {route: (key, value) for route, key, value in reversed(found)}
    for route, value in _routes(document.data):
        assert first[route] == (document.span(route, on_key=True), document.span(route))
        key, shown = (text[slice(*span)] for span in first[route])
        if isinstance(route[-1], str) and _stands_alone(document, key):
            assert repr(_read_key(document, key)) == repr(route[-1])
        if not isinstance(value, (dict, list, tuple)) and _stands_alone(document, shown):
            assert repr(_read_value(document, shown)) == repr(value)


@_of_documents
def comments(document: Document) -> None:
    """Comments start with their mark, and taking them out changes nothing."""
    found = [Span(*span) for span in document.format.comments(document.text)]
    assert all(document.text[span.start] == "#" for span in found)
    bare = applied(document.text, [Edit(span, "") for span in found])
    assert repr(document.format.parse(bare)) == repr(document.data)


def findings(content: bytes, path: str) -> None:
    """Diagnostics and their fixes stand in the text."""
    text, diagnostics = _checked(content, path)
    lines = text.split("\n")
    for found in diagnostics:
        fix = found.fix.replacements if found.fix else ()
        for start, end in [(found.start, found.end), *((replacement.start, replacement.end) for replacement in fix)]:
            assert start <= end
            assert all(1 <= column <= len(lines[line - 1]) + 1 for line, column in (start, end))


def reports(content: bytes, path: str) -> None:
    """Whatever is found is rendered in every format, as text that can be encoded."""
    _, diagnostics = _checked(content, path)
    for format_ in reporters.FORMATS:
        reporters.render(Report([path], diagnostics), format_).encode()


@_of_documents
def mending(document: Document) -> None:
    """Mending ends with a document where nothing is left to mend, and changes no field but those that it mends."""
    for unsafe in (False, True):
        mended = fixes.mend(document, engine.check, unsafe=unsafe)
        after = parse(mended.document.text.encode(), document.path).data
        assert repr(after) == repr(mended.document.data)
        assert not any(fixes.fixable(diagnostic, unsafe=unsafe) for diagnostic in mended.left)
        changed = {found.route[0] for found in mended.fixed if found.route}
        for key in document.data.keys() - changed if isinstance(document.data, dict) else ():
            assert repr(after[key]) == repr(document.data[key])


PROPERTIES = {check.__name__: check for check in (reader, shape, places, comments, findings, reports, mending)}


def _checked(content: bytes, path: str) -> tuple[str, list[Diagnostic]]:
    """A file's text, and what is wrong with it."""
    found = _read(content, path)
    if isinstance(found, Document):
        return found.text, engine.check(found)
    return found.text, [engine.unread(path, found)]


def _routes(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every value inside a table or list, as far down as places are told."""
    # What YAML's !!omap and !!pairs make has another shape than its text.
    members = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
    for step, member in members if len(route) <= DEEPEST else ():
        yield (*route, step), member
        yield from _routes(member, (*route, step))


def _stands_alone(document: Document, shown: str) -> bool:
    """Whether a stretch of the text means the same without what is around it."""
    if _suffix(document) != ".yaml":
        return True
    # Indentation, tags and directives have a say; these are text in brackets only.
    one_line = len(shown.splitlines()) <= 1 and shown not in ("-", "?", ":")
    return one_line and "!" not in shown and "%" not in document.text


def _read_key(document: Document, shown: str) -> Any:
    if _suffix(document) == ".json":
        return json.loads(shown)
    return next(iter(tomli.loads(f"{shown} = 0") if _suffix(document) == ".toml" else _read_yaml(f"{shown}: 0")))


def _read_value(document: Document, shown: str) -> Any:
    if _suffix(document) == ".json":
        return json.loads(shown)
    return tomli.loads(f"value = {shown}")["value"] if _suffix(document) == ".toml" else _read_yaml(f"- {shown}")[0]


def _read_yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _suffix(document: Document) -> str:
    return os.path.splitext(document.path)[1]

"""What holds for every file, however broken: `PROPERTIES`, each of which takes a file's bytes and a path, and asserts.

The path's suffix tells the format. Tests replay the corpus with them, `run.py` looks for files that break
them.
"""

from __future__ import annotations

import json
import os
from functools import wraps
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import tomli
from jsonschema import Draft7Validator
from jsonschema.validators import extend
from ruamel.yaml import YAML

from parallel_stage.contract import schema
from parallel_stage.contract.document import Document, parse
from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.formats import DEEPEST
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Edit, Span
from parallel_stage.contract.validation import violations
from parallel_stage.contract.validation.fast_path import fast_test
from parallel_stage.lint import reporters
from parallel_stage.lint.config.model import Settings
from parallel_stage.lint.diagnostic import Report
from parallel_stage.lint.engine import fixer
from parallel_stage.lint.engine.check_document import check_document, unreadable_file
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.suppressions import add
from support import VALID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.contract.text import Route
    from parallel_stage.lint.diagnostic import Diagnostic

_INTEGERS = Draft7Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
_VALIDATOR = extend(Draft7Validator, type_checker=_INTEGERS)(schema.schema())  # type: ignore[no-untyped-call]
_GATE = fast_test(schema.schema())
_MARKS = 8  # as many of a text's are tried, which is read again for each
_LINE_ENDS = ("", *"\n\r\x85\u2028\u2029")
_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("json", "agilab", "sarif", "gitlab", "rdjson"), json.loads),
    "junit": ET.fromstring,
}
_ALL = Settings(severity={rule.id: rule.severity for rule in RULES.values() if rule.opt_in})


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
        assert not RULES[found.problem.rule].can_disable
        assert found.problem.offset is not None
        assert 0 <= found.problem.offset <= len(found.text)


@_of_documents
def shape(document: Document) -> None:
    """The fast path, jsonschema and the report agree: on a document, and on each of its fields in a valid contract."""
    fields = document.data.items() if isinstance(document.data, dict) else ()
    for data in [document.data, *({**VALID, key: value} for key, value in fields)]:
        valid = _VALIDATOR.is_valid(data)
        assert valid or not _GATE(data)
        assert valid is not bool(violations(data))


@_of_documents
def entries(document: Document) -> None:
    """Every key and value has a place in the text, from which it can be read alone."""
    text = document.text
    found = list(document.format.entries(text))
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
    """Comments go from their mark to the end of their line and may say anything; no other mark starts one."""
    text = document.text
    found = [Span(*span) for span in document.format.comments(text)]
    assert all(text[start] == "#" and text[stop : stop + 1] in _LINE_ENDS for start, stop in found)
    assert repr(document.format.parse(apply_edits(text, [Edit(span, "# else") for span in found]))) == repr(
        document.data
    )
    if _suffix(document) != ".yaml" or not any(sign in text for sign in "&!%"):  # whose names are no data
        hidden = apply_edits(text, [Edit(span, " " * (span.stop - span.start)) for span in found])
        for at in [at for at, char in enumerate(hidden) if char == "#"][:_MARKS]:
            other = _read(apply_edits(text, [Edit(Span(at + 1, at + 1), "else")]).encode(), document.path)
            assert not isinstance(other, Document) or repr(other.data) != repr(document.data)


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
    """Whatever is found is rendered in every format, as that format, and no line obeys what a file says."""
    _, diagnostics = _checked(content, path)
    for format_ in reporters.FORMATS:
        rendered = reporters.render(Report([path], diagnostics), format_)
        assert rendered.replace("\n", "").isprintable()
        _READERS.get(format_, str.encode)(rendered)


@_of_documents
def fixing(document: Document) -> None:
    """Fixing ends where no fix is left, and changes only the fields of its findings; so does each fix alone."""
    for unsafe in (False, True):
        result = fixer.fix_document(document, _check, unsafe=unsafe)
        assert result.remaining == _check(result.document)
        assert not any(fixer.would_fix(diagnostic, unsafe=unsafe) for diagnostic in result.remaining)
        assert _keeps_others(document, result.document.text, result.fixed)
    for found in _check(document):
        if found.fix:
            assert _keeps_others(document, apply_edits(document.text, fixer.edits_of([found])), [found])


@_of_documents
def ignoring(document: Document) -> None:
    """Comments that ignore findings leave the data as it is, and a check finds the others only."""
    found = [each for each in _check(document) if add.can_ignore(each)]
    text, ignored = add.add_ignores(document, found, "why")
    after = parse(text.encode(), document.path)
    assert repr(after.data) == repr(document.data)
    left = [each for each in _check(after) if add.can_ignore(each)]
    assert len(left) == len(found) - len(ignored)
    assert not left or _suffix(document) != ".toml"


_ALL_PROPERTIES = (reader, shape, entries, comments, findings, reports, fixing, ignoring)
PROPERTIES = {check.__name__: check for check in _ALL_PROPERTIES}


def _checked(content: bytes, path: str) -> tuple[str, list[Diagnostic]]:
    """A file's text, and what is wrong with it."""
    found = _read(content, path)
    if isinstance(found, Document):
        return found.text, _check(found)
    return found.text, [unreadable_file(path, found)]


def _check(document: Document) -> list[Diagnostic]:
    """What all rules find, those by choice too."""
    return check_document(document, _ALL)


def _keeps_others(document: Document, text: str, fixed: list[Diagnostic]) -> bool:
    """Whether a text has all the data of a document but for the fields that were fixed in it."""
    before, after = document.data, parse(text.encode(), document.path).data
    if not isinstance(before, dict):
        return repr(after) == repr(before)
    others = before.keys() - {found.route[0] for found in fixed if found.route}
    return all(key in after and repr(after[key]) == repr(before[key]) for key in others)


def _routes(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every value inside a table or list, as far down as entries are reported."""
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
    one_line = len(shown.splitlines()) <= 1 and shown not in ("-", "?")
    return one_line and not shown.endswith(":") and "!" not in shown and "%" not in document.text


def _read_key(document: Document, shown: str) -> Any:
    if _suffix(document) == ".json":
        return json.loads(shown)
    return next(iter(tomli.loads(f"{shown} = 0") if _suffix(document) == ".toml" else _read_yaml(f" {shown}: 0")))


def _read_value(document: Document, shown: str) -> Any:
    if _suffix(document) == ".json":
        return json.loads(shown)
    return tomli.loads(f"value = {shown}")["value"] if _suffix(document) == ".toml" else _read_yaml(f"- {shown}")[0]


def _read_yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _suffix(document: Document) -> str:
    return os.path.splitext(document.path)[1]

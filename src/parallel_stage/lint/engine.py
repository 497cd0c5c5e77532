"""check: a document in, diagnostics out. Everything that checks a contract comes through here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parallel_stage.contract import document as documents
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.contract.schema import schema
from parallel_stage.contract.shape import violations
from parallel_stage.lint.diagnostics import Diagnostic, Position, printable
from parallel_stage.lint.rules import RULES, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.contract.document import Document
    from parallel_stage.contract.spans import Route
    from parallel_stage.lint.diagnostics import Severity


def check(document: Document) -> list[Diagnostic]:
    """Everything that is wrong with a document: its shape, and the sense of the fields whose shape is right."""
    problems = violations(document.data)
    found = [_of_problem(document, problem) for problem in problems]
    if isinstance(document.data, dict):
        found += _of_rules(document, _unusable(document.data, problems))
    return sorted(found, key=lambda diagnostic: diagnostic.start) if found else found


def check_file(path: str) -> list[Diagnostic]:
    """Everything that is wrong with a file, which may be that it cannot be read at all."""
    return _check(path, documents.read)


def check_stdin(path: str) -> list[Diagnostic]:
    """Everything that is wrong with what standard input holds, called `path`."""
    return _check(path, documents.read_stdin)


def _check(path: str, read: Callable[[str], Document]) -> list[Diagnostic]:
    try:
        document = read(path)
    except NotADocumentError as error:
        problem, rule = error.problem, RULES[error.problem.rule]
        start = problem.offset or 0
        return [_diagnostic(path, error.text, (start, start), problem.rule, rule.severity, problem.message, ())]
    return check(document)


def _unusable(data: dict[str, object], problems: list[Problem]) -> set[str | int]:
    """The top-level fields that no rule can reason about: misshapen, or required and not there."""
    misshapen = {problem.route[0] for problem in problems if problem.route}
    return misshapen.union(key for key in schema()["required"] if key not in data)


def _of_rules(document: Document, unusable: set[str | int]) -> Iterator[Diagnostic]:
    path = os.path.abspath(document.path)
    subject = Subject(document.data, path, os.path.dirname(path))
    for rule in RULES.values():
        if rule.check is None or (unusable and not unusable.isdisjoint(rule.reads)):
            continue
        for finding in rule.check(subject):
            span = document.span(finding.route, on_key=finding.on_key)
            severity = finding.severity or rule.severity
            yield _diagnostic(document.path, document.text, span, rule.id, severity, finding.message, finding.route)


def _of_problem(document: Document, problem: Problem) -> Diagnostic:
    span = document.span(problem.route, on_key=problem.on_key)
    severity = RULES[problem.rule].severity
    return _diagnostic(document.path, document.text, span, problem.rule, severity, problem.message, problem.route)


def _diagnostic(  # noqa: PLR0913, PLR0917 -- the one place where a diagnostic is put together
    path: str, text: str, span: tuple[int, int], rule: str, severity: Severity, message: str, route: Route
) -> Diagnostic:
    start, stop = span
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", first)
    source = text[first : last if last >= 0 else len(text)].rstrip("\r")
    places = _position(text, start), _position(text, stop)
    return Diagnostic(rule, severity, path, printable(message), route, *places, source)


def _position(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))

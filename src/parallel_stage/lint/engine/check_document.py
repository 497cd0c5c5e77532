"""check: a document in, diagnostics out. Everything that checks a contract comes through here."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from parallel_stage.contract import document as documents
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.contract.schema import schema
from parallel_stage.contract.validation import violations
from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, Subject
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.suppressions import MARK, apply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.rule import Rule

    Ask = Callable[[Subject], Iterator[Finding]]
    Findings = Iterator[tuple[Rule, Finding]]


def check_document(
    document: Document, settings: Settings = DEFAULT, also: Iterable[tuple[Rule, Finding]] = ()
) -> list[Diagnostic]:
    """Everything that is wrong with a document: its shape, and the sense of the fields whose shape is right.

    Args:
        document: What to check.
        settings: What is asked of it.
        also: What else was found, by looking at other documents.
    """
    problems = violations(document.data)
    findings = [(RULES[found.rule], _finding(found)) for found in problems]
    if isinstance(document.data, dict):
        findings += _run_rules(document, settings, _unusable(document.data, problems))
    findings += [(rule, finding) for rule, finding in also if settings.is_enabled(rule.id)]
    return diagnostics_of(document, findings, settings)


def diagnostics_of(document: Document, findings: list[tuple[Rule, Finding]], settings: Settings) -> list[Diagnostic]:
    """Findings with their places, in the order of the text: those that the file's author did not ask to ignore."""
    found = []
    if findings:
        from parallel_stage.lint.locate import locate

        found = [locate(document, *finding) for finding in findings]
    if settings.is_enabled("no-editor-schema"):
        from parallel_stage.lint.rules.editors import missing_schema_line

        found += missing_schema_line(document)
    if MARK in document.text:
        found = apply.apply_suppressions(document, found, settings)
    weighed = (each._replace(severity=settings.effective_severity(each.rule, each.severity)) for each in found)
    return sorted(weighed, key=lambda diagnostic: diagnostic.start)


def check_file(path: str, settings: Settings = DEFAULT) -> list[Diagnostic]:
    """Everything that is wrong with a file, which may be that it cannot be read at all."""
    return _check(path, documents.read, settings)


def check_stdin(path: str, settings: Settings = DEFAULT) -> list[Diagnostic]:
    """Everything that is wrong with what standard input holds, called `path`."""
    return _check(path, documents.read_stdin, settings)


def _check(path: str, read: Callable[[str], Document], settings: Settings) -> list[Diagnostic]:
    try:
        document = read(path)
    except NotADocumentError as error:
        return [unreadable_file(path, error)]
    return check_document(document, settings)


def unreadable_file(path: str, error: NotADocumentError) -> Diagnostic:
    """Why there is nothing to check in a file."""
    from parallel_stage.contract.text import Lines
    from parallel_stage.lint.locate import diagnostic_at

    start = error.problem.offset or 0
    return diagnostic_at(path, Lines(error.text), RULES[error.problem.rule], (start, start), error.problem.message)


def _finding(problem: Problem) -> Finding:
    return Finding(problem.message, problem.route, problem.on_key, change=problem.change)


def _unusable(data: dict[str, object], problems: list[Problem]) -> set[str | int]:
    """The top-level fields that no rule can reason about: misshapen, or required and not there."""
    misshapen = {problem.route[0] for problem in problems if problem.route}
    return misshapen.union(key for key in schema()["required"] if key not in data)


def _run_rules(document: Document, settings: Settings, unusable: set[str | int]) -> Findings:
    path = os.path.abspath(document.path)
    subject = Subject(document.data, path, os.path.dirname(path), settings.search_roots, settings.check_inputs, {})
    for rule, ask in _enabled_rules(settings.select, settings.ignore, tuple(settings.severity), settings.check_inputs):
        if not unusable or unusable.isdisjoint(rule.fields):
            for finding in ask(subject):
                yield rule, finding


@cache
def _enabled_rules(
    select: frozenset[str],
    ignore: frozenset[str],
    weighed: tuple[str, ...],
    check_inputs: bool,  # noqa: FBT001
) -> list[tuple[Rule, Ask]]:
    """The rules to ask, worked out once for all files with these settings."""
    settings = Settings(select=select, ignore=ignore, severity=dict.fromkeys(weighed, Severity.INFO))
    chosen = (rule for rule in RULES.values() if settings.is_enabled(rule.id) and (check_inputs or not rule.reads_data))
    return [(rule, rule.check) for rule in chosen if rule.check]

"""Check one document: data in, diagnostics out. Every check of a contract comes through here."""

from __future__ import annotations

import os
from functools import cache

from parallel_stage.contract import project
from parallel_stage.contract.document import read
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.contract.schema import schema
from parallel_stage.contract.validation import violations
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, Subject
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.rules.function_lookup import remembered
from parallel_stage.lint.suppressions import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.rule import Resolutions, Rule

    Check = Callable[[Subject], Iterator[Finding]]
    Found = tuple[Rule, Finding]


def check_document(
    document: Document, settings: Settings = DEFAULT, resolutions: Resolutions | None = None
) -> list[Diagnostic]:
    """Check a document against the schema, then against the rules whose fields have the right shape.

    Args:
        document: What to check.
        settings: Which rules are enabled, and how severe they are.
        resolutions: Functions that earlier checks of the same command have resolved; this check adds its own.

    Returns:
        The findings in the order of the text, without those that comments suppress.
    """
    problems = violations(document.data)
    found = [(RULES[problem.rule], _finding(problem)) for problem in problems]
    if isinstance(document.data, dict):
        subject = _subject(document, settings, {} if resolutions is None else resolutions)
        found += _run_rules(subject, settings, _misshapen(document.data, problems))
    return _diagnostics(document, found, settings)


def check_file(path: str, settings: Settings = DEFAULT) -> list[Diagnostic]:
    """Check a file; one that cannot be read is a finding, too."""
    try:
        document = read(path)
    except NotADocumentError as error:
        return [unreadable_file(path, error)]
    return check_document(document, settings)


def unreadable_file(path: str, error: NotADocumentError) -> Diagnostic:
    """Return the diagnostic of a file that holds no data."""
    from parallel_stage.contract.text import Lines
    from parallel_stage.lint.locate import diagnostic_at

    start = error.problem.offset or 0
    return diagnostic_at(path, Lines(error.text), RULES[error.problem.rule], (start, start), error.problem.message)


def without_quotes(diagnostics: list[Diagnostic], outside: set[str]) -> list[Diagnostic]:
    """Return diagnostics, of which none quotes a file outside of the project, to which a link leads.

    The rule and the line stay; the report may be read by others than the file.
    """
    return [_unquoted(each) if each.path in outside else each for each in diagnostics] if outside else diagnostics


def _unquoted(diagnostic: Diagnostic) -> Diagnostic:
    message = f"{RULES[diagnostic.rule].summary} ({project.OUTSIDE})"
    return diagnostic._replace(message=message, route=(), line_text="", value="", fix=None)


def locate_findings(document: Document, found: Iterable[Found], settings: Settings) -> list[Diagnostic]:
    """Return the diagnostics of findings that no comment suppresses, unordered.

    Comments that suppress nothing are not reported: findings of other checks may need them.
    """
    from parallel_stage.lint.locate import locate

    diagnostics = [locate(document, *each) for each in found]
    if MARK in document.text:
        from parallel_stage.lint.suppressions.apply import unsuppressed

        diagnostics = unsuppressed(document, diagnostics)
    return _with_severities(diagnostics, settings)


def _diagnostics(document: Document, found: list[Found], settings: Settings) -> list[Diagnostic]:
    diagnostics = []
    if found:
        from parallel_stage.lint.locate import locate

        diagnostics = [locate(document, *each) for each in found]
    if settings.is_enabled("no-editor-schema"):
        from parallel_stage.lint.rules.editors import missing_schema_line

        diagnostics += missing_schema_line(document)
    if MARK in document.text:
        from parallel_stage.lint.suppressions.apply import apply_suppressions

        diagnostics = apply_suppressions(document, diagnostics, settings)
    return sorted(_with_severities(diagnostics, settings), key=lambda diagnostic: diagnostic.start)


def _with_severities(diagnostics: Iterable[Diagnostic], settings: Settings) -> list[Diagnostic]:
    return [each._replace(severity=settings.effective_severity(each.rule, each.severity)) for each in diagnostics]


def _finding(problem: Problem) -> Finding:
    return Finding(problem.message, problem.route, problem.on_key, change=problem.change)


def _misshapen(data: dict[str, object], problems: list[Problem]) -> set[str | int]:
    """Return the top-level fields that no rule can use.

    They break the schema, or are required and missing.
    """
    broken = {problem.route[0] for problem in problems if problem.route}
    return broken.union(key for key in schema()["required"] if key not in data)


def _subject(document: Document, settings: Settings, resolutions: Resolutions) -> Subject:
    path = os.path.abspath(document.path)
    directory = settings.root or os.path.dirname(path)
    return Subject(document.data, path, directory, settings.search_roots, settings.check_inputs, {}, resolutions)


def _run_rules(subject: Subject, settings: Settings, misshapen: set[str | int]) -> Iterator[Found]:
    for rule, check in _enabled_rules(
        settings.select, settings.ignore, tuple(settings.severity), settings.check_inputs
    ):
        if not misshapen or misshapen.isdisjoint(rule.fields):
            for finding in _findings(rule, check, subject):
                yield rule, finding


def _findings(rule: Rule, check: Check, subject: Subject) -> Iterable[Finding]:
    """Run a rule; one that reads source once for all contracts that have the same in the fields that it uses."""
    if not rule.reads_source or "input" in rule.fields:  # nearly every contract has an input of its own
        return check(subject)
    values = (subject.fields.get(field) for field in rule.fields)
    reference = rule.id, subject.directory, os.path.dirname(subject.path), subject.search, *values
    found: list[Finding] = remembered(subject.resolutions, reference, lambda: [*check(subject)])
    return found


@cache
def _enabled_rules(
    select: frozenset[str],
    ignore: frozenset[str],
    with_severity: tuple[str, ...],
    check_inputs: bool,  # noqa: FBT001
) -> list[tuple[Rule, Check]]:
    """Return the rules to run; computed once for all files that have these settings."""
    settings = Settings(select=select, ignore=ignore, severity=dict.fromkeys(with_severity, Severity.INFO))
    enabled = (rule for rule in RULES.values() if settings.is_enabled(rule.id))
    return [(rule, rule.check) for rule in enabled if rule.check and (check_inputs or not rule.reads_data)]

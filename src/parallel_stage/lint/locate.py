"""Locate findings in a text: a route becomes lines and columns, a change becomes a fix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parallel_stage.contract import edits
from parallel_stage.lint.diagnostic import (
    Diagnostic,
    Fix,
    Position,
    Replacement,
)
from parallel_stage.wording import abridged, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.contract.document import Document
    from parallel_stage.contract.text import Edit, Lines, Route
    from parallel_stage.lint.rule import Finding, Rule


LONGEST_MESSAGE = 1_000
"""The most characters of a message, which quotes values of any length."""


def locate(document: Document, rule: Rule, finding: Finding) -> Diagnostic:
    """Return the diagnostic of a rule's finding."""
    span = document.span(finding.route, on_key=finding.on_key)
    found = diagnostic_at(document.path, document.lines, rule, span, finding.message)
    change = finding.change
    changes = edits.edits_for(document, change) if change else []
    return found._replace(
        severity=finding.severity or rule.severity,
        route=finding.route,
        value=_value(document, finding.route),
        fix=fix_of(document.lines, changes, safe=change.safe) if change and changes else None,
    )


def diagnostic_at(path: str, lines: Lines, rule: Rule, span: tuple[int, int], message: str) -> Diagnostic:
    """Return a diagnostic about a span of a text rather than a value in it."""
    start, end = _ends(lines, span)
    text = abridged(printable(message), LONGEST_MESSAGE)
    return Diagnostic(rule.id, rule.severity, path, text, (), start, end, lines.line(start.line))


def fix_of(lines: Lines, changes: Iterable[Edit], *, safe: bool) -> Fix:
    """Return edits of a text as a fix."""
    return Fix(tuple(Replacement(edit.span, *_ends(lines, edit.span), edit.text) for edit in changes), safe)


def _ends(lines: Lines, span: tuple[int, int]) -> tuple[Position, Position]:
    start, stop = span
    return Position(*lines.position(start)), Position(*lines.position(stop))


def _value(document: Document, route: Route) -> str:
    try:
        value = document.value(route)
    except (KeyError, IndexError, TypeError):  # a key that is missing
        return ""
    if not route:  # what is said of a whole contract is about its keys
        value = sorted(map(str, value)) if isinstance(value, dict) else ""
    return json.dumps(value, default=str, sort_keys=True) if value or route else ""

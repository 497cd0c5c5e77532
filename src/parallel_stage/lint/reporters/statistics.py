"""The numbers of a report instead of its findings: how often each rule found something, the most often first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters.text import closing, painter
from parallel_stage.lint.rules import RULES
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.lint.diagnostic import Diagnostic, Report

FORMATS = ("text", "json")
"""The formats that have statistics."""
_SEVERITIES = list(Severity)


class RuleCount(NamedTuple):
    """How often a rule found something.

    Attributes:
        rule: The rule's id.
        severity: That of its most severe finding.
        findings: Their number.
        fixable: How many of these have a safe fix.
        unsafely_fixable: How many have another one.
    """

    rule: str
    severity: Severity
    findings: int
    fixable: int
    unsafely_fixable: int


def render(
    report: Report, format_: str, *, colour: bool = False, summary: bool = True, width: int | None = None
) -> str:
    """Return the statistics as lines with the closing lines of a report, or as JSON: a list, sorted keys.

    What a rule is about is cut at the width, if there is one.
    """
    counts = _counts(report.diagnostics)
    if format_ == "json":
        return json.dumps([_document(each) for each in counts], indent=2, sort_keys=True) + "\n"
    lines = [*_lines(counts, colour=colour, width=width), *([""] if counts and summary else [])]
    return "".join(f"{line}\n" for line in lines) + (closing(report) if summary else "")


def _counts(found: Iterable[Diagnostic]) -> list[RuleCount]:
    by_rule: dict[str, list[Diagnostic]] = {}
    for diagnostic in found:
        by_rule.setdefault(diagnostic.rule, []).append(diagnostic)
    counts = [_count(rule, diagnostics) for rule, diagnostics in by_rule.items()]
    return sorted(counts, key=lambda each: (-each.findings, _SEVERITIES.index(each.severity), each.rule))


def _count(rule: str, found: list[Diagnostic]) -> RuleCount:
    severity = min((each.severity for each in found), key=_SEVERITIES.index)
    safe = [each.fix.safe for each in found if each.fix]
    return RuleCount(rule, severity, len(found), sum(safe), len(safe) - sum(safe))


def _lines(counts: list[RuleCount], *, colour: bool, width: int | None) -> list[str]:
    """Return a line for each rule; `[*]` marks those with a safe fix, `[-]` those with others only."""
    paint = painter(colour=colour)
    number = max((len(f"{each.findings:,}") for each in counts), default=0)
    severity = max((len(each.severity.value) for each in counts), default=0)
    rule = max((len(each.rule) for each in counts), default=0)
    left = max(1, width - (number + severity + rule + 11)) if width else None
    return [
        f"{each.findings:{number},}  {paint(f'{each.severity.value:{severity}}', each.severity)}  "
        f"{each.rule:{rule}}  {_mark(each)}  {_cut(RULES[each.rule].summary, left)}"
        for each in counts
    ]


def _cut(text: str, width: int | None) -> str:
    return text if width is None else shortened(text, width)


def _mark(each: RuleCount) -> str:
    return "[*]" if each.fixable else "[-]" if each.unsafely_fixable else "   "


def _document(each: RuleCount) -> dict[str, str | int]:
    return {
        "rule": each.rule,
        "severity": each.severity.value,
        "issue_count": each.findings,
        "fixable_count": each.fixable,
        "unsafely_fixable_count": each.unsafely_fixable,
    }

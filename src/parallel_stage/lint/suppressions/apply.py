"""Suppress findings by comments in a contract, and report comments that suppress nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.config.model import Settings
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.rule import Rule
    from parallel_stage.lint.suppressions.comments import IgnoreComment, IgnoredRule

    Ignored = Mapping[str, Sequence[IgnoredRule]]
    """The places where comments ignore a rule, by its id."""


_WITHOUT_SOURCE = ("function-not-found", "function-unreadable", "shadowed-module")
"""Rules that find that there is no source for the other rules about functions."""


def apply_suppressions(document: Document, found: list[Diagnostic], settings: Settings) -> list[Diagnostic]:
    """Return the findings that no comment suppresses, and those about the comments themselves."""
    from parallel_stage.lint.suppressions.comments import ignore_comments
    from parallel_stage.lint.suppressions.unused import unknown_rules, unused_ignores

    comments = ignore_comments(document)
    ignored = _by_rule(comments)
    if settings.is_enabled("unknown-rule"):
        found = [*found, *unknown_rules(document, comments)]
    kept, used = _split(document, ignored, found)
    if settings.is_enabled("unused-ignore"):
        conclusive = _conclusive_rules({diagnostic.rule for diagnostic in found}, settings)
        idle = {name for rule in conclusive for name in ignored.get(rule, ()) if name not in used}
        # An ignore of `unused-ignore` is never unused itself: other machines may use the name beside it.
        kept += _split(document, ignored, list(unused_ignores(document, comments, idle)))[0]
    return kept


def unsuppressed(document: Document, found: list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings that no comment suppresses."""
    from parallel_stage.lint.suppressions.comments import ignore_comments

    return _split(document, _by_rule(ignore_comments(document)), found)[0]


def _by_rule(comments: list[IgnoreComment]) -> Ignored:
    ignored: dict[str, list[IgnoredRule]] = {}
    for name in (name for comment in comments for name in comment.names):
        ignored.setdefault(name.rule, []).append(name)
    return ignored


def _split(document: Document, ignored: Ignored, found: list[Diagnostic]) -> tuple[list[Diagnostic], set[IgnoredRule]]:
    """Return the findings that stay, and the names in comments that suppress the others."""
    kept: list[Diagnostic] = []
    used: set[IgnoredRule] = set()
    for diagnostic in found:
        matches = _matches(document, ignored, diagnostic)
        used.update(matches)
        if not matches:
            kept.append(diagnostic)
    return kept, used


def _matches(document: Document, ignored: Ignored, diagnostic: Diagnostic) -> list[IgnoredRule]:
    """Return the names in comments that suppress a finding."""
    if diagnostic.rule not in ignored or not RULES[diagnostic.rule].can_disable:
        return []
    first, last = lines_of(document, diagnostic)
    return [name for name in ignored[diagnostic.rule] if name.lines[0] <= last and first <= name.lines[-1]]


def lines_of(document: Document, diagnostic: Diagnostic) -> tuple[int, int]:
    """Return the first and the last line of what a finding is about; of a value, from its key on."""
    lines, first, (last, column) = document.lines, diagnostic.start.line, diagnostic.end
    if diagnostic.route:
        first = min(first, lines.position(document.span(diagnostic.route, on_key=True).start)[0])
    if not lines.line(last)[: column - 1].strip():
        # A table may end where the next key starts; comments before that one are not about the table.
        last -= 1
        while last > first and not lines.line(last).partition("#")[0].strip():
            last -= 1
    return first, max(first, last)


def _conclusive_rules(found: set[str], settings: Settings) -> list[str]:
    """Return the rules whose silence means that there is nothing to find: they ran, and saw everything."""

    def was_seen(missing: str) -> bool:
        return settings.is_enabled(missing) and missing not in found

    has_source, has_data = all(map(was_seen, _WITHOUT_SOURCE)), was_seen("input-matches-nothing")
    is_well_formed = all(RULES[rule].can_disable for rule in found)  # rules skip fields that break the schema

    def is_conclusive(rule: Rule) -> bool:
        if rule.check is None or not is_well_formed:  # a rule without a check is about several contracts
            return rule.id == "unknown-rule"
        if rule.reads_data and not (settings.check_inputs and has_data):
            return False
        return has_source or not rule.reads_source

    enabled = (rule for rule in RULES.values() if rule.can_disable and settings.is_enabled(rule.id))
    schema_rules = [rule.id for rule in RULES.values() if not rule.can_disable]
    return schema_rules + [rule.id for rule in enabled if is_conclusive(rule)]

"""Ignoring what a contract's author asks to ignore in comments."""

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

    Asked = Mapping[str, Sequence[IgnoredRule]]
    """Where which rule is asked to be ignored."""


def apply_suppressions(document: Document, found: list[Diagnostic], settings: Settings) -> list[Diagnostic]:
    """The findings without those that a comment asks to ignore, and with those about such comments."""
    from parallel_stage.lint.suppressions.comments import ignore_comments
    from parallel_stage.lint.suppressions.unused import unknown_rules, unused_ignores

    comments = ignore_comments(document)
    asked = _by_rule(comments)
    if settings.is_enabled("unknown-rule"):
        found = [*found, *unknown_rules(document, comments)]
    answers = [(diagnostic, _answer(document, asked, diagnostic)) for diagnostic in found]
    kept = [diagnostic for diagnostic, answer in answers if not answer]
    if settings.is_enabled("unused-ignore"):
        used = {name for _, answer in answers for name in answer}
        telling = _telling({diagnostic.rule for diagnostic in found}, settings)
        idle = {name for rule in telling for name in asked.get(rule, ()) if name not in used}
        # An ignore of `unused-ignore` is never unused itself: what it stands beside may be used on other machines.
        remarks = unused_ignores(document, comments, idle)
        kept += [diagnostic for diagnostic in remarks if not _answer(document, asked, diagnostic)]
    return kept


def _by_rule(comments: list[IgnoreComment]) -> Asked:
    asked: dict[str, list[IgnoredRule]] = {}
    for name in (name for comment in comments for name in comment.names):
        asked.setdefault(name.rule, []).append(name)
    return asked


def _answer(document: Document, asked: Asked, diagnostic: Diagnostic) -> list[IgnoredRule]:
    """Where it is asked to ignore this finding."""
    if diagnostic.rule not in asked or not RULES[diagnostic.rule].can_disable:
        return []
    first, last = _lines(document, diagnostic)
    return [name for name in asked[diagnostic.rule] if name.lines[0] <= last and first <= name.lines[-1]]


def _lines(document: Document, diagnostic: Diagnostic) -> tuple[int, int]:
    """The first and the last line of what a finding is about: of a value, from its key on."""
    lines, first, (last, column) = document.lines, diagnostic.start.line, diagnostic.end
    if diagnostic.route:
        first = min(first, lines.position(document.span(diagnostic.route, on_key=True).start)[0])
    if not lines.line(last)[: column - 1].strip():
        # A table may end where the next key starts; comments before that one are not about the table.
        last -= 1
        while last > first and not lines.line(last).partition("#")[0].strip():
            last -= 1
    return first, max(first, last)


def _telling(found: set[str], settings: Settings) -> list[str]:
    """The rules whose silence tells that there is nothing to find: they were asked, and saw what they are about."""

    def is_there(missing: str) -> bool:
        return settings.is_enabled(missing) and missing not in found

    has_source, has_data = is_there("function-not-found"), is_there("input-matches-nothing")
    is_whole = all(RULES[rule].can_disable for rule in found)  # a rule is not asked about misshapen fields

    def is_telling(rule: Rule) -> bool:
        if rule.check is None or not is_whole:  # without a check, it is about more than one contract
            return rule.id == "unknown-rule"
        if rule.reads_data and not (settings.check_inputs and has_data):
            return False
        return has_source or "function" not in rule.fields

    return [
        rule.id
        for rule in RULES.values()
        if not rule.can_disable or (settings.is_enabled(rule.id) and is_telling(rule))
    ]

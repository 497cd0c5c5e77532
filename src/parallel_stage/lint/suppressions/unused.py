"""Findings about ignore comments: unknown rules in them, and comments that suppress nothing."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from parallel_stage.contract import edits
from parallel_stage.contract.text import Edit, Span
from parallel_stage.lint.config.rule_ids import unknown_rule_message
from parallel_stage.lint.locate import diagnostic_at, fix_of
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.suppressions import MARK
from parallel_stage.wording import plural, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.suppressions.comments import IgnoreComment, IgnoredRule

_LONGEST = 60
_MOST_UNKNOWN = 100


def unknown_rules(document: Document, comments: Sequence[IgnoreComment]) -> Iterator[Diagnostic]:
    """Yield `unknown-rule` for each comment that cannot be parsed, and each unknown id.

    After the first hundred ids, one more finding has the number of all others.
    """
    unknown = [name for comment in comments for name in comment.names if name.rule not in RULES]
    for name in unknown[:_MOST_UNKNOWN]:
        yield _diagnostic(document, "unknown-rule", name.span, unknown_rule_message(name.rule))
    if others := unknown[_MOST_UNKNOWN:]:
        message = f"there are {plural(len(others), 'more id')} that no rule has; parallel-stage rules lists them all"
        yield _diagnostic(document, "unknown-rule", others[0].span, message)
    for comment in comments:
        if not comment.names:
            written = document.text[comment.mark : comment.span.stop].rstrip()
            shown = shortened(written, _LONGEST)
            hint = f"write {MARK} ignore[rule], or {MARK} ignore-file[rule] for the whole file"
            yield _diagnostic(document, "unknown-rule", comment.span, f'"{shown}" is not understood; {hint}')


def unused_ignores(
    document: Document, comments: Sequence[IgnoreComment], idle: set[IgnoredRule]
) -> Iterator[Diagnostic]:
    """Yield `unused-ignore`, with a fix, for each comment whose ids are all idle, else for each idle id."""
    removals = _removals(document, comments)
    for comment in comments:
        names = [name for name in comment.names if name in idle]
        if len(names) < len(comment.names):
            yield from _unused_names(document, comment.names, idle)
        elif names:
            message = "; ".join([*map(_reason, names), "remove the comment"])
            found = _diagnostic(document, "unused-ignore", comment.span, message)
            yield _with_fix(document, found, removals[comment]) if comment in removals else found


def _unused_names(document: Document, names: Sequence[IgnoredRule], idle: set[IgnoredRule]) -> Iterator[Diagnostic]:
    """Yield idle ids.

    The fix removes the comma towards an id that stays, so that any fixes can be combined.
    """
    stays = next(index for index, name in enumerate(names) if name not in idle)
    for index, name in enumerate(names):
        if name in idle:
            start, stop = name.span
            span = Span(start, names[index + 1].span.start) if index < stays else Span(names[index - 1].span.stop, stop)
            found = _diagnostic(document, "unused-ignore", name.span, f"{_reason(name)}; remove its name")
            yield _with_fix(document, found, Edit(span, ""))


def _diagnostic(document: Document, rule: str, span: Span, message: str) -> Diagnostic:
    found = diagnostic_at(document.path, document.lines, RULES[rule], span, message)
    return found._replace(value=json.dumps(document.text[slice(*span)]))


def _with_fix(document: Document, found: Diagnostic, edit: Edit) -> Diagnostic:
    return found._replace(fix=fix_of(document.lines, [edit], safe=True))


def _reason(name: IgnoredRule) -> str:
    if RULES[name.rule].can_disable:
        return f"{name.rule} finds nothing to ignore here"
    return f"{name.rule} is a schema rule, which cannot be ignored; correct the contract"


def _removals(document: Document, comments: Sequence[IgnoreComment]) -> dict[IgnoreComment, Edit]:
    """Return the edit that removes each comment, alone or with any of the others.

    A comment that ends a block scalar of YAML stays: without it, blank lines and deeper comments after it
    would belong to the text.
    """
    removals = {comment: _removal(document, comment) for comment in comments}
    if not edits.keeps_data(document, list(removals.values())):
        return {}
    placed = zip(comments, _columns(document.text, comments), strict=True)
    for (comment, column), (following, next_column) in pairwise(placed):
        between = document.text[comment.span.stop : following.span.start]
        if not between.strip() and next_column > column:
            del removals[comment]
    return removals


def _columns(text: str, comments: Sequence[IgnoreComment]) -> list[int]:
    """Return the column of each comment, with YAML's line ends, which are more than LF."""
    stretches = pairwise([0, *(comment.span.start for comment in comments)])
    return [len(f"{text[start:stop]}#".splitlines()[-1]) for start, stop in stretches]


def _removal(document: Document, comment: IgnoreComment) -> Edit:
    """Remove a comment with its line where nothing else is on it, else with the blanks before it."""
    start, stop = comment.span
    line = document.lines.span(document.lines.position(start)[0])
    if comment.alone:
        return Edit(Span(*line), "")
    while start > line[0] and document.text[start - 1] in " \t":
        start -= 1
    return Edit(Span(start, stop), "")

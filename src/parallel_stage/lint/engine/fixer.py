"""Apply fixes to a text, and check the result again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract.document import parse
from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic

    Check = Callable[[Document], list[Diagnostic]]

_MOST_PASSES = 100


class FixResult(NamedTuple):
    """The result of fixing a document.

    Attributes:
        document: The fixed document.
        fixed: The findings that were fixed, in that order.
        remaining: The findings of a check of the fixed document.
    """

    document: Document
    fixed: list[Diagnostic]
    remaining: list[Diagnostic]


def fix_document(document: Document, check: Check, *, unsafe: bool = False) -> FixResult:
    """Apply the fixes of what `check` finds, until there are none left.

    Fixes that overlap are applied one after the other, with a check in between. A fix after which the text
    could not be parsed is not applied.

    Args:
        document: The document; it is not changed.
        check: Returns the findings of a document.
        unsafe: Whether to apply fixes that may change what the contract means.
    """
    fixed: list[Diagnostic] = []
    found = check(document)
    for _ in range(_MOST_PASSES):
        chosen = non_overlapping(found, unsafe=unsafe)
        after = _applied(document, chosen)
        if after is None:
            chosen = chosen[:1]
            after = _applied(document, chosen)
        if after is None or not chosen:
            break
        document, found = after, check(after)
        fixed += chosen
    return FixResult(document, fixed, found)


def would_fix(diagnostic: Diagnostic, *, unsafe: bool) -> bool:
    """Whether a finding has a fix that is applied."""
    return diagnostic.fix is not None and (diagnostic.fix.safe or unsafe)


def non_overlapping(found: Iterable[Diagnostic], *, unsafe: bool) -> list[Diagnostic]:
    """Return the findings whose fixes are applied together: of those that overlap, the first.

    In text order.
    """
    chosen: list[Diagnostic] = []
    done = 0
    for diagnostic in sorted(found, key=_first):
        if diagnostic.fix is not None and would_fix(diagnostic, unsafe=unsafe) and _first(diagnostic) >= done:
            chosen.append(diagnostic)
            done = diagnostic.fix.replacements[-1].span.stop
    return chosen


def _first(diagnostic: Diagnostic) -> int:
    """Return where the first edit of a finding starts."""
    return diagnostic.fix.replacements[0].span.start if diagnostic.fix else 0


def edits_of(diagnostics: Iterable[Diagnostic]) -> list[Edit]:
    """Return the edits of the fixes of some findings."""
    fixes = (diagnostic.fix for diagnostic in diagnostics if diagnostic.fix)
    return [Edit(replacement.span, replacement.text) for fix in fixes for replacement in fix.replacements]


def _applied(document: Document, chosen: list[Diagnostic]) -> Document | None:
    try:
        return parse(apply_edits(document.text, edits_of(chosen)).encode(), document.path)
    except NotADocumentError:
        return None

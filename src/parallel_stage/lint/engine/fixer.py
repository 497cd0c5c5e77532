"""Apply fixes to a text, and check the result again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

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

Text = TypeVar("Text")


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
    return FixResult(*apply_fixes(document, check, _edited, unsafe=unsafe))


def apply_fixes(
    text: Text,
    check: Callable[[Text], list[Diagnostic]],
    edit: Callable[[Text, list[Edit]], Text],
    *,
    unsafe: bool,
) -> tuple[Text, list[Diagnostic], list[Diagnostic]]:
    """Do what `fix_document` does, for any kind of text.

    Args:
        text: What to fix.
        check: Returns the findings in it.
        edit: Returns it after edits. Raises NotADocumentError where there can be no such text.
        unsafe: As for `fix_document`.

    Returns:
        The fixed text, the findings that were fixed, and those of a check of the fixed text.
    """
    fixed: list[Diagnostic] = []
    found = check(text)
    for _ in range(_MOST_PASSES):
        chosen = non_overlapping(found, unsafe=unsafe)
        after = _applied(text, chosen, edit)
        if after is None:
            chosen = chosen[:1]
            after = _applied(text, chosen, edit)
        if after is None or not chosen:
            break
        text, found = after, check(after)
        fixed += chosen
    return text, fixed, found


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


def _applied(text: Text, chosen: list[Diagnostic], edit: Callable[[Text, list[Edit]], Text]) -> Text | None:
    try:
        return edit(text, edits_of(chosen))
    except NotADocumentError:
        return None


def _edited(document: Document, edits: list[Edit]) -> Document:
    return parse(apply_edits(document.text, edits).encode(), document.path)

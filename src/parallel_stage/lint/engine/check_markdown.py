"""Check and fix the contracts in a Markdown file: each as if it were a file of its own, then moved to its place."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract.document import Document
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Edit, Lines, Span
from parallel_stage.lint.diagnostic import Position, Replacement
from parallel_stage.lint.engine.check_document import unreadable_file
from parallel_stage.lint.engine.fixer import apply_fixes
from parallel_stage.lint.suppressions.add import ignoring_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_stage.contract.markdown import FencedContract, Markdown
    from parallel_stage.lint.diagnostic import Diagnostic, Fix

    Check = Callable[[Document], list[Diagnostic]]


class FixedMarkdown(NamedTuple):
    """The result of fixing the contracts in a Markdown file.

    Attributes:
        markdown: The fixed file.
        fixed: The findings that were fixed.
        contracts: In how many contracts there were some.
    """

    markdown: Markdown
    fixed: list[Diagnostic]
    contracts: int


def check_markdown(markdown: Markdown, check: Check) -> list[Diagnostic]:
    """Return the findings in the contracts of a Markdown file, with their places and edits in that file.

    Args:
        markdown: The file.
        check: Returns the findings in one contract, as if it were a file of its own.
    """
    return [
        diagnostic
        for contract in markdown.contracts
        for diagnostic in _moved(markdown, contract, _found(markdown, contract, check))
    ]


def fix_markdown(markdown: Markdown, check: Check, *, unsafe: bool) -> FixedMarkdown:
    """Apply the fixes of each contract in a Markdown file; nothing else in it changes.

    Args:
        markdown: The file; it is not changed.
        check: As for `check_markdown`.
        unsafe: Whether to apply fixes that may change what a contract means.
    """
    fixed: list[Diagnostic] = []
    count = 0
    for index, contract in enumerate(markdown.contracts):
        if isinstance(contract.document, Document):
            check_it, edit_it = partial(_check_at, check, index), partial(_edit_at, index)
            markdown, here, _ = apply_fixes(markdown, check_it, edit_it, unsafe=unsafe)
            fixed += _moved(markdown, markdown.contracts[index], here)
            count += bool(here)
    return FixedMarkdown(markdown, fixed, count)


def ignore_in_markdown(markdown: Markdown, check: Check, found: Sequence[Diagnostic], reason: str) -> FixedMarkdown:
    """Add comments that ignore findings, where a contract can hold them; nothing else in the file changes.

    Args:
        markdown: The file; it is not changed.
        check: As for `check_markdown`.
        found: The findings to ignore, as `check_markdown` returns them.
        reason: What the comments give as a reason.

    Returns:
        The file with the comments, and the findings that they ignore in place of fixed ones.
    """
    wanted, after, count = set(found), markdown, 0
    ignored: list[Diagnostic] = []
    for index, contract in enumerate(markdown.contracts):
        if isinstance(contract.document, Document):
            own = check(contract.document)
            moved = dict(zip(own, _moved(markdown, contract, own), strict=True))
            edits, here = ignoring_edits(contract.document, [each for each in own if moved[each] in wanted], reason)
            with suppress(NotADocumentError):
                after = after.with_edits(index, edits)
                ignored += map(moved.__getitem__, here)
                count += bool(here)
    return FixedMarkdown(after, ignored, count)


def _check_at(check: Check, index: int, markdown: Markdown) -> list[Diagnostic]:
    return _found(markdown, markdown.contracts[index], check)


def _edit_at(index: int, markdown: Markdown, edits: Sequence[Edit]) -> Markdown:
    return markdown.with_edits(index, edits)


def _found(markdown: Markdown, contract: FencedContract, check: Check) -> list[Diagnostic]:
    if isinstance(contract.document, NotADocumentError):
        return [unreadable_file(markdown.path, contract.document)]
    return check(contract.document)


def _moved(markdown: Markdown, contract: FencedContract, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return findings in a contract with their places in the Markdown file, and that file's lines."""
    lines, block = Lines(contract.block.text), contract.block

    def at(place: Position) -> Position:
        offset = lines.span(place.line)[0] + place.column - 1
        return Position(*markdown.lines.position(block.place(offset)))

    def moved(diagnostic: Diagnostic) -> Diagnostic:
        start = at(diagnostic.start)
        return diagnostic._replace(
            start=start,
            end=at(diagnostic.end),
            line_text=markdown.lines.line(start.line),
            fix=_moved_fix(markdown, contract, diagnostic.fix) if diagnostic.fix else None,
        )

    return [moved(diagnostic) for diagnostic in found]


def _moved_fix(markdown: Markdown, contract: FencedContract, fix: Fix) -> Fix:
    edits = (contract.block.edit(Edit(each.span, each.text)) for each in fix.replacements)
    return fix._replace(replacements=tuple(_replacement(markdown, *edit) for edit in edits))


def _replacement(markdown: Markdown, span: Span, text: str) -> Replacement:
    start, end = (Position(*markdown.lines.position(offset)) for offset in span)
    return Replacement(span, start, end, text)

"""Code actions for findings: apply a fix, apply all safe fixes, or ignore the rule here."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING

from lsprotocol import types

from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Edit, Span, line_end
from parallel_stage.editor.diagnostics import SOURCE, diagnostic
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.engine.fixer import edits_of, fix_document
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.suppressions import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_stage.contract.document import Document
    from parallel_stage.editor.open_document import Diagnosis, OpenDocument
    from parallel_stage.lint.diagnostic import Diagnostic

QUICK_FIX = types.CodeActionKind.QuickFix.value
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.parallelStage"
KINDS = [QUICK_FIX, FIX_ALL]
"""The kinds of action that the server offers."""
_LONGEST = 40


def actions(
    opened: OpenDocument, diagnosis: Diagnosis, where: Span, only: Sequence[str] | None
) -> Iterator[types.CodeAction]:
    """Return the actions for a range of a document, of the requested kinds; None requests all.

    A fix that may change what the contract means is never preferred, nor a part of "fix all".
    """
    if diagnosis.document is None:
        return
    if _wanted(QUICK_FIX, only):
        there = [found for found in diagnosis.found if _touches(opened.span(found), where)]
        for found in there:
            yield from _fix(opened, found)
        for found in there:
            yield from _ignore(opened, diagnosis.document, found)
    if _wanted(FIX_ALL, only):
        yield from _fix_all(opened, diagnosis, diagnosis.document)


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether a kind, or one that it is a part of by its dots, is requested."""
    return only is None or any(not wanted or (kind + ".").startswith(wanted + ".") for wanted in only)


def _touches(one: Span, other: Span) -> bool:
    return one.start <= other.stop and other.start <= one.stop


def _fix(opened: OpenDocument, found: Diagnostic) -> Iterator[types.CodeAction]:
    if found.fix:
        action = _action(opened, _title(opened.text, found), QUICK_FIX, edits_of([found]))
        action.diagnostics = [diagnostic(opened, found)]
        action.is_preferred = found.fix.safe
        yield action


def _title(text: str, found: Diagnostic) -> str:
    """Return what a fix does, on one line."""
    changes = [(text[slice(*edit.span)].strip(), edit.text.strip(" \t\r\n,")) for edit in edits_of([found])]
    old, new = (" ".join(" ".join(parts).split())[:_LONGEST] for parts in zip(*changes, strict=True))
    said = f"Write {new} instead of {old}" if old and new else f"Write {new}" if new else f"Remove {old}"
    return said if found.fix and found.fix.safe else f"{said} (may change what the contract means)"


def _ignore(opened: OpenDocument, document: Document, found: Diagnostic) -> Iterator[types.CodeAction]:
    """Return the action that adds a comment above the key.

    None in JSON, or where it would not be a comment.
    """
    if not RULES[found.rule].can_disable or opened.language == "json":
        return
    key = document.span(found.route, on_key=True) if found.route else opened.span(found)
    start = document.text.rfind("\n", 0, key.start) + 1
    line = document.text[start : key.start]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    end = line_end(document.text)
    comment = Edit(Span(start, start), f"{indent}# {MARK} ignore[{found.rule}]{end}")
    try:
        same = document.format.parse(apply_edits(document.text, [comment])) == document.data
    except NotADocumentError:
        return
    if same:
        action = _action(opened, f"Ignore {found.rule} here", QUICK_FIX, [comment])
        action.diagnostics = [diagnostic(opened, found)]
        yield action


def _fix_all(opened: OpenDocument, diagnosis: Diagnosis, document: Document) -> Iterator[types.CodeAction]:
    result = fix_document(document, partial(check_document, settings=diagnosis.settings))
    if result.fixed:
        changes = _differences(document.text, result.document.text)
        yield _action(opened, f"Apply all safe fixes ({SOURCE})", FIX_ALL, changes)


def _differences(before: str, after: str) -> Iterator[Edit]:
    """Return the replaced lines and the new text that turn one text into another."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, old))]
    for kind, first, stop, wanted, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Edit(Span(starts[first], starts[stop]), "".join(new[wanted:until]))


def _action(opened: OpenDocument, title: str, kind: str, changes: Iterable[Edit]) -> types.CodeAction:
    new = [types.TextEdit(opened.positions.range(change.span), change.text) for change in changes]
    return types.CodeAction(title=title, kind=kind, edit=types.WorkspaceEdit(changes={opened.uri: new}))

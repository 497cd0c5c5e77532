"""Add comments that ignore findings, where the text can hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import edits, formats
from parallel_stage.contract.text import Edit, Span, line_end
from parallel_stage.lint.rules import RULES, suppressions
from parallel_stage.lint.suppressions import MARK
from parallel_stage.lint.suppressions.apply import lines_of
from parallel_stage.lint.suppressions.comments import IgnoreComment, ignore_comments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic

_ABOUT_SUPPRESSIONS = {rule.id for rule in suppressions.RULES}
"""The rules whose findings are about comments and baselines: these are to be corrected."""
_BLANKS = " \t"


class _Behind(NamedTuple):
    """A place for a new comment: behind what is on a line."""

    line: int


class _Above(NamedTuple):
    """A place for a new comment: alone on a line, above the one of that number."""

    above: int


if TYPE_CHECKING:
    Place: TypeAlias = IgnoreComment | _Behind | _Above
    """Where rules are ignored: a comment that is there and gets more of them, or a new one."""


def can_ignore(diagnostic: Diagnostic) -> bool:
    """Whether a comment may ignore a finding: schema rules, and what is about comments, is to be corrected."""
    return RULES[diagnostic.rule].can_disable and diagnostic.rule not in _ABOUT_SUPPRESSIONS


def add_ignores(document: Document, found: Iterable[Diagnostic], reason: str = "") -> tuple[str, list[Diagnostic]]:
    """Return a text with comments that ignore findings, and the findings that they ignore; see `ignoring_edits`."""
    changes, ignored = ignoring_edits(document, found, reason)
    return edits.apply_edits(document.text, changes), ignored


def ignoring_edits(
    document: Document, found: Iterable[Diagnostic], reason: str = ""
) -> tuple[list[Edit], list[Diagnostic]]:
    """Return the edits that add comments which ignore findings, and the findings that these ignore.

    A comment that applies to a finding's line gets the rule; a new one stands behind the value, or above it where
    another comment is there, or a text of several lines.

    Args:
        document: The document; it is not changed, and its data is that of the new text.
        found: Findings in it that `can_ignore`.
        reason: What follows the rules in each comment, on one line.
    """
    by_place: dict[Place, list[Diagnostic]] = {}
    for diagnostic, place in _placed(document, found):
        by_place.setdefault(place, []).append(diagnostic)
    by_edits = [(_edits(document, place, _names(each), reason), each) for place, each in by_place.items()]
    by_edits.sort(key=lambda pair: pair[0][0].span)
    kept = _harmless(document, by_edits)
    return [edit for each, _ in kept for edit in each], [diagnostic for _, ignored in kept for diagnostic in ignored]


def _names(found: list[Diagnostic]) -> list[str]:
    return list(dict.fromkeys(each.rule for each in found))


def _placed(document: Document, found: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, Place]]:
    """Yield the findings that can be ignored in this text, with the place where."""
    if formats.name(document.format) == "json":  # which has no comments
        return
    layout = _Layout(document)
    for diagnostic in found:
        place = layout.place(*lines_of(document, diagnostic))
        if place:
            yield diagnostic, place


class _Layout:
    """Where a text has comments, and where it has lines that none can follow."""

    def __init__(self, document: Document) -> None:
        self._lines = document.lines
        self._ours = [comment for comment in ignore_comments(document) if comment.names and not comment.for_file]
        self._commented = {self._lines.position(start)[0] for start, _ in document.format.comments(document.text)}
        self._texts = [
            span
            for route, _, span in document.entries()
            if "\n" in document.text[slice(*span)] and isinstance(document.value(route), str)
        ]

    def place(self, first: int, last: int) -> Place | None:
        """Return where to ignore what is on some lines; None where no comment can stand."""
        for comment in self._ours:
            if first in comment.names[0].lines:
                return comment
        # Behind the end of a text that starts on the line; behind a key of a table it would say less.
        line = last if self._is_inside_text(self._end(first)) else first
        if self._takes_comment(line):
            return _Behind(line)
        return None if self._is_inside_text(self._lines.span(first)[0]) else _Above(first)

    def _takes_comment(self, line: int) -> bool:
        has_content = bool(self._lines.line(line).strip())
        return has_content and line not in self._commented and not self._is_inside_text(self._end(line))

    def _end(self, line: int) -> int:
        return self._lines.span(line)[0] + len(self._lines.line(line))

    def _is_inside_text(self, offset: int) -> bool:
        return any(start < offset < stop for start, stop in self._texts)


def _edits(document: Document, place: Place, names: list[str], reason: str) -> list[Edit]:
    """Return the edits that ignore rules at a place."""
    if isinstance(place, IgnoreComment):
        return _additions(document, place, names, reason)
    comment = f"# {MARK} ignore[{', '.join(names)}] {reason}".rstrip()
    lines = document.lines
    if isinstance(place, _Behind):
        start, text = lines.span(place.line)[0], lines.line(place.line)
        return [Edit(Span(start + len(text.rstrip(_BLANKS)), start + len(text)), f"  {comment}")]
    text = lines.line(place.above)
    start = lines.span(place.above)[0] + len(text) - len(text.lstrip("\ufeff"))
    text = text.lstrip("\ufeff")
    indent = text[: len(text) - len(text.lstrip(_BLANKS))]
    return [Edit(Span(start, start), f"{indent}{comment}{line_end(document.text)}")]


def _additions(document: Document, comment: IgnoreComment, names: list[str], reason: str) -> list[Edit]:
    """Return the edits that add rules to a comment, and a reason that it does not give."""
    there = {name.rule for name in comment.names}
    at = comment.names[-1].span.stop
    new = "".join(f", {name}" for name in names if name not in there)
    written = document.text[at : comment.span.stop]
    given = written.partition("]")[2].strip()
    end = at + len(written.rstrip())
    added = [] if reason in given else [Edit(Span(end, end), f"; {reason}" if given else f" {reason}")]
    return [Edit(Span(at, at), new), *added]


def _harmless(
    document: Document, by_edits: list[tuple[list[Edit], list[Diagnostic]]]
) -> list[tuple[list[Edit], list[Diagnostic]]]:
    """Return the edits that together leave the data as it is: all of them, in any text but odd YAML."""

    def are_harmless(some: list[tuple[list[Edit], list[Diagnostic]]]) -> bool:
        return edits.keeps_data(document, [edit for each, _ in some for edit in each])

    if are_harmless(by_edits):
        return by_edits
    alone = [each for each in by_edits if len(document.text) <= edits.LONGEST and are_harmless([each])]
    return alone if are_harmless(alone) else []

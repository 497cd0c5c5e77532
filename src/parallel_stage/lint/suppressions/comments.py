"""Find the comments that ignore rules: the rules they name, and the lines they apply to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract.text import Span
from parallel_stage.lint.suppressions import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.document import Document

_MARKED = re.compile(rf"#+\s*(?={MARK})")
_IGNORE = re.compile(rf"{MARK}\s*ignore(?P<everywhere>-file)?\[(?P<names>[^\]]*)\]")
_NAME = re.compile(r"[^\s,](?:[^,]*[^\s,])?")
_BLANK = " \t\r\n\ufeff"


class IgnoredRule(NamedTuple):
    """A rule id in a comment.

    Attributes:
        rule: The id, which may be unknown.
        span: Its span, in code points.
        lines: The lines whose findings are ignored.
    """

    rule: str
    span: Span
    lines: range


class IgnoreComment(NamedTuple):
    """A comment for the linter.

    Attributes:
        span: The span of the whole comment, in code points.
        mark: Where `parallel-stage:` starts.
        alone: Whether nothing else is on its line.
        names: The ignored rules; none where the comment cannot be parsed.
        for_file: Whether they are ignored in the whole file.
    """

    span: Span
    mark: int
    alone: bool
    names: tuple[IgnoredRule, ...]
    for_file: bool


def ignore_comments(document: Document) -> list[IgnoreComment]:
    """Return every such comment of a document, in the order of the text."""
    comments = [Span(*span) for span in document.format.comments(document.text)]
    on_lines: dict[int, list[Span]] = {}
    for span in comments:
        on_lines.setdefault(_line(document, span), []).append(span)
    # Of several on one line, none is alone: a lone CR ends a comment of YAML, but no line.
    alone = {line: spans[0] for line, spans in on_lines.items() if len(spans) == 1 and _is_alone(document, spans[0])}
    below = _below(document, set(alone))
    found = []
    for span in comments:
        marked = _MARKED.match(document.text, *span)
        if marked:
            line = _line(document, span)
            is_alone = alone.get(line) == span
            lines = range(line, (below[line] if is_alone else line) + 1)
            match = _IGNORE.match(document.text, marked.end(), span.stop)
            for_file = bool(match and match["everywhere"])
            names = _names(match, range(1, len(below)) if for_file else lines) if match else ()
            found.append(IgnoreComment(span, marked.end(), is_alone, tuple(names), for_file))
    return found


def _line(document: Document, span: Span) -> int:
    return document.lines.position(span.start)[0]


def _is_alone(document: Document, span: Span) -> bool:
    start, stop = document.lines.span(_line(document, span))
    return not (document.text[start : span.start] + document.text[span.stop : stop]).strip(_BLANK)


def _below(document: Document, passed_over: set[int]) -> list[int]:
    """Return, for each line number, the next line that is more than a comment.

    The last line if there is none.
    """
    last = document.text.count("\n") + 1
    found = [last] * (last + 1)
    for line in range(last - 1, 0, -1):
        has_more = line + 1 not in passed_over and document.lines.line(line + 1).strip(_BLANK)
        found[line] = line + 1 if has_more else found[line + 1]
    return found


def _names(match: re.Match[str], lines: range) -> Iterator[IgnoredRule]:
    for name in _NAME.finditer(match.string, *match.span("names")):
        yield IgnoredRule(name[0], Span(*name.span()), lines)

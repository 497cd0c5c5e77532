"""rdjson: the Reviewdog Diagnostic Format, with suggestions, which reviewdog shows in every code review.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract.text import Lines
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import file_text, repository
from parallel_stage.lint.reporters.json import RULES_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.lint.diagnostic import Diagnostic, Fix, Position, Report

    Place = Callable[[Position], dict[str, int] | None]
    """Turns a position into one of the format; None where the text of its line is not known."""

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


class _File(NamedTuple):
    """A checked file: its text, and the lines of that."""

    text: str
    lines: list[str]

    @classmethod
    def read(cls, path: str) -> _File:
        text = file_text.read(path)
        return cls(text, text.split("\n"))


def render(report: Report) -> str:
    """Return the findings as one `DiagnosticResult`: two-space indent."""
    here = os.path.realpath(os.getcwd())  # reviewdog runs in the same directory
    texts = {path: _File.read(path) for path in dict.fromkeys(found.path for found in report.diagnostics)}
    result = {
        "source": {"name": "parallel-stage", "url": RULES_PAGE},
        "diagnostics": [_diagnostic(found, texts[found.path], here) for found in report.diagnostics],
    }
    return json.dumps(result, indent=2) + "\n"


def _diagnostic(found: Diagnostic, file: _File, here: str) -> dict[str, Any]:
    text, lines = file
    as_checked = file_text.is_as_checked(found, lines)

    def place(position: Position) -> dict[str, int] | None:
        if as_checked and position.line <= len(lines):
            line = lines[position.line - 1]
        elif position.line == found.start.line:
            line = found.line_text
        else:
            return None
        # Columns count bytes.
        return {"line": position.line, "column": len(line[: position.column - 1].encode("utf-8", "replace")) + 1}

    suggestion = _suggestion(found.fix, text if as_checked else "", place) if found.fix else None
    return {
        "message": found.message,
        # JSON cannot hold bytes of a name that are not text.
        "location": {
            "path": repository.relative(found.path, here).encode("utf-8", "backslashreplace").decode(),
            "range": _range(place(found.start), place(found.end)),
        },
        "severity": _SEVERITIES[found.severity],
        "code": {"value": found.rule, "url": f"{RULES_PAGE}#{found.rule}"},
        **({"suggestions": [suggestion]} if suggestion else {}),
    }


def _range(start: dict[str, int] | None, end: dict[str, int] | None) -> dict[str, Any]:
    return {"start": start, **({"end": end} if end else {})}


def _suggestion(fix: Fix, text: str, place: Place) -> dict[str, Any] | None:
    """Return a fix as one replacement, from its first edit to its last; None where the text between is unknown."""
    first, last = fix.replacements[0], fix.replacements[-1]
    start, end = place(first.start), place(last.end)
    if start is None or end is None:
        return None
    if len(fix.replacements) > 1 and not _holds(text, fix):
        return None
    pieces, done = [], first.span.start
    for each in fix.replacements:
        pieces += [text[done : each.span.start], each.text]
        done = each.span.stop
    return {"range": _range(start, end), "text": "".join(pieces)}


def _holds(text: str, fix: Fix) -> bool:
    """Whether the edits stand in a text where they stood in the one that was checked."""
    lines = Lines(text)
    return all(lines.position(each.span.start) == each.start for each in fix.replacements)

"""text: each finding with its source line and carets, for people; in colour on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.diagnostics import Severity

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostics import Diagnostic, Report

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_WIDEST = 160


def render(report: Report) -> str:
    """The findings, a blank line between them, and a closing line that counts them."""
    shown = [_finding(diagnostic) for diagnostic in report.diagnostics]
    return "\n".join([*shown, _closing(report)])


def _finding(diagnostic: Diagnostic) -> str:
    from click import style  # only where there is something to colour: a clean check stays quick

    start, colour = diagnostic.start, _COLOURS[diagnostic.severity]
    label = style(f"{diagnostic.severity.value}[{diagnostic.rule}]", fg=colour, bold=True)
    number = str(start.line)
    margin = " " * len(number)
    lines = [f"{label}: {diagnostic.message}", f"{margin}--> {diagnostic.path}:{start.line}:{start.column}"]
    if diagnostic.source.strip():
        before, carets = _carets(diagnostic)
        lines += [
            f"{margin} |",
            f"{number} | {_printable(diagnostic.source[:_WIDEST])}",
            f"{margin} | {before}{style(carets, fg=colour, bold=True)}",
        ]
    return "\n".join(lines) + "\n"


def _carets(diagnostic: Diagnostic) -> tuple[str, str]:
    """The blank stretch under what comes before, and the carets under what the finding is about."""
    first = diagnostic.start.column - 1
    one_line = diagnostic.end.line == diagnostic.start.line
    stop = diagnostic.end.column - 1 if one_line else len(diagnostic.source)
    marked = diagnostic.source[first:stop].rstrip()
    return " " * _width(diagnostic.source[:first]), "^" * max(1, min(_width(marked), _WIDEST))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    from unicodedata import combining, east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 0 if combining(char) else 1 for char in text)


def _closing(report: Report) -> str:
    files = _counted(len(report.paths), "contract")
    counts = [_counted(report.count(severity), _NOUNS[severity]) for severity in Severity if report.count(severity)]
    return f"{files} checked: {', '.join(counts) or 'no problems'}\n"


_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

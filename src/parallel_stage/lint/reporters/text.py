"""text: each finding with its source line and carets, for people; in colour on a terminal."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.wording import plural, printable, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.lint.diagnostic import Diagnostic, Report

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_WIDEST = 160


def render(report: Report, *, colour: bool = False, summary: bool = True, width: int | None = None) -> str:
    """Return the findings with blank lines between them, and the closing lines, which count them.

    Args:
        report: The report.
        colour: Whether to colour it.
        summary: Whether to close it with the numbers of findings.
        width: The columns of the terminal; None for a file, whose lines are not broken and which offers no commands.
    """
    paint = painter(colour=colour)
    shown = [_finding(diagnostic, paint, width) for diagnostic in report.diagnostics]
    last = closing(report) + (_explained(report) if width else "")
    return "\n".join([*shown, last] if summary else shown)


def _explained(report: Report) -> str:
    """Return the command that prints the page of the first finding's rule, as a line."""
    return f"more: parallel-stage explain {report.diagnostics[0].rule}\n" if report.diagnostics else ""


def painter(*, colour: bool) -> Callable[[str, Severity], str]:
    """Return the function that gives a text the colour of a severity, or leaves it plain."""
    return _painted if colour else _plain


def _plain(text: str, _: Severity) -> str:
    return text


def _painted(text: str, severity: Severity) -> str:
    from click import style

    return style(text, fg=_COLOURS[severity], bold=True)


def _finding(diagnostic: Diagnostic, paint: Callable[[str, Severity], str], width: int | None) -> str:
    start, severity = diagnostic.start, diagnostic.severity
    label = f"{severity.value}[{diagnostic.rule}]"
    number = str(start.line)
    margin = " " * len(number)
    widest = _WIDEST if width is None else min(_WIDEST, width - len(f"{number} | "))
    text = wrapped(f"{label}: {diagnostic.message}", width, "  ")
    lines = [
        paint(label, severity) + text.removeprefix(label),
        f"{margin}--> {printable(diagnostic.path)}:{start.line}:{start.column}",
    ]
    if diagnostic.line_text.strip():
        # Of a very long line, the part around the finding.
        skipped = _skipped(diagnostic, widest)
        source = diagnostic.line_text[skipped : skipped + widest]
        before, carets = _carets(diagnostic, source, skipped)
        lines += [
            f"{margin} |",
            f"{number} | {_blanked(source)}",
            f"{margin} | {before}{paint(carets, severity)}",
        ]
    return "\n".join(lines) + "\n"


def _skipped(diagnostic: Diagnostic, widest: int) -> int:
    """Return how many characters of a finding's line are left out before what is shown of it."""
    first, line = diagnostic.start.column, diagnostic.line_text
    return 0 if len(line) <= widest else max(0, first - widest // 2)


def _carets(diagnostic: Diagnostic, source: str, skipped: int) -> tuple[str, str]:
    """Return the blanks before the finding's span, and the carets below it."""
    first = diagnostic.start.column - 1 - skipped
    one_line = diagnostic.end.line == diagnostic.start.line
    stop = diagnostic.end.column - 1 - skipped if one_line else len(source)
    return " " * _width(source[:first]), "^" * max(1, _width(source[first:stop].rstrip()))


def _blanked(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _width(text: str) -> int:
    """Return the number of a terminal's cells that a text takes."""
    from unicodedata import combining, east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 0 if combining(char) else 1 for char in text)


def closing(report: Report) -> str:
    """Return the numbers of findings as a line, and those that can be fixed as a second one."""
    contracts = plural(len(report.paths) if report.contracts is None else report.contracts, "contract")
    counts = [plural(report.count(severity), _NOUNS[severity]) for severity in Severity if report.count(severity)]
    return f"{contracts} checked: {', '.join(counts) or 'no problems'}\n{_fixable(report)}"


_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def _fixable(report: Report) -> str:
    """Return how many findings `--fix` would fix, as a line; empty where there are none."""
    fixes = [diagnostic.fix for diagnostic in report.diagnostics if diagnostic.fix]
    safe = sum(fix.safe for fix in fixes)
    unsafe = len(fixes) - safe
    offers = [f"{safe:,} with --fix"] if safe else []
    offers += [f"{unsafe:,}{' more' if safe else ''} with --fix --unsafe-fixes"] if unsafe else []
    return f"fixable: {', '.join(offers)}\n" if offers else ""

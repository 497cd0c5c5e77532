"""concise: one finding per line, for people who scan and editors that parse."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.wording import printable

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic, Report


def render(report: Report) -> str:
    """Return `path:line:column: severity[rule] message` for each finding."""
    return "".join(f"{line(diagnostic)}\n" for diagnostic in report.diagnostics)


def line(diagnostic: Diagnostic) -> str:
    """Return a finding on one line."""
    rule, severity, path, message, _, start, *_ = diagnostic
    return f"{printable(path)}:{start.line}:{start.column}: {severity.value}[{rule}] {message}"

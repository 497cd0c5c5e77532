"""github: workflow commands, which GitHub shows as annotations of a run and of the changed lines.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import repository
from parallel_stage.wording import printable

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic, Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def render(report: Report) -> str:
    """Return `::error file=…,line=…,endLine=…,col=…,endColumn=…,title=…::message` for each finding."""
    root = repository.root()
    return "".join(f"{_command(diagnostic, root)}\n" for diagnostic in report.diagnostics)


def _command(diagnostic: Diagnostic, root: str) -> str:
    start, end = diagnostic.start, diagnostic.end
    path = printable(repository.relative(diagnostic.path, root))
    properties = {"file": path, "line": start.line, "endLine": end.line}
    if start.line == end.line:  # the runner drops columns that are on different lines
        properties |= {"col": start.column, "endColumn": end.column}
    properties["title"] = f"{diagnostic.rule} (parallel-stage)"
    written = ",".join(f"{name}={str(value).translate(_PROPERTY)}" for name, value in properties.items())
    # The log shows only the message.
    message = f"{path}:{start.line}:{start.column}: {diagnostic.message}"
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{message.translate(_DATA)}"

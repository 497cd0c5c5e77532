"""azure: logging commands, which Azure Pipelines shows as errors and warnings of a run.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import concise
from parallel_stage.wording import printable

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic, Report

_TYPES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "warning"}
"""Azure Pipelines knows two kinds of issues; the message names the third."""
_ESCAPES = str.maketrans({"%": "%AZP25", ";": "%3B", "]": "%5D", "\r": "%0D", "\n": "%0A"})
"""What the agent turns back, in properties and in messages."""


def render(report: Report) -> str:
    """Return `##vso[task.logissue type=…;sourcepath=…;linenumber=…;columnnumber=…;code=…;]message` per finding."""
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in report.diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {
        "type": _TYPES[diagnostic.severity],
        # The agent makes it relative to the repository, also where it checked out several.
        "sourcepath": printable(os.path.realpath(diagnostic.path)),
        "linenumber": diagnostic.start.line,
        "columnnumber": diagnostic.start.column,
        "code": diagnostic.rule,
    }
    written = "".join(f"{name}={str(value).translate(_ESCAPES)};" for name, value in properties.items())
    # The log shows only the message.
    return f"##vso[task.logissue {written}]{concise.line(diagnostic).translate(_ESCAPES)}"

"""agilab: the JSON and the summary that AGILAB's own checker prints for one contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parallel_stage.lint.diagnostic import Report, Severity

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic


def render(report: Report) -> str:
    """Return `{"issues", "ok", "path", "warnings"}` for one file, else a list of these."""
    found: dict[str, list[Diagnostic]] = {path: [] for path in report.paths}
    for diagnostic in report.diagnostics:
        found.setdefault(diagnostic.path, []).append(diagnostic)  # configurations and baselines are not checked
    documents = [document(path, Report([path], own)) for path, own in found.items()]
    return json.dumps(documents[0] if len(documents) == 1 else documents, indent=2, sort_keys=True) + "\n"


def document(path: str, report: Report) -> dict[str, Any]:
    """Return what AGILAB's checker prints for a file; it has no findings of severity info."""
    issues = [_text(diagnostic) for diagnostic in report.diagnostics if diagnostic.severity is Severity.ERROR]
    warnings = [_text(diagnostic) for diagnostic in report.diagnostics if diagnostic.severity is Severity.WARNING]
    return {"issues": issues, "ok": not issues, "path": path, "warnings": warnings}


def summary(path: str, report: Report) -> str:
    """Return the lines that AGILAB's checker prints without `--json`."""
    found = document(path, report)
    lines = [f"parallel stage contract: {path}", f"status: {'ok' if found['ok'] else 'invalid'}"]
    lines += [f"issue: {text}" for text in found["issues"]]
    lines += [f"warning: {text}" for text in found["warnings"]]
    return "\n".join(lines) + "\n"


def _text(diagnostic: Diagnostic) -> str:
    return f"line {diagnostic.start.line}: {diagnostic.message} [{diagnostic.rule}]"

"""json: `agilab.parallel_stage.lint_report.v1`, after AGILAB's conventions for lint reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parallel_stage.lint.diagnostic import Severity

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic, Fix, Position, Report

SCHEMA = "agilab.parallel_stage.lint_report.v1"
RULES_PAGE = "https://github.com/parallel-stage/parallel-stage/blob/main/docs/rules.md"


def render(report: Report) -> str:
    """Return the report as JSON: two-space indent, sorted keys."""
    return json.dumps(document(report), indent=2, sort_keys=True) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return the report as data, valid by the schema."""
    return {
        "schema": SCHEMA,
        "status": "fail" if report.failed else "pass",
        "summary": {
            "file_count": len(report.paths),
            "issue_count": len(report.diagnostics),
            "error_count": report.count(Severity.ERROR),
            "warning_count": report.count(Severity.WARNING),
            "info_count": report.count(Severity.INFO),
        },
        "issues": [_issue(diagnostic) for diagnostic in report.diagnostics],
    }


def _issue(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "rule": diagnostic.rule,
        "severity": diagnostic.severity.value,
        "path": diagnostic.path,
        **_place(diagnostic.start, diagnostic.end),
        "route": list(diagnostic.route),
        "message": diagnostic.message,
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
        "url": f"{RULES_PAGE}#{diagnostic.rule}",
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_place(each.start, each.end), "text": each.text} for each in fix.replacements]
    return {"safe": fix.safe, "edits": edits}


def _place(start: Position, end: Position) -> dict[str, int]:
    return {"line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column}

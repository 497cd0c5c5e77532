"""gitlab: a Code Quality report, which GitLab shows in merge requests.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import repository

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic, Report

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report) -> str:
    """Return the findings as a JSON list: two-space indent, sorted keys."""
    root = repository.root()
    seen: Counter[str] = Counter()
    return json.dumps([_issue(found, root, seen) for found in report.diagnostics], indent=2, sort_keys=True) + "\n"


def _issue(diagnostic: Diagnostic, root: str, seen: Counter[str]) -> dict[str, Any]:
    # JSON cannot hold bytes of a name that are not text.
    path = repository.relative(diagnostic.path, root).encode("utf-8", "backslashreplace").decode()
    begin, end = diagnostic.start._asdict(), diagnostic.end._asdict()
    return {
        "check_name": diagnostic.rule,
        "description": diagnostic.message,
        "severity": _SEVERITIES[diagnostic.severity],
        "location": {"path": path, "positions": {"begin": begin, "end": end}},
        "fingerprint": _fingerprint(diagnostic, path, seen),
    }


def _fingerprint(diagnostic: Diagnostic, path: str, seen: Counter[str]) -> str:
    """Return 32 hexadecimal digits that identify a finding, even after lines were added above it."""
    found = json.dumps([path, diagnostic.rule, diagnostic.route, diagnostic.line_text.strip()])
    seen[found] += 1
    return blake2b(f"{found}{seen[found]}".encode(), digest_size=16).hexdigest()

"""Findings as the protocol's diagnostics."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from lsprotocol import types

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters.json import RULES_PAGE

if TYPE_CHECKING:
    from parallel_stage.editor.open_document import Diagnosis, OpenDocument
    from parallel_stage.lint.diagnostic import Diagnostic

SOURCE = "parallel-stage"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


def diagnostics(opened: OpenDocument, diagnosis: Diagnosis) -> list[types.Diagnostic]:
    """Return all findings; or one on the first line that says why nothing was checked."""
    if diagnosis.failure:
        first = opened.positions.range((0, 0))
        severity = types.DiagnosticSeverity.Error
        return [types.Diagnostic(range=first, message=diagnosis.failure, severity=severity, source=SOURCE)]
    return [diagnostic(opened, found) for found in diagnosis.found]


def digest(found: list[types.Diagnostic]) -> str:
    """Return what tells these diagnostics from others."""
    return hashlib.blake2b(repr(found).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def diagnostic(opened: OpenDocument, found: Diagnostic) -> types.Diagnostic:
    """Return one finding, with the address of its rule's page."""
    return types.Diagnostic(
        range=opened.positions.range(opened.span(found)),
        message=found.message,
        severity=_SEVERITIES[found.severity],
        code=found.rule,
        code_description=types.CodeDescription(f"{RULES_PAGE}#{found.rule}"),
        source=SOURCE,
    )

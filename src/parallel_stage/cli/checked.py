"""The gate before anything is planned or run: only a contract without errors passes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from parallel_stage.cli.checking import coloured
from parallel_stage.contract.document import read
from parallel_stage.contract.model import Contract
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint import engine, reporters
from parallel_stage.lint.diagnostics import Diagnostic, Report, Severity

if TYPE_CHECKING:
    from parallel_stage.contract.document import Document


def contract_of(path: str) -> tuple[Contract, Document]:
    """The contract in a file, and the document it was read from.

    Where the check finds errors they are printed to standard error and the command exits with 1.
    """
    try:
        document = read(path)
    except NotADocumentError:
        raise _refused(path, engine.check_file(path)) from None
    errors = [found for found in engine.check(document) if found.severity is Severity.ERROR]
    if errors:
        raise _refused(path, errors)
    return Contract.from_valid(document.data), document


def _refused(path: str, errors: list[Diagnostic]) -> click.exceptions.Exit:
    report = reporters.render(Report([path], errors), "text", colour=coloured(sys.stderr))
    sys.stderr.write(report)
    return click.exceptions.Exit(1)

"""The gate before anything is planned or run: only a contract without errors passes."""

from __future__ import annotations

import sys
from typing import NamedTuple

import click

from parallel_stage.cli.report_output import coloured
from parallel_stage.contract.document import Document, read
from parallel_stage.contract.model import Contract
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint import reporters
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.diagnostic import Diagnostic, Report, Severity
from parallel_stage.lint.engine import check_document


class ValidContract(NamedTuple):
    """A contract that may be planned and run, the document it was read from, and where else functions are searched."""

    contract: Contract
    document: Document
    search_roots: tuple[str, ...]


def require_valid(path: str) -> ValidContract:
    """The contract in a file, held against the rules as its configuration has them.

    It is not held against data, and warnings stop nothing, whatever a configuration says: here that is for the plan to
    say. Where the check finds errors they are printed to standard error and the command exits with 1.

    Raises:
        UsageError: Where there is a configuration that makes no sense.
    """
    settings = Configurations().settings_for(path)._replace(strict=False, check_inputs=False)
    try:
        document = read(path)
    except NotADocumentError as error:
        raise _refused(path, [check_document.unreadable_file(path, error)]) from None
    errors = [found for found in check_document.check_document(document, settings) if found.severity is Severity.ERROR]
    if errors:
        raise _refused(path, errors)
    return ValidContract(Contract.from_valid(document.data), document, settings.search_roots)


def _refused(path: str, errors: list[Diagnostic]) -> click.exceptions.Exit:
    report = reporters.render(Report([path], errors), "text", colour=coloured(sys.stderr))
    sys.stderr.write(report)
    return click.exceptions.Exit(1)

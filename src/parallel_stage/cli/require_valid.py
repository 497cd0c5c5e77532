"""The check before a plan or run: an invalid contract is reported, and the command exits with 1."""

from __future__ import annotations

import sys

import click

from parallel_stage.cli.report_output import coloured
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import InvalidContractError, Report
from parallel_stage.lint.engine.valid_contract import ValidContract, valid_contract


def require_valid(path: str) -> ValidContract:
    """Return the contract in a file; print its errors to standard error, where it has any.

    Raises:
        click.exceptions.Exit: With code 1, for an invalid contract.
        UsageError: Where a configuration cannot be read.
    """
    try:
        return valid_contract(path)
    except InvalidContractError as error:
        report = Report([path], list(error.problems))
        sys.stderr.write(reporters.render(report, "text", colour=coloured(sys.stderr)))
        raise click.exceptions.Exit(error.exit_code) from None

"""Write a report to a stream, in colour where that is wanted, or into a file."""

from __future__ import annotations

import os
import sys

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from parallel_stage.lint.diagnostic import Report
    from parallel_stage.lint.engine.valid_contract import ValidContract


def write_report(report: Report, stream: TextIO, format_: str, output_file: str = "") -> None:
    """Write a report into a file, whole or not at all, or to a stream where no file is named.

    Raises:
        UsageError: Where the file is one of those that were checked, is no file, or cannot be written.
    """
    from parallel_stage.lint import reporters

    if output_file:
        _save(reporters.render(report, format_, notify=_print_note), output_file, report)
    else:
        stream.write(reporters.render(report, format_, colour=coloured(stream), notify=_print_note))


def require_valid(path: str, root: str) -> ValidContract:
    """Return the contract in a file; print its errors to standard error, where it has any.

    Raises:
        click.exceptions.Exit: With code 1, for an invalid contract.
        UsageError: Where a configuration cannot be read.
    """
    from click.exceptions import Exit

    from parallel_stage.lint.diagnostic import InvalidContractError, Report
    from parallel_stage.lint.engine.valid_contract import valid_contract

    try:
        return valid_contract(path, root)
    except InvalidContractError as error:
        write_report(Report([path], list(error.problems)), sys.stderr, "text")
        raise Exit(error.exit_code) from None


def _print_note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def _save(text: str, path: str, report: Report) -> None:
    from parallel_stage.contract import write
    from parallel_stage.errors import UsageError

    if os.path.exists(path) and not os.path.isfile(path):
        raise UsageError(f"{path} is not a file, so it cannot hold the report", "name a file")
    if os.path.realpath(path) in map(os.path.realpath, report.paths):
        raise UsageError(f"{path} was checked, and would be lost to the report", "name another file")
    write.write(path, text, force=True)


def coloured(stream: TextIO) -> bool:
    """Whether to colour a stream: by NO_COLOR and FORCE_COLOR, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()

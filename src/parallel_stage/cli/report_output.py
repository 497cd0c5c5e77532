"""Write a report to a stream, in colour where that is wanted, or into a file."""

from __future__ import annotations

import os
import sys

from parallel_stage.cli.terminal import columns
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TextIO

    from parallel_stage.lint.diagnostic import Report
    from parallel_stage.lint.engine.valid_contract import ValidContract


class Output(NamedTuple):
    """How a report is written.

    Attributes:
        format: The reporter.
        file: The file for the report; empty for a stream.
        colour: Whether to colour it: `auto` (as the environment and the stream are), `always` or `never`.
        quiet: Whether to write the findings alone, without their numbers.
        statistics: Whether to write the number of findings of each rule instead of the findings.
    """

    format: str = "text"
    file: str = ""
    colour: str = "auto"
    quiet: bool = False
    statistics: bool = False


def write_report(report: Report, stream: TextIO, output: Output = Output()) -> None:  # noqa: B008 -- a tuple
    """Write a report into a file, whole or not at all, or to a stream where no file is named.

    The numbers of findings go to standard error where the report does not show them to people.

    Raises:
        UsageError: Where the file is one of those that were checked, is no file, or cannot be written.
    """
    if output.file:
        _save(_rendered(report, output, colour=False), output.file, report)
    else:
        colour = coloured(stream, output.colour)
        stream.write(_rendered(report, output, colour=colour, width=columns(stream)))
    if not output.quiet and (output.file or output.format == "concise"):
        from parallel_stage.lint.reporters.text import closing

        stream.flush()  # so that the numbers come last on a terminal
        sys.stderr.write(closing(report))


def _rendered(report: Report, output: Output, *, colour: bool, width: int | None = None) -> str:
    if output.statistics:
        from parallel_stage.lint.reporters import statistics

        return statistics.render(report, output.format, colour=colour, summary=not output.quiet, width=width)
    from parallel_stage.lint import reporters

    return reporters.render(
        report, output.format, colour=colour, summary=not output.quiet, width=width, notify=print_note
    )


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
        write_report(Report([path], list(error.problems)), sys.stderr)
        raise Exit(error.exit_code) from None


def print_note(text: str) -> None:
    """Print a sentence for the person at the terminal, besides the report."""
    print(f"note: {text}", file=sys.stderr)


def _save(text: str, path: str, report: Report) -> None:
    from parallel_stage.contract import write
    from parallel_stage.errors import UsageError

    if os.path.exists(path) and not os.path.isfile(path):
        raise UsageError(f"{path} is not a file, so it cannot hold the report", "name a file")
    if os.path.realpath(path) in map(os.path.realpath, report.paths):
        raise UsageError(f"{path} was checked, and would be lost to the report", "name another file")
    write.write(path, text, force=True)


def coloured(stream: TextIO, wanted: str = "auto") -> bool:
    """Whether to colour a stream: `always`, `never`, or by NO_COLOR, FORCE_COLOR, and whether it is a terminal."""
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()

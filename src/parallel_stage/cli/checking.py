"""What `check` does once its options are known; free of the option parser, which a plain check does not load."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parallel_stage.lint import engine, reporters
from parallel_stage.lint.discovery import contracts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.lint.diagnostics import Report

STDIN = "-"


def check_paths(paths: Iterable[str], format_: str = "text", stdin_name: str = "parallel_stage.toml") -> int:
    """Check files and directories, print the report to standard output, and return the exit code."""
    report = _checked(paths, stdin_name)
    if not report.paths:
        print("no contracts found: name a file, or a directory that holds parallel_stage.toml", file=sys.stderr)
    emit(reporters.render(report, format_))
    return 1 if report.failed else 0


def emit(text: str) -> None:
    """Write a report to standard output, with colours where someone looks at it."""
    if "\x1b" in text:
        import click

        click.echo(text, nl=False, color=_colour())
    else:
        sys.stdout.write(text)


def _colour() -> bool | None:
    """Whether to colour: NO_COLOR and FORCE_COLOR say so, else None leaves it to the terminal."""
    import os

    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _checked(paths: Iterable[str], stdin_name: str) -> Report:
    from parallel_stage.lint.diagnostics import Report

    report = Report([], [])
    for path in contracts(paths):
        if path == STDIN:
            report.paths.append(stdin_name)
            report.diagnostics.extend(engine.check_stdin(stdin_name))
        else:
            report.paths.append(path)
            report.diagnostics.extend(engine.check_file(path))
    return report

"""What `check` does once its options are known; free of the option parser, which a plain check does not load."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parallel_stage.lint import engine
from parallel_stage.lint.diagnostics import Report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from parallel_stage.lint.diagnostics import Diagnostic

STDIN = "-"
MANY = 400
"""How many files make up for starting processes that share them."""


def check_paths(
    paths: Iterable[str], format_: str = "text", stdin_name: str = "parallel_stage.toml", output_file: str = ""
) -> int:
    """Check files and directories, print the report or put it into `output_file`, and return the exit code.

    Raises:
        UsageError: Where the file cannot be written, or is one of those that were checked.
    """
    from parallel_stage.lint import reporters

    report = _checked(paths, stdin_name)
    if not report.paths:
        print("no contracts found: name a file, or a directory that holds parallel_stage.toml", file=sys.stderr)
    if output_file:
        _save(reporters.render(report, format_), output_file, report)
    else:
        sys.stdout.write(reporters.render(report, format_, colour=coloured(sys.stdout)))
    return 1 if report.failed else 0


def _save(text: str, path: str, report: Report) -> None:
    from parallel_stage.contract import writing
    from parallel_stage.errors import UsageError

    if os.path.exists(path) and not os.path.isfile(path):
        raise UsageError(f"{path} is not a file, so it cannot hold the report", "name a file")
    target = os.path.realpath(path)  # a link stays one
    if target in map(os.path.realpath, report.paths):
        raise UsageError(f"{path} was checked, and would be lost to the report", "name another file")
    writing.write(target, text, force=True)


def coloured(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: NO_COLOR and FORCE_COLOR say so, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _checked(paths: Iterable[str], stdin_name: str) -> Report:
    files = list(_files(list(paths)))
    if len(files) >= MANY and STDIN not in files:
        from parallel_stage.lint.many import check_files

        findings: Iterable[list[Diagnostic]] = check_files(files)
    else:
        findings = (engine.check_stdin(stdin_name) if file == STDIN else engine.check_file(file) for file in files)
    named = [stdin_name if file == STDIN else file for file in files]
    return Report(named, [diagnostic for found in findings for diagnostic in found])


def _files(paths: list[str]) -> Iterable[str]:
    if any(map(os.path.isdir, paths)):
        from parallel_stage.lint.discovery import contracts

        return contracts(paths)
    return dict.fromkeys(paths)

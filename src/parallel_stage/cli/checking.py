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


def check_paths(paths: Iterable[str], format_: str = "text", stdin_name: str = "parallel_stage.toml") -> int:
    """Check files and directories, print the report to standard output, and return the exit code."""
    from parallel_stage.lint import reporters

    report = _checked(paths, stdin_name)
    if not report.paths:
        print("no contracts found: name a file, or a directory that holds parallel_stage.toml", file=sys.stderr)
    sys.stdout.write(reporters.render(report, format_, colour=coloured(sys.stdout)))
    return 1 if report.failed else 0


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

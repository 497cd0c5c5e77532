"""Paths: whether input, output and a function's file are found elsewhere too, and overwrite nothing."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from parallel_stage.contract import function as functions
from parallel_stage.lint.diagnostics import Severity
from parallel_stage.lint.rules.rule import Finding, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rules.rule import Subject

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


@rule(Severity.WARNING, "output")
def output_is_contract(subject: Subject) -> Iterator[Finding]:
    """The output names the contract file.

    A run puts the result into its run directory then, since a contract is never overwritten. AGILAB's generator writes
    such contracts: its `--output` names both.

    Bad:
        output = "parallel_stage.toml"

    Good:
        output = "results/delays.jsonl"
    """
    output = subject.fields["output"]
    if subject.is_contract(output):
        message = (
            f'output is "{output}", the contract itself, so a run keeps the result in its run directory; name a result'
        )
        yield Finding(message, ("output",))


@rule(Severity.ERROR, "input", "output")
def output_is_input(subject: Subject) -> Iterator[Finding]:
    """The output would be matched by the input.

    The next run would read its own result as data.

    Bad:
        input = "data/*.csv"
        output = "data/result.csv"
        reducer = "concat-csv"

    Good:
        input = "data/*.csv"
        output = "results/result.csv"
        reducer = "concat-csv"
    """
    pattern, output = subject.fields["input"], subject.fields["output"]
    start = subject.directory
    if _matches(_steps(os.path.join(start, output)), _steps(os.path.join(start, pattern))):
        message = f'output is "{output}", which input = "{pattern}" matches; write it to another place'
        yield Finding(message, ("output",))


@rule(Severity.WARNING, "input", "output", "function")
def absolute_path(subject: Subject) -> Iterator[Finding]:
    """An absolute path holds on one machine only.

    Relative paths start at the contract's directory, on every machine.

    Bad:
        input = "/home/ann/data/*.csv"

    Good:
        input = "data/*.csv"
    """
    for key, path in _paths(subject):
        if path.startswith("/") or _DRIVE.match(path):
            message = f'{key} is "{path}", an absolute path; write it relative to the contract\'s directory'
            yield Finding(message, (key,))


@rule(Severity.WARNING, "input", "output", "function")
def escapes_project(subject: Subject) -> Iterator[Finding]:
    """A path leads out of the project.

    What lies above the project's root (the nearest directory with a `pyproject.toml` or `.git`) is not there in a
    clone of it, nor on a worker that was given the project.

    Bad:
        input = "../../../../../../../../../../data/*.csv"

    Good:
        input = "data/*.csv"
    """
    relative = [(key, path) for key, path in _paths(subject) if ".." in path]
    if not relative:
        return
    root = _steps(functions.project_root(subject.directory, "pyproject.toml", ".git"))
    for key, path in relative:
        if _steps(os.path.join(subject.directory, path))[: len(root)] != root:
            message = f'{key} is "{path}", which leads out of the project; keep it inside'
            yield Finding(message, (key,))


@rule(Severity.WARNING, "input", "output")
def backslash_path(subject: Subject) -> Iterator[Finding]:
    r"""A path is written with backslashes.

    They separate directories on Windows only; `/` does on every system, Windows among them.

    Bad:
        input = 'data\*.csv'

    Good:
        input = "data/*.csv"
    """
    for key in ("input", "output"):
        path = subject.fields[key]
        if "\\" in path:
            yield Finding(f"{key} is '{path}'; write '{path.replace(chr(92), '/')}'", (key,))


def _paths(subject: Subject) -> Iterator[tuple[str, str]]:
    yield "input", subject.fields["input"]
    yield "output", subject.fields["output"]
    ref = functions.parse(subject.fields["function"])
    if ref.is_path:
        yield "function", ref.module


def _steps(path: str) -> list[str]:
    return os.path.normpath(path).split(os.sep)


def _matches(steps: list[str], pattern: list[str]) -> bool:
    """Whether a glob would find the path; as in `glob`, `**` stands for any number of directories."""
    if not pattern or not steps:
        return pattern == steps
    if pattern[0] == "**":
        return _matches(steps, pattern[1:]) or (steps[0][:1] != "." and _matches(steps[1:], pattern))
    hidden = steps[0].startswith(".") and not pattern[0].startswith(".")
    found = pattern[0] == steps[0] or (not hidden and fnmatchcase(steps[0], pattern[0]))
    return found and _matches(steps[1:], pattern[1:])


RULES = (output_is_contract, output_is_input, absolute_path, escapes_project, backslash_path)

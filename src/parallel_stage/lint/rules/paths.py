"""Rules about paths: input, output and function files are portable and overwrite nothing."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from parallel_stage.contract import function as functions
from parallel_stage.contract import project
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject


@rule(Severity.WARNING, "output", since="0.1.0")
def output_is_contract(subject: Subject) -> Iterator[Finding]:
    """The output names the contract file.

    A run puts the result into its run directory then, since a contract is never overwritten. AGILAB's
    generator writes such contracts: its `--output` names both. Ignore it where that generator writes the
    contract anew each time.

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


@rule(Severity.ERROR, "input", "output", since="0.1.0")
def output_is_input(subject: Subject) -> Iterator[Finding]:
    """The output would be matched by the input.

    The next run would read its own result as data. There is no good reason to ignore it: a run overwrites no
    input, so the second one would stop.

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
    # The last part is different in nearly every contract; comparing it costs nothing.
    if not pattern.endswith("**") and not _is_step(_last(output), _last(pattern)):
        return
    start = subject.directory
    if _matches(_steps(os.path.join(start, output)), _steps(os.path.join(start, pattern))):
        message = f'output is "{output}", which input = "{pattern}" matches; write it to another place'
        yield Finding(message, ("output",))


@rule(Severity.ERROR, "output", since="0.1.0")
def output_is_project_file(subject: Subject) -> Iterator[Finding]:
    """The output is a configuration file of the project, or a file of version control.

    The next check, build or commit would read the result for what it replaces. There is no good reason to ignore it: a
    run replaces no such file, and writes nothing below `.git`, so it would stop before it starts.

    Bad:
        output = ".git/delays.jsonl"

    Good:
        output = "results/delays.jsonl"
    """
    output = subject.fields["output"]
    steps = _steps(output)
    if any(step.lower() in project.VERSION_CONTROL for step in steps):
        message = f'output is "{output}", which lies in the files of version control; name a result outside of them'
        yield Finding(message, ("output",))
    elif _last(output) in project.CONFIGURATION:
        message = f'output is "{output}", the name of a project\'s configuration; give the result another name'
        yield Finding(message, ("output",))


@rule(Severity.WARNING, "input", "output", "function", since="0.1.0")
def absolute_path(subject: Subject) -> Iterator[Finding]:
    """An absolute path holds on one machine only.

    Relative paths start at the contract's directory, on every machine. Ignore it where every machine has the
    data at that place, as on the shared disk of a cluster.

    Bad:
        input = "/home/ann/data/*.csv"

    Good:
        input = "data/*.csv"
    """
    for key, path in _paths(subject):
        if path.startswith(("/", "\\\\")) or path[1:3] in (":/", ":\\"):
            message = f'{key} is "{path}", an absolute path; write it relative to the contract\'s directory'
            yield Finding(message, (key,))


@rule(Severity.WARNING, "input", "output", "function", since="0.1.0")
def escapes_project(subject: Subject) -> Iterator[Finding]:
    """A path leads out of the project.

    What lies above the project's root (the nearest directory with a `pyproject.toml` or `.git`) is not there
    in a clone of it, nor on a worker that was given the project. Ignore it where the project is one of
    several in a repository, and the data belongs to all of them.

    Bad:
        input = "../../../../../../../../../../data/*.csv"

    Good:
        input = "data/*.csv"
    """
    relative = [(key, path) for key, path in _paths(subject) if ".." in path]
    if not relative:
        return
    root = _steps(project.root(subject.directory, project.PACKAGE, project.REPOSITORY))
    for key, path in relative:
        if _steps(os.path.join(subject.directory, path))[: len(root)] != root:
            message = f'{key} is "{path}", which leads out of the project; keep it inside'
            yield Finding(message, (key,))


@rule(Severity.WARNING, "input", "output", since="0.1.0")
def backslash_path(subject: Subject) -> Iterator[Finding]:
    r"""A path is written with backslashes.

    They separate directories on Windows only; `/` does on every system, Windows among them. Ignore it where a
    file has a backslash in its very name, which Linux and macOS allow.

    Fix: `--fix` writes `/` for every backslash.

    Bad:
        input = 'data\*.csv'

    Good:
        input = "data/*.csv"
    """
    for key in ("input", "output"):
        path = subject.fields[key]
        if "\\" in path:
            from parallel_stage.contract.problem import Assign

            better = path.replace("\\", "/")
            yield Finding(f"{key} is '{path}'; write '{better}'", (key,), change=Assign((key,), better))


def _paths(subject: Subject) -> Iterator[tuple[str, str]]:
    yield "input", subject.fields["input"]
    yield "output", subject.fields["output"]
    ref = functions.parse(subject.fields["function"])
    if ref.is_path:
        yield "function", ref.module


def _last(path: str) -> str:
    return os.path.basename(path.rstrip("/"))


def _steps(path: str) -> list[str]:
    return os.path.normpath(path).split(os.sep)


def _matches(steps: list[str], pattern: list[str]) -> bool:
    """Whether a glob matches the path; as in `glob`, `**` is any number of directories."""
    pattern = [name for at, name in enumerate(pattern) if name != "**" or pattern[at - 1 : at] != ["**"]]
    # The possible numbers of pattern parts that the steps so far use: each step is visited once.
    used = {0, 1} if pattern[0] == "**" else {0}
    for step in steps:
        reached = {at + (pattern[at] != "**") for at in used if at < len(pattern) and _is_step(step, pattern[at])}
        used = reached | {at + 1 for at in reached if pattern[at : at + 1] == ["**"]}
    return len(pattern) in used


def _is_step(step: str, pattern: str) -> bool:
    hidden = step.startswith(".") and not pattern.startswith(".")
    return pattern == step or (not hidden and fnmatchcase(step, pattern))


RULES = (output_is_contract, output_is_input, output_is_project_file, absolute_path, escapes_project, backslash_path)

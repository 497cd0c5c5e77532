"""`parallel-stage runs`: list the runs that are there, show one, verify one, remove old ones."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli.group import WholeHelpGroup
from parallel_stage.cli.report_output import require_valid
from parallel_stage.cli.terminal import columns
from parallel_stage.errors import DifferenceError, UsageError
from parallel_stage.wording import plural, printable, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_ROOT = click.option(
    "--root", metavar="DIR", default="", help="Whose runs; by default those at the contract, else at the current one."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_INDENT = "  "


@click.group("runs", cls=WholeHelpGroup)
def command() -> None:
    """List, show, verify and remove runs.

    RUN is the name of a run, the short id at its end, its directory, or a contract, which means its last run; by
    default the newest run.
    """


@command.command("list")
@click.argument("file", metavar="[FILE]", required=False)
@_ROOT
@_JSON
def list_(file: str | None, root: str, *, as_json: bool) -> None:
    """List runs, the newest first: those of the contract FILE, or of all contracts."""
    from parallel_stage.cli.run_lines import table
    from parallel_stage.run.runs.info import describe
    from parallel_stage.run.storage.last import runs_in

    found = [describe(run) for stage in _stages(file, root) for run in runs_in(stage)]
    found.sort(key=lambda info: info.run, reverse=True)
    _print([info.to_dict() for info in found], table(found), as_json=as_json)


@command.command()
@click.argument("run", metavar="[RUN]", default="")
@_ROOT
@_JSON
def show(run: str, root: str, *, as_json: bool) -> None:
    """Show what a run did; it may have failed, be killed, or be at work."""
    from parallel_stage.cli.run_lines import summary
    from parallel_stage.run.runs.info import describe

    info = describe(_find(run, root))
    _print({**info.to_dict(), "manifest": info.manifest}, summary(info), as_json=as_json)


@command.command()
@click.argument("file", metavar="[FILE]", required=False)
@_ROOT
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the newest N runs of each contract.")
@click.option("--older-than", metavar="AGE", help="Remove only what was at work last that long ago: 12h, 30d, 2w.")
@click.option("--dry-run", is_flag=True, help="Remove nothing, and say what would be removed.")
@_JSON
def clean(
    file: str | None, root: str, keep: int | None, older_than: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """Remove older runs; results stay.

    The runs are those of the contract FILE, or of all contracts. The newest run of each contract and runs at
    work are never removed.
    """
    from parallel_stage.run.runs.clean import age_of, remove_run, superfluous

    if keep is None and older_than is None:
        raise UsageError("what to remove is not said", "give --keep N, --older-than AGE, or both")
    age = age_of(older_than) if older_than is not None else 0.0
    found = [run for stage in _stages(file, root) for run in superfluous(stage, keep or 0, age)]
    removed = [run for run in found if dry_run or _removed(run, remove_run)]
    lines = [*map(str, removed), f"{plural(len(removed), 'run')} {'would be ' if dry_run else ''}removed"]
    _print({"removed": list(map(str, removed)), "dry_run": dry_run}, lines, as_json=as_json)


@command.command()
@click.argument("run", metavar="[RUN]", default="")
@_ROOT
@_JSON
def verify(run: str, root: str, *, as_json: bool) -> None:
    """Compare what a run has left with what it says of it.

    Reads the parts, the result, and every file that the manifests name; nothing is changed. Exits with 0 when
    all is as it was, 10 with a list of the differences.
    """
    from parallel_stage.run.runs.verify import verify as compare

    found = compare(_find(run, root))
    document = {**found._asdict(), "info": found.info.to_dict()}
    counted = f"{plural(found.outputs, 'output')} and {plural(found.files, 'file')} of the run {found.info.run}"
    lines = [f"{counted} are as they were", *(f"note: {note}" for note in found.notes)]
    _print(document, lines, as_json=as_json)
    if found.differences:
        listed = "\n".join(f"  {printable(each)}" for each in found.differences)
        message = f"{plural(len(found.differences), 'difference')} in {found.info.directory}\n{listed}"
        raise DifferenceError(message, "run the stage again with --resume, which runs again what is damaged")


def _print(document: Any, lines: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, indent=2, sort_keys=True))
        return
    for line in lines:
        click.echo(wrapped(printable(line), columns(sys.stdout), _INDENT))


def _stages(file: str | None, root: str) -> list[Path]:
    from parallel_stage.run.runs.info import stages_in
    from parallel_stage.run.storage.directory import stage_directory

    if file is None:
        return stages_in(os.path.abspath(root or os.curdir))
    contract = require_valid(file, root).contract
    return [stage_directory(os.path.abspath(root or os.path.dirname(file)), contract.name)]


def _find(run: str, root: str) -> Path:
    """Return the directory of the run that is meant."""
    from parallel_stage.run.runs.info import find_run
    from parallel_stage.run.storage.last import last_run, runs_in

    if os.path.isfile(run):
        (stage,) = _stages(run, root)
        found = last_run(stage)
    elif run:
        found = find_run(run, os.path.abspath(root or os.curdir))
    else:
        newest = (each for stage in _stages(None, root) for each in runs_in(stage)[:1])
        found = max(newest, key=lambda each: each.name, default=None)
    if found is None:
        raise UsageError("there is no run yet", "parallel-stage run FILE makes one; --root DIR looks elsewhere")
    return found


def _removed(run: Path, remove: Callable[[Path], bool]) -> bool:
    try:
        return remove(run)
    except OSError as error:
        raise UsageError(f"{run} cannot be removed: {error.strerror}", "make it writable") from None

"""`parallel-stage plan`: show what a run would do, and start nothing."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli.one_file import file_argument
from parallel_stage.cli.report_output import require_valid
from parallel_stage.cli.terminal import columns
from parallel_stage.contract.function import search_from
from parallel_stage.plan.document import figures, write_plan
from parallel_stage.plan.partition import Group, Parameters, describe_work, paths_of
from parallel_stage.plan.planner import make_plan
from parallel_stage.plan.policy import available_cores
from parallel_stage.wording import plural, printable, size, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Work
    from parallel_stage.plan.plan import Plan

_WIDEST_PATH = 60
_INDENT = " " * len("partitions  ")


@click.command("plan")
@file_argument
@click.option("--root", metavar="DIR", default="", help="Where relative paths start; by default at the contract.")
@click.option("--resume", is_flag=True, help="Show what `run --resume` would keep and run again, and why.")
@click.option("--json", is_flag=True, help="Print the whole plan, or what --resume shows, as JSON.")
@click.option("--preview-json", is_flag=True, help="Print AGILAB's preview document; only the counts of files matter.")
@click.option("--preview", is_flag=True, help="Print the figures of AGILAB's preview as text.")
@click.option("--available-cores", type=click.IntRange(min=1), metavar="N", help="Plan for a machine of N cores.")
@click.option("--file-count", type=click.IntRange(min=0), metavar="N", help="Preview N files instead of the real ones.")
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, metavar="N", help="Lines to show.")
def command(file: str, root: str, limit: int, **options: Any) -> None:
    """Show the partitions of the contract FILE, how many workers they keep busy, and why; nothing is run.

    Without FILE it is the contract of the current directory, where there is exactly one.

    Exits with 0 when planned, 1 for an invalid contract, 3 for no input, 4 when the plan is refused.
    """
    cores, files = options["available_cores"], options["file_count"]
    given = [name for name in ("json", "preview-json", "preview", "resume") if options[name.replace("-", "_")]]
    if len(given) > 1 and given != ["json", "resume"]:
        raise click.UsageError(f"--{given[0]} and --{given[1]} cannot be combined")
    form = "-".join(given)
    if files is not None and not form.startswith("preview"):
        raise click.UsageError("--file-count is for --preview and --preview-json; a plan counts the real files")
    contract, _, search_roots = require_valid(file, root)
    given_root = root
    root = root or os.path.dirname(os.path.abspath(file))
    if form.startswith("preview"):
        from parallel_stage.interop.agilab_preview import text

        document = _preview(contract, file, root, files, cores)
        shown = text(document) if form == "preview" else json.dumps(document, indent=2, sort_keys=True) + "\n"
        click.echo(shown, nl=False)
        return
    plan = make_plan(contract, root, cores=cores, search=search_from(root, file, search_roots))
    if form == "json":
        write_plan(plan, sys.stdout)
        return
    if form == "json-resume":
        click.echo(json.dumps(_resumed_document(plan), indent=2, sort_keys=True))
        return
    width = columns(sys.stdout)
    for line in _resumed(plan) if form == "resume" else _lines(plan, limit):
        click.echo(wrapped(printable(line), width, _INDENT))
    if not form:
        click.echo(printable(_next(file, given_root)))


def _next(file: str, root: str) -> str:
    """Return the line with the command that comes after a plan: the first partition, alone."""
    command = ["parallel-stage", "run", file, *(["--root", root] if root else []), "--partition", "0"]
    return f"next: {shlex.join(command)}"


def _preview(contract: Contract, file: str, root: str, files: int | None, cores: int | None) -> dict[str, Any]:
    from parallel_stage.interop.agilab_preview import preview
    from parallel_stage.plan.inputs import inputs_of

    count = len(inputs_of(contract, root)) if files is None else files
    return preview(contract, contract_path=file, issues=(), file_count=count, cores=cores or available_cores())


def _lines(plan: Plan, limit: int) -> Iterator[str]:
    """Yield the lines of a plan: the inputs, the cuts, and the figures."""
    contract = plan.contract
    how = f"{contract.split}, {contract.partition_strategy}"
    yield f"{contract.name}: {contract.function} over {contract.input} ({how})"
    yield ""
    sweep = contract.split == "parameter-sweep"
    if not sweep:
        yield from _shortened(_input_lines(plan), len(plan.inputs), limit)
        yield ""
    yield from _shortened(_partition_lines(plan), plan.count, limit)
    yield ""
    sizes = figures(plan)
    yield f"partitions  {plan.count:,}" + ("" if sweep else f" of {size(sizes.smallest)} to {size(sizes.largest)}")
    if not sweep:
        yield f"data        {size(sizes.total)} in {plural(len(plan.inputs), 'file')}"
        yield f"skew        {sizes.skew:.2f} (largest partition / mean)"
    yield f"workers     {plan.effective_workers} effective of {plan.workers} requested"
    yield f"why         {plan.reason}"
    for warning in plan.warnings:
        yield f"warning     {warning}"


def _resumed_document(plan: Plan) -> dict[str, Any]:
    from parallel_stage.run.resume.preview import document, preview
    from parallel_stage.run.runs.info import status_of

    found = preview(plan)
    return document(plan, found, status_of(found.directory) if found.directory else "")


def _resumed(plan: Plan) -> Iterator[str]:
    """Yield the lines of what a resumed run would do."""
    from parallel_stage.run.resume.preview import preview
    from parallel_stage.run.runs.info import status_of

    found = preview(plan)
    yield f"{plan.contract.name}: {plural(plan.count, 'partition')}"
    run = (
        f"{found.directory} ({status_of(found.directory)})" if found.directory else "no run of this contract has begun"
    )
    yield f"resume      {run}"
    yield f"kept        {found.kept:,}"
    yield f"run again   {plan.count - found.kept:,}"
    for kind, count, which, is_all in found.again:
        named = ", ".join([*which, *([] if is_all else ["…"])])
        yield f"  {kind:<22}  {count:>10,}  {named}".rstrip()


def _shortened(lines: Iterator[str], every: int, limit: int) -> Iterator[str]:
    yield from islice(lines, limit + 1)  # one more, for the head of the table
    if every > limit:
        yield f"… and {every - limit:,} more"


def _partition_lines(plan: Plan) -> Iterator[str]:
    """Yield each partition by its number, which `run --partition` takes."""
    if plan.contract.split == "parameter-sweep":
        yield "partition  parameters"
        for index, (work, _) in enumerate(plan.shares):
            if isinstance(work, Parameters):
                yield f"{index:>9}  {json.dumps(work.values)}"
        return
    yield f"partition  {'size':>10}  data"
    for index, (work, weight) in enumerate(plan.shares):
        rows = getattr(work, "rows", None)
        records = f", {plural(rows, 'record')}" if rows is not None else ""
        yield f"{index:>9}  {size(weight):>10}  {describe_work(work)}{records}"


def _input_lines(plan: Plan) -> Iterator[str]:
    counts = _partition_counts(plan)
    notes = {note.path: f"{note.proof}: {note.reason}" if note.proof else note.reason for note in plan.notes}
    width = min(_WIDEST_PATH, max(len("input"), *(len(printable(item.path)) for item in plan.inputs)))
    yield f"{'input':<{width}}  {'size':>10}  partitions  {'how' if notes else ''}".rstrip()
    for item in plan.inputs:
        line = f"{printable(item.path):<{width}}  {size(item.size):>10}  {counts[item.path]:>10}"
        yield f"{line}  {notes.get(item.path, '')}".rstrip()


def _partition_counts(plan: Plan) -> Mapping[str, int]:
    """Return the number of partitions that read each file."""
    if plan.scratch:  # then nothing says which key is in which file
        return dict.fromkeys((item.path for item in plan.inputs), plan.count)
    return Counter(path for work, _ in plan.shares for path in _paths(work))


def _paths(work: Work) -> Iterable[str]:
    return {piece.path for piece in work.pieces} if isinstance(work, Group) else paths_of(work)

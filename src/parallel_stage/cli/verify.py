"""`parallel-stage verify`: run the function on a sample, cut in several ways, and compare the results."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli.one_file import file_argument
from parallel_stage.cli.report_output import require_valid
from parallel_stage.cli.streams import never_fail_to_print
from parallel_stage.cli.terminal import columns
from parallel_stage.contract.schema import choices
from parallel_stage.errors import DifferenceError
from parallel_stage.run.request import RunRequest
from parallel_stage.run.verify.sample import RECORDS
from parallel_stage.wording import plural, printable, shortened, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.run.verify.verify import Check, Verification

_LONGEST = 120
_MOST_FAULTS = 20
_INDENT = "  "


def _backends(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    for name in names:
        if name not in choices("backend"):
            raise click.BadParameter(f"{name!r} is none of {', '.join(choices('backend'))}")
    return names


@click.command("verify")
@file_argument
@click.option("--root", metavar="DIR", default="", help="Where relative paths start; by default at the contract.")
@click.option(
    "--sample",
    type=click.IntRange(min=2),
    metavar="N",
    default=RECORDS,
    show_default=True,
    help="The most records to run on.",
)
@click.option(
    "--rtol",
    type=click.FloatRange(min=0),
    metavar="R",
    default=0.0,
    help="The relative difference up to which numbers are equal; by default none.",
)
@click.option(
    "--backends",
    metavar="LIST",
    default="",
    callback=_backends,
    help="Backends that are compared with local, too: pool,dask.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End a partition that takes longer; it fails.",
)
@click.option(
    "--plan",
    "stored",
    type=click.Path(exists=True, dir_okay=False),
    metavar="PLAN.json",
    help="Run nothing: prove that this plan of the contract still fits the data and the code.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def command(file: str, root: str, stored: str | None, as_json: bool, **options: Any) -> int:  # noqa: FBT001
    """Run the function and the reducer of the contract FILE on a sample, cut in several ways; compare the results.

    Without FILE it is the contract of the current directory, where there is exactly one.

    This is the one check that runs code of the project, unless with --plan. The contract's output is not written.
    Exits with 0 where the results are equal, 5 when the function failed, 7 when the reducer failed, 10 where the
    results, or plan and data, differ; the rest as `run`.
    """
    never_fail_to_print()
    contract, document, search_roots = require_valid(file, root)
    request = RunRequest(
        contract=contract,
        text=document.text,
        path=file,
        root=root,
        search_roots=search_roots,
        timeout=options["timeout"],
        argv=tuple(sys.argv),
        isolated=True,
    )
    if stored:
        _prove(request, stored, as_json=as_json)
        return 0
    from parallel_stage.run.processes.supervision import supervise
    from parallel_stage.run.verify.verify import verify

    succeeded = supervise()
    found = verify(request, sample=options["sample"], rtol=options["rtol"], backends=options["backends"])
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2, sort_keys=True))
    else:
        width = columns(sys.stdout)
        for line in _lines(found):
            click.echo(wrapped(printable(line), width, _INDENT))
    if found.status == "differs":
        raise DifferenceError(_difference(found.checks[-1]), found.note)
    succeeded(0)
    return 0


def _prove(request: RunRequest, path: str, *, as_json: bool) -> None:
    """Print whether a stored plan holds. Raise DifferenceError where it does not."""
    from parallel_stage.plan.reproof import faults_of, read_plan
    from parallel_stage.run.verify.verify import SCHEMA

    plan = read_plan(path)
    faults = list(faults_of(plan, request.contract, request.directory, request.search))
    count = plan["summary"]["partitions"]
    if as_json:
        status = "differs" if faults else "passed"
        document = {"schema": SCHEMA, "status": status, "plan": path, "partitions": count, "faults": faults}
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    elif not faults:
        text = f"proved: {plural(count, 'partition')} of {plural(len(plan['inputs']), 'input')}: inputs, code, ids"
        click.echo(printable(f"{text} and boundaries are those of {path}"))
    if faults:
        named = [*faults[:_MOST_FAULTS], *(["…"] if len(faults) > _MOST_FAULTS else [])]
        message = f"{path} does not hold: {plural(len(faults), 'difference')}"
        raise DifferenceError(message, "plan again, or bring back what has changed", "\n".join(named))


def _lines(found: Verification) -> Iterator[str]:
    yield f"{found.status}: {found.summary}"
    for check in found.checks:
        yield f"  {check.name}: {check.found.verdict}"
    if found.note and found.status != "differs":
        yield f"note: {found.note}"


def _difference(check: Check) -> str:
    found = check.found
    first, second = (shortened(value, _LONGEST) for value in found.values)
    if not found.record:
        return f"{check.name}: {found.verdict}: {check.place}"
    where = f"record {found.record}" + (f", column {found.column}" if found.column else "")
    return f"{check.name}: {found.verdict}: {where}, from {check.place}: {first} at first, {second} then"

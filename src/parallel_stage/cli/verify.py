"""`parallel-stage verify`: run the function on a sample, cut in several ways, and compare the results."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from parallel_stage.cli.one_file import file_argument
from parallel_stage.cli.report_output import require_valid
from parallel_stage.cli.streams import never_fail_to_print
from parallel_stage.errors import DifferenceError
from parallel_stage.run.verify.sample import RECORDS
from parallel_stage.wording import plural, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.run.verify.verify import Check, Verification

_LONGEST = 120


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
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End a partition that takes longer; it fails.",
)
def command(file: str, root: str, sample: int, rtol: float, timeout: float | None) -> int:
    """Run the function and the reducer of the contract FILE on a sample, cut in several ways; compare the results.

    Without FILE it is the contract of the current directory, where there is exactly one.

    This is the one check that runs code of the project. The contract's output is not written. Exits with 0 where
    the results are equal, 5 when the function failed, 7 when the reducer failed, 10 where the results differ; the
    rest as `run`.
    """
    from parallel_stage.run.processes.supervision import supervise
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.verify.verify import verify

    never_fail_to_print()
    contract, document, search_roots = require_valid(file, root)
    request = RunRequest(
        contract=contract,
        text=document.text,
        path=file,
        root=root,
        search_roots=search_roots,
        timeout=timeout,
        argv=tuple(sys.argv),
        isolated=True,
    )
    succeeded = supervise()
    found = verify(request, sample=sample, rtol=rtol)
    for line in _lines(found):
        click.echo(printable(line))
    if found.status == "differs":
        raise DifferenceError(_difference(found.checks[-1]), found.remark)
    succeeded(0)
    return 0


def _lines(found: Verification) -> Iterator[str]:
    sample = plural(found.records, "record") if found.records else "whole partitions"
    yield f"{found.status}: {sample} of the input, {plural(len(found.checks), 'comparison')}"
    for check in found.checks:
        yield f"  {check.name}: {check.found.verdict}"
    if found.remark and found.status != "differs":
        yield f"note: {found.remark}"


def _difference(check: Check) -> str:
    found = check.found
    first, second = (shortened(value, _LONGEST) for value in found.values)
    if not found.record:
        return f"{check.name}: {found.verdict}: {check.place}"
    where = f"record {found.record}" + (f", column {found.column}" if found.column else "")
    return f"{check.name}: {found.verdict}: {where}, from {check.place}: {first} at first, {second} then"

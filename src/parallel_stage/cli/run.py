"""`parallel-stage run`: execute a contract on its backend and write its result."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli.fields import NumberOr, option
from parallel_stage.cli.one_file import file_argument
from parallel_stage.cli.report_output import require_valid
from parallel_stage.cli.streams import never_fail_to_print
from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.run.request import Observer


def _override(name: str, **settings: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = f"In place of the contract's. {schema.describe(name)}"
    return option(name, default=None, show_default=False, help=text, **settings)


@click.command("run")
@file_argument
@_override("backend")
@_override("workers")
@_override("output", metavar="PATH")
@click.option("--root", metavar="DIR", default="", help="Where relative paths start; by default at the contract.")
@click.option(
    "--partition", type=click.IntRange(min=0), metavar="N", help="Run partition N alone, in this process; no result."
)
@click.option(
    "--scheduler",
    metavar="ADDRESS|FILE",
    default="",
    help="A running Dask scheduler, such as tcp://host:8786, or its scheduler.json.",
)
@click.option("--worker-root", metavar="DIR", default="", help="Where the workers see what --root is here.")
@click.option("--tls-ca", metavar="FILE", default="", help="The authority of a tls:// scheduler's certificate, in PEM.")
@click.option("--tls-cert", metavar="FILE", default="", help="The certificate for a tls:// scheduler, in PEM.")
@click.option("--tls-key", metavar="FILE", default="", help="The key of that certificate, in PEM.")
@click.option("--service", metavar="NAME", default="", help="A service that `service start NAME` has started.")
@click.option("--resume", is_flag=True, help="Go on with the last run: only what it has not done is run.")
@click.option(
    "--retries", type=click.IntRange(min=0), metavar="N", default=0, help="Try a partition that raises N times again."
)
@click.option(
    "--max-failures", metavar="N|P%", default="0", help="Leave up to N partitions, or P %, that fail out of the result."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End a partition that takes longer; it fails, and is not tried again.",
)
@click.option("--fail-fast", is_flag=True, help="Stop as soon as more partitions have failed than may.")
@click.option("--bisect", is_flag=True, help="Halve partitions that failed, down to the record that fails alone.")
@click.option(
    "--keep-parts",
    type=NumberOr("all", 0),
    default="3",
    show_default=True,
    metavar="N|all",
    help="How many runs that succeeded keep what their partitions returned; older ones keep ledger and manifests.",
)
@click.option("--quiet", is_flag=True, help="Print no progress and no summary, only errors and warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print the run's manifest to standard output, and nothing else.")
def command(  # noqa: PLR0913 -- an option each
    file: str,
    root: str,
    keep_parts: int | str,
    *,
    service: str,
    retries: int,
    max_failures: str,
    fail_fast: bool,
    bisect: bool,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Run the contract FILE: its function once per partition, then its reducer.

    Without FILE it is the contract of the current directory, where there is exactly one.

    Exits with 0 when done, 1 for an invalid contract, 3 for no input, 4 when the plan is refused, 5 when
    partitions failed, 6 when done without those that failed (--max-failures), 7 when the reducer failed, 8
    when inputs changed, 9 when the workers were lost, 130 when interrupted.
    """
    from parallel_stage.cli.progress import ProgressObserver
    from parallel_stage.run.failure_policy import FailurePolicy
    from parallel_stage.run.processes.supervision import supervise
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.runner import run
    from parallel_stage.run.scheduler import Tls

    never_fail_to_print()
    contract, document, search_roots = require_valid(file, root)
    fields = {name: given.pop(name) for name in ("backend", "workers", "output")}
    overrides = {name: value for name, value in fields.items() if value is not None}
    if "output" in overrides:
        # On a command line, paths start at the current directory.
        overrides["output"] = os.path.abspath(str(overrides["output"]))
    request = RunRequest(
        contract=contract,
        text=document.text,
        path=file,
        root=root,
        search_roots=search_roots,
        overrides=overrides,
        keep_parts=None if isinstance(keep_parts, str) else keep_parts,
        policy=FailurePolicy(retries, max_failures, fail_fast, bisect),
        argv=tuple(sys.argv),
        isolated=True,
        tls=Tls(*(given.pop(f"tls_{name}") for name in Tls._fields)),
        **given,
    )
    observer: Observer = ProgressObserver(quiet=quiet, as_json=as_json)
    if service:
        from parallel_stage.service.use import on_service

        request, observer = on_service(request, service, observer)
    succeeded = supervise()
    code: int = run(request, observer).manifest["exit_code"]
    succeeded(code)
    return code

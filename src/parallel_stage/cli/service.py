"""`parallel-stage service`: workers that stay between runs: start, look at, restart and stop them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli.fields import Workers
from parallel_stage.cli.group import WholeHelpGroup
from parallel_stage.errors import HealthError, ParallelStageError
from parallel_stage.service.addresses import LOOPBACK
from parallel_stage.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.service.state import Service

_ROOT = click.option(
    "--root", metavar="DIR", default="", help="The directory that has the service; by default the current one."
)
_NAME = click.argument("name", metavar="NAME")


@click.group("service", cls=WholeHelpGroup)
def command() -> None:
    """Keep workers between runs: `run --service NAME` uses them.

    A service is a scheduler and workers of Dask, which stay until `service stop`. State and logs are in
    .parallel-stage/service/NAME below the current directory.
    """


@command.command()
@_NAME
@click.option(
    "--workers", type=Workers(), default="auto", show_default=True, metavar="N|auto", help="How many; auto: the cores."
)
@click.option(
    "--host", metavar="ADDRESS", default=LOOPBACK, show_default=True, help="Where scheduler and workers listen."
)
@click.option("--tls-ca", metavar="FILE", default="", help="The authority by which all of them trust each other.")
@click.option("--tls-cert", metavar="FILE", default="", help="The certificate of scheduler, workers and runs, in PEM.")
@click.option("--tls-key", metavar="FILE", default="", help="The key of that certificate, in PEM.")
@_ROOT
def start(name: str, workers: int | str, host: str, root: str, **tls: str) -> None:
    """Start the service NAME, and wait until its workers are there.

    Exits with 2 where it is running already, 9 where it does not start.
    """
    from parallel_stage.plan.policy import available_cores
    from parallel_stage.run.scheduler import Tls
    from parallel_stage.service.lifecycle import start as start_service
    from parallel_stage.service.state import Settings

    count = available_cores() if isinstance(workers, str) else workers
    files = Tls(**{option.removeprefix("tls_"): path for option, path in tls.items()})
    _print(_started(start_service(name, root, Settings(count, host, files))))


@command.command()
@_NAME
@_ROOT
def restart(name: str, root: str) -> None:
    """End the service NAME, whatever is left of it, and start it as it was started before."""
    from parallel_stage.service.lifecycle import restart as restart_service

    _print(_started(restart_service(name, root)))


@command.command()
@_NAME
@_ROOT
def stop(name: str, root: str) -> None:
    """End the service NAME; runs on it end with 9 and can be resumed."""
    from parallel_stage.service.lifecycle import stop as stop_service

    was_running = stop_service(name, root)
    _print([f"{name} is stopped" if was_running else f"{name} was not running"])


@command.command()
@click.argument("name", metavar="[NAME]", required=False)
@_ROOT
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(name: str | None, root: str, *, as_json: bool) -> None:
    """Show the service NAME, or all services that were started here."""
    from parallel_stage.service.health import describe
    from parallel_stage.service.place import known_names
    from parallel_stage.service.state import known

    services = [known(each, root) for each in ([name] if name else known_names(root))]
    found = [describe(service, root) for service in services]
    if as_json:
        click.echo(json.dumps(found, indent=2, sort_keys=True))
        return
    _print(["no services"] if not found else [line for each in found for line in _lines(each)])


@command.command()
@_NAME
@_ROOT
@click.option(
    "--format",
    "form",
    type=click.Choice(("json", "prometheus")),
    default="json",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--allow-idle/--no-allow-idle", default=False, help="Whether a service that was never started is healthy."
)
@click.option(
    "--max-unhealthy", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="How many may be."
)
@click.option(
    "--max-restart-rate",
    type=click.FloatRange(0, 1),
    default=0.25,
    show_default=True,
    metavar="RATE",
    help="How many workers may be new since the last look, for each that runs.",
)
def health(name: str, root: str, form: str, **thresholds: Any) -> int:
    """Look at the service NAME, print its health, and judge it as AGILAB does.

    Exits with 0 when healthy, 2 with unhealthy workers, 3 when it is stopped, gone, or misses workers, 4 when it was
    never started, 5 when too many workers were restarted since the last look, 1 when it cannot be looked at.
    """
    from parallel_stage.service.gate import Thresholds, judge
    from parallel_stage.service.health import take
    from parallel_stage.service.prometheus import metrics

    limits = Thresholds(**thresholds)
    try:
        document, reason = take(name, root)
    except ParallelStageError as error:
        raise HealthError(error.message, error.hint) from None
    verdict = judge(document, limits)
    if form == "json":
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    else:
        click.echo(metrics(document, verdict.code, limits))
    if verdict.code:
        click.echo(printable(f"error: {verdict.reason}{': ' + reason if reason else ''}"), err=True)
        start = "start" if document["status"] == "idle" else "restart"
        click.echo(printable(f"help: parallel-stage service {start} {name}"), err=True)
    return verdict.code


def _started(service: Service) -> Iterable[str]:
    yield f"{service.name}: {plural(service.settings.workers, 'worker')}, scheduler {service.address}"
    if service.dashboard:
        yield f"dashboard   {service.dashboard}"
    yield f"run on it   parallel-stage run FILE --service {service.name}"


def _lines(found: dict[str, Any]) -> Iterable[str]:
    yield f"{found['name']}: {found['status']}{found['reason'] and ', ' + found['reason']}"
    for label, key in (("scheduler", "address"), ("dashboard", "dashboard"), ("started", "started_at")):
        if found[key]:
            yield f"{label:10}  {found[key]}"
    for worker in found["workers"]:
        yield f"worker      {worker['worker']}: {worker['status']}"
    yield f"files       {found['directory']}"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(printable(line))

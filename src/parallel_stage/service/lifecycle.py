"""Start, end and restart a service."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from parallel_stage.errors import MissingExtraError, UsageError
from parallel_stage.run.processes.interruption import interrupts_raised
from parallel_stage.service import health, launch, state
from parallel_stage.service import place as names
from parallel_stage.service.addresses import check_host, check_tls
from parallel_stage.service.place import locked, place_of
from parallel_stage.service.processes import end, kill, marked, this_machine
from parallel_stage.service.state import NOBODY, Service, known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.service.state import Settings

_PATIENCE = 15
"""The seconds that a process has to end: the workers' has ten for theirs."""


def start(name: str, root: str, settings: Settings) -> Service:
    """Start a service, and wait until all of its workers are there.

    Args:
        name: Its name.
        root: The directory below which its files are; empty for the current one.
        settings: How to start it.

    Returns:
        The service; its processes outlive this one.

    Raises:
        UsageError: For a name or an address that cannot be, and where it is running already.
        MissingExtraError: Without Dask.
        BackendLostError: Where a process does not start; what was started is ended then.
        Interrupted: The same, by Ctrl-C, SIGTERM or SIGHUP.
    """
    place = place_of(name, root)
    settings = replace(settings, tls=check_tls(settings.tls))
    check_host(settings.host, tls=any(settings.tls))
    _check_installation()
    with locked(place):
        there = state.read(name, root)
        if there is not None:
            _refuse_second(there, place)
        return _start(place, name, settings)


def restart(name: str, root: str) -> Service:
    """End a service, whatever is left of it, and start it as it was started before.

    Raises:
        UsageError: Where none of this name was started, or it is on another machine.
        BackendLostError: Where a process does not start.
    """
    _check_installation()
    place = place_of(name, root)
    known(name, root)
    with locked(place):
        there = known(name, root)
        _refuse_elsewhere(there, place)
        _end(there)
        return _start(place, name, there.settings)


def stop(name: str, root: str) -> bool:
    """End a service, and what functions have left behind in it.

    Returns:
        Whether it was running.

    Raises:
        UsageError: Where none of this name was started, or it is on another machine.
    """
    known(name, root)
    place = place_of(name, root)
    with locked(place):
        there = known(name, root)
        _refuse_elsewhere(there, place)
        was_alive = there.is_here() and any(process.is_alive() for process in (there.scheduler, there.workers))
        _end(there)
        shutil.rmtree(place / names.SCRATCH, ignore_errors=True)
        ended = replace(there, scheduler=NOBODY, workers=NOBODY, address="", dashboard="")
        state.write(place, ended)
        return was_alive


def _check_installation() -> None:
    if os.name == "nt":
        message = "a service cannot be started on Windows, where processes do not outlive their console"
        raise UsageError(message, "start dask scheduler and dask worker, and give run the --scheduler")
    try:
        import distributed  # noqa: F401 - what follows needs it
    except ImportError:
        message = "a service needs dask and distributed, which are not installed"
        raise MissingExtraError(message, "pip install 'parallel-stage[dask]'") from None


def _refuse_second(there: Service, place: Path) -> None:
    _refuse_elsewhere(there, place)
    alive = [process.is_alive() for process in (there.scheduler, there.workers)]
    if there.is_here() and all(alive):
        message = f"the service {there.name} is running already: {there.address}, process {there.scheduler.pid}"
        raise UsageError(message, f"parallel-stage service restart {there.name} ends it and starts it again")
    if there.is_here() and any(alive):
        lost = "workers' process" if alive[0] else "scheduler"
        message = f"the service {there.name} is running in part: its {lost} has ended"
        raise UsageError(message, f"parallel-stage service restart {there.name} ends it and starts it again")


def _refuse_elsewhere(there: Service, place: Path) -> None:
    if there.is_elsewhere():
        message = f"the service {there.name} was started on the machine {there.machine.host}"
        raise UsageError(message, f"end it there, choose another name, or, where that machine is gone, remove {place}")


def _start(place: Path, name: str, settings: Settings) -> Service:
    # The runs that are counted are those since the start.
    for left in (names.HEALTH, names.RUNS):
        (place / left).unlink(missing_ok=True)
    shutil.rmtree(place / names.SCRATCH, ignore_errors=True)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    service = Service(name, settings, this_machine(), secrets.token_hex(16), now)
    with interrupts_raised(), _ended_where_it_fails(place, service):
        # Each process is written down as soon as it is there: this one may be killed.
        service = replace(service, scheduler=launch.start_scheduler(place, service))
        state.write(place, service)
        address, dashboard = launch.scheduler_address(place, service.scheduler)
        service = replace(service, address=address, dashboard=dashboard)
        service = replace(service, workers=launch.start_workers(place, service))
        state.write(place, service)
        launch.wait_for_workers(place, service)
    health.take(name, str(place.parents[2]))  # restarts are counted from here on
    return service


@contextmanager
def _ended_where_it_fails(place: Path, service: Service) -> Iterator[None]:
    try:
        yield
    except BaseException:
        there = state.read(service.name, str(place.parents[2]))
        _end(there or service)
        state.write(place, service)
        raise


def _end(service: Service) -> None:
    """End the processes of a service, workers first: they would wait for a scheduler."""
    if not service.is_here():
        return
    for process in (service.workers, service.scheduler):
        end(process, _PATIENCE)
    for left in marked(launch.MARK, service.mark):
        kill(left)

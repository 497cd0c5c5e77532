"""A run on a service: which service is meant, and what it is told of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from parallel_stage.errors import BackendLostError, UsageError
from parallel_stage.service.place import RUNS, place_of
from parallel_stage.service.runs import CountingObserver
from parallel_stage.service.state import known, read

if TYPE_CHECKING:
    from parallel_stage.run.request import Observer, RunRequest
    from parallel_stage.service.scheduler import Worker
    from parallel_stage.service.state import Service

_DASK = "dask"


def on_service(request: RunRequest, name: str, observer: Observer) -> tuple[RunRequest, Observer]:
    """Return a request to run on a service, and an observer that also counts the run for its health.

    The service is the one of this name that was started in the current directory, else where the contract's
    relative paths start.

    Raises:
        UsageError: Where the request wants something else, too, or no service of this name was started.
        BackendLostError: Where its scheduler is gone, or all workers for good.
    """
    _check(request, name)
    root = next((each for each in ("", request.directory) if read(name, each)), "")
    service = known(name, root)
    if not service.is_alive():
        raise _gone(service)
    if not service.workers.is_alive() and not _workers_of(service):
        message = f"the service {name} has no worker: the process that starts them has ended"
        raise BackendLostError(message, f"parallel-stage service restart {name} starts them again")
    overrides = {**request.overrides, "backend": _DASK}
    counting = CountingObserver(observer, str(place_of(name, root) / RUNS))
    return replace(request, scheduler=service.address, tls=service.settings.tls, overrides=overrides), counting


def _workers_of(service: Service) -> tuple[Worker, ...]:
    from parallel_stage.service.scheduler import ask

    return ask(service).workers


def _check(request: RunRequest, name: str) -> None:
    backend = request.overrides.get("backend", _DASK)
    if backend != _DASK:
        raise UsageError(f"the service {name} is one of Dask, and this run is on {backend}", "leave one of them out")
    if request.scheduler:
        message = f"a run is on one scheduler, and both the service {name} and {request.scheduler} are given"
        raise UsageError(message, "leave one of them out")
    if any(request.tls):
        raise UsageError(f"the service {name} has certificates of its own, or none", "leave the given ones out")
    if request.partition is not None:
        message = f"one partition alone runs in a process of its own, not on the service {name}"
        raise UsageError(message, "leave one of them out")


def _gone(service: Service) -> BackendLostError:
    message = f"the service {service.name} is not running: {service.why_gone()}"
    if service.is_elsewhere():
        return BackendLostError(message, "run there, or give its scheduler's address to --scheduler")
    return BackendLostError(message, f"parallel-stage service restart {service.name} starts it again")

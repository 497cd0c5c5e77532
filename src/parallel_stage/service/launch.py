"""Start the processes of a service, and wait until they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import BackendLostError
from parallel_stage.run.processes import groups
from parallel_stage.run.storage.directory import log_tail
from parallel_stage.service import place as names
from parallel_stage.service.addresses import is_loopback
from parallel_stage.service.processes import Process, start_of
from parallel_stage.service.scheduler import ask

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.service.state import Service, Settings

MARK = "PARALLEL_STAGE_SERVICE"
"""The variable that all processes of services have in their environment, functions' own ones included."""

_PATIENCE = 60
"""The seconds that the scheduler, and then all workers, have to be there."""
_WITHOUT_SCHEDULER = 30
"""The seconds after which a worker ends that has no scheduler."""
_INTERVAL = 0.05
_LINES = 20


def start_scheduler(place: Path, service: Service) -> Process:
    """Start the scheduler; it writes its address into a file."""
    file = place / names.SCHEDULER_FILE
    file.unlink(missing_ok=True)
    options = ("--port", "0", "--scheduler-file", str(file))
    return _start(place, service, "scheduler", names.SCHEDULER_LOG, *options)


def scheduler_address(place: Path, scheduler: Process) -> tuple[str, str]:
    """Return the addresses of a scheduler that starts, and of its page, which is empty where it has none.

    Raises:
        BackendLostError: Where it ends, or takes too long.
    """
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads((place / names.SCHEDULER_FILE).read_text(encoding="utf-8"))
            port = found["services"].get("dashboard")
            has_page = port and find_spec("bokeh")
            return str(found["address"]), f"http://127.0.0.1:{port}/status" if has_page else ""
        if not scheduler.is_alive():
            raise _ended("scheduler", place / names.SCHEDULER_LOG)
        time.sleep(_INTERVAL)
    raise _late("the scheduler has no address", place / names.SCHEDULER_LOG)


def start_workers(place: Path, service: Service) -> Process:
    """Start the process that starts the workers, and starts them again when they end."""
    workers = service.settings.workers
    # Of several, each gets a number from 0 on after its name.
    name = service.worker_names()[0] if workers == 1 else service.name
    options = (
        *(service.address, "--nworkers", str(workers), "--nthreads", "1", "--memory-limit", "0", "--name", name),
        *("--local-directory", str(place / names.SCRATCH), "--death-timeout", str(_WITHOUT_SCHEDULER)),
        *("--preload", groups.__name__, "--no-dashboard"),  # the scheduler's page shows them, too
    )
    return _start(place, service, "worker", names.WORKERS_LOG, *options)


def wait_for_workers(place: Path, service: Service) -> None:
    """Wait until all workers have joined.

    Raises:
        BackendLostError: Where a process ends, or it takes too long.
    """
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(BackendLostError):
            found = {worker.name for worker in ask(service).workers}
            if found.issuperset(service.worker_names()):
                return
        for process, kind, log in (
            (service.scheduler, "scheduler", names.SCHEDULER_LOG),
            (service.workers, "workers' process", names.WORKERS_LOG),
        ):
            if not process.is_alive():
                raise _ended(kind, place / log)
        time.sleep(_INTERVAL)
    raise _late("not all workers have joined", place / names.WORKERS_LOG)


def _start(place: Path, service: Service, kind: str, log: str, *options: str) -> Process:
    """Start one of Dask's commands in a session of its own, without the terminal."""
    # It searches modules in its directory first: that of the service has none.
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options, *_listening(service.settings)]
    _keep_old(place / log)
    with (place / log).open("xb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, a module by its name
            command,
            cwd=place,
            env=_environment(service),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process.returncode = 0  # it outlives this process, which does not wait for it
    return Process(process.pid, start_of(process.pid))


def _listening(settings: Settings) -> tuple[str, ...]:
    """Return the options by which no listener is on another address than it should."""
    files = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), settings.tls, strict=True)
    tls = ("--protocol", "tls", *chain(*files)) if any(settings.tls) else ()
    # Without an address, and also without a page, its HTTP server would listen on all of them.
    return "--host", settings.host, "--dashboard-address", "127.0.0.1:0", *tls


def _environment(service: Service) -> dict[str, str]:
    found = dict(os.environ)
    if "PYTHONPATH" in found:
        found["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, found["PYTHONPATH"].split(os.pathsep)))
    found |= {
        MARK: service.mark,
        "DASK_DISTRIBUTED__WORKER__DAEMON": "False",  # functions may start processes
        "DASK_LOGGING__DISTRIBUTED": "warning",  # each run would be some more lines
    }
    if is_loopback(service.settings.host):
        # A worker on this machine is there or not; a function may hold the interpreter's lock as long as it likes.
        found["DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL"] = "None"
    if any(service.settings.tls):
        found["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] = "True"
    return found


def _keep_old(log: Path) -> None:
    """Give the log of the start before another name: it may say why it ended."""
    with suppress(FileNotFoundError):
        os.replace(log, log.with_suffix(".old.log"))


def _ended(kind: str, log: Path) -> BackendLostError:
    message = f"the {kind} of the service ended while it was started"
    return BackendLostError(message, f"its log is {log}", log_tail(log, _LINES))


def _late(what: str, log: Path) -> BackendLostError:
    message = f"{what} after {_PATIENCE} seconds"
    return BackendLostError(message, f"the log is {log}", log_tail(log, _LINES))

"""`dask`: coarse tasks on a Dask scheduler, an own one on the loopback interface or a running one."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import BackendLostError
from parallel_stage.run.backends.certificates import missing_dask, security_of
from parallel_stage.run.backends.protocol import INSTALL_THERE, Workers
from parallel_stage.run.backends.reachable import check_reachable
from parallel_stage.run.backends.roster import Roster
from parallel_stage.run.backends.spawn import WORKER_MARK, starting_workers
from parallel_stage.run.processes import groups
from parallel_stage.run.processes.interruption import interrupts_postponed
from parallel_stage.run.scheduler import VARIABLE, find
from parallel_stage.run.worker.process_state import thread_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client, LocalCluster

    from parallel_stage.run.backends.protocol import WorkerSpec
    from parallel_stage.run.scheduler import Scheduler

_PATIENCE = 30
"""The seconds to wait for a scheduler and its workers."""

_TASK_SECONDS, _LEAST_SECONDS = 0.5, 0.02
"""A worker gets its next task some 10 to 20 ms after the end of the one before."""

_HINT = f"start the scheduler and its workers, or leave --scheduler (and ${VARIABLE}) out to have them started here"

_SETTINGS: dict[str, Any] = {
    # A worker on this machine is there or not; a function may hold the interpreter's lock as long as it likes.
    "distributed.scheduler.worker-ttl": None,
    # Functions may start processes of their own.
    "distributed.worker.daemon": False,
}


@contextmanager
def start(request: WorkerSpec) -> Iterator[Workers]:
    """Connect to `request.scheduler`, else `$DASK_SCHEDULER_ADDRESS`, else start an own cluster.

    Raises:
        MissingExtraError: Without Dask.
        UsageError: For what is no scheduler's address or file, and certificates that are not right.
        BackendLostError: When the scheduler does not answer or has no workers.
    """
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise missing_dask() from None
    scheduler = find(request.scheduler, request.tls)
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if not scheduler:
            stack.enter_context(dask.config.set(_SETTINGS))
            stack.enter_context(starting_workers())
            with interrupts_postponed(), _sigint_blocked():
                cluster = stack.enter_context(_cluster(request))
                stack.callback(_kill_workers, cluster)
                client = stack.enter_context(Client(cluster, timeout=_PATIENCE))  # type: ignore[no-untyped-call]
        else:
            client = stack.enter_context(_connected(scheduler))
        roster = _roster(client, 1 if scheduler else request.workers)
        stack.callback(roster.close)
        if scheduler:
            _check_package(roster)
        yield _workers(client, roster)


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT until the `with` block ends, and for good in the threads and processes started in it.

    A cluster that is interrupted while it starts prints tracebacks of its parts; once started, it closes
    quietly.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # Started later, with the first process, the tracker would unblock signals in that thread.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cluster(request: WorkerSpec) -> LocalCluster:
    from distributed import LocalCluster

    return LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=request.workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
        memory_limit=0,
        env={**thread_environment(request.threads), WORKER_MARK: "1"},
        preload=[groups.__name__],
    )


def _kill_workers(cluster: LocalCluster) -> None:
    """Kill the workers, whose work is over: closing waits for what they execute."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        if nanny.pid:
            with suppress(OSError):
                os.kill(nanny.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _connected(scheduler: Scheduler) -> Client:
    from distributed import Client

    security = security_of(scheduler)
    context = security.get_connection_args("client")["ssl_context"] if security else None  # type: ignore[no-untyped-call]
    check_reachable(scheduler, context, _PATIENCE, _HINT)
    try:
        return Client(scheduler.address, timeout=_PATIENCE, security=security)  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 -- Dask raises whatever went wrong, such as RuntimeError and TypeError
        message = f"{scheduler} does not answer: {type(error).__name__}: {error}"
        raise BackendLostError(message, _HINT) from None


def _roster(client: Client, least: int) -> Roster:
    try:
        client.wait_for_workers(least, timeout=_PATIENCE)
    except TimeoutError:
        message = f"the Dask scheduler at {client.scheduler_info()['address']} has no workers after {_PATIENCE} seconds"
        raise BackendLostError(message, _HINT) from None
    return Roster(client, _silence(client))


def _check_package(roster: Roster) -> None:
    """Raise BackendLostError where a worker does not have this package.

    It is asked by means of Python's own: one that cannot load a question ends instead of answering.
    """
    package = __name__.partition(".")[0]
    for address, answer in roster.run_on_all(import_module, package).items():
        if isinstance(answer, Exception):
            message = f"the worker {address} cannot load this package: {type(answer).__name__}: {answer}"
            raise BackendLostError(message, INSTALL_THERE)


def _workers(client: Client, roster: Roster) -> Workers:
    link = client.dashboard_link if find_spec("bokeh") else ""
    return Workers(
        count=roster.count(),
        in_flight=roster.count,
        submit=roster.submit,
        submit_to=roster.submit_to,
        run_on_all=roster.run_on_all,
        admit=roster.admit,
        notes=roster.notes,
        failure_reason=roster.failure_reason,
        task_seconds=_TASK_SECONDS,
        least_seconds=_LEAST_SECONDS,
        link=link,
    )


def _silence(client: Client) -> float | None:
    """Return after how many seconds without a sign of a worker the scheduler gives it up; None for never."""
    import dask

    setting = client.run_on_scheduler(  # type: ignore[no-untyped-call]
        dask.config.get, "distributed.scheduler.worker-ttl"
    )
    return dask.utils.parse_timedelta(setting) if setting else None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's log lines off the terminal: problems come back as errors."""
    # Each of its loggers has its own level and handler.
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled

"""`pool`: worker processes on this machine, managed by Pebble: a dead worker costs one task, not all.

Workers are spawned, not forked: a new interpreter is the same on every platform and inherits no locked lock.
"""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import MissingExtraError
from parallel_stage.run.backends.protocol import WorkerLostError, Workers
from parallel_stage.run.backends.spawn import belongs_to_run, starting_workers
from parallel_stage.run.processes.groups import ending, lead_group
from parallel_stage.run.worker.process_state import thread_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pebble import ProcessPool

    from parallel_stage.run.backends.protocol import WorkerSpec

_CLEAN_EXIT = 256
"""In place of exit code 0, which Pebble takes for a worker without work; no process has this code."""


class _Worker(SpawnProcess):
    """A worker process; it never ends by itself, so an exit with 0 is a loss like any other."""

    def start(self) -> None:
        """Start it with SIGINT blocked, which it inherits, until it ignores the signal itself."""
        belongs_to_run(self)
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            super().start()
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def exitcode(self) -> int | None:
        """The exit code, with another number for 0."""
        code = super().exitcode
        return _CLEAN_EXIT if code == 0 else code


class _Context(SpawnContext):
    """The context of one pool, which knows its workers."""

    def __init__(self) -> None:
        self._workers: list[_Worker] = []

    def Process(self, *args: Any, **kwargs: Any) -> _Worker:  # type: ignore[override]  # noqa: N802 - it is Python's
        """Return a new worker, which is not started yet."""
        self._workers = [worker for worker in self._workers if worker.exitcode is None]
        self._workers.append(_Worker(*args, **kwargs))
        return self._workers[-1]

    def kill(self) -> None:
        """Kill the workers that have been started."""
        for worker in self._workers:
            if worker.pid is not None:
                worker.kill()
                worker.join()


@contextmanager
def start(request: WorkerSpec) -> Iterator[Workers]:
    """Start the workers with the first task, and end them when the `with` block ends.

    Raises:
        MissingExtraError: Without Pebble.
    """
    pool = _Renewable(request)
    with starting_workers():
        try:
            yield Workers(request.workers, lambda: 2 * request.workers, pool.submit, pool.run_on_all)
        finally:
            pool.stop()


class _Renewable:
    """A process pool that is replaced when it has lost all its workers at once."""

    def __init__(self, request: WorkerSpec) -> None:
        self._request = request
        self._renew()

    def submit(self, function: Callable[..., Any], *args: object) -> Future[Any]:
        """Call a function in a worker."""
        if not self._pool.active:
            self.stop()
            self._renew()
        future: Future[Any] = Future()
        inner = self._pool.schedule(function, args=list(args))
        inner.add_done_callback(partial(_settle, future))
        return future

    def run_on_all(self, function: Callable[..., Any], *args: object) -> dict[str, Any]:
        """Call a function in one worker; all are alike."""
        return {"pool": self.submit(function, *args).result()}

    def stop(self) -> None:
        """Kill the workers."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        # Pebble removes its locks first, which a worker that is still starting would miss, and say so.
        self._context.kill()
        self._pool.join()

    def _renew(self) -> None:
        self._context = _Context()
        self._pool = _new_pool(self._request, self._context)


def _new_pool(request: WorkerSpec, context: _Context) -> ProcessPool:
    try:
        from pebble import ProcessPool
    except ImportError:
        message = "the pool backend keeps its workers with Pebble, which is not installed"
        raise MissingExtraError(message, "pip install 'parallel-stage[pool]'") from None
    return ProcessPool(request.workers, initializer=_begin, initargs=(request.threads,), context=context)


def _settle(outer: Future[Any], inner: Future[Any]) -> None:
    from pebble import ProcessExpired

    try:
        outer.set_result(inner.result())
    except ProcessExpired as error:
        code = 0 if error.exitcode == _CLEAN_EXIT else error.exitcode
        outer.set_exception(WorkerLostError(f"the worker {ending(code)}"))
    except (BrokenProcessPool, CancelledError) as error:
        outer.set_exception(WorkerLostError(f"the workers have ended: {error}"))
    except BaseException as error:  # noqa: BLE001  a future holds what its function raised
        outer.set_exception(error)


def _begin(threads: int) -> None:
    """Prepare a worker: lead its process group, set the thread variables, ignore SIGINT."""
    lead_group()
    os.environ.update(thread_environment(threads))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    else:  # Windows
        threading.Thread(target=_end_with_runner, daemon=True).start()


def _end_with_runner() -> None:
    runner = parent_process()
    if runner is not None:
        runner.join()
    os._exit(1)

"""A process that calls functions for the runner, one after the other; what ends it does not end the runner."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from parallel_stage.run.backends.protocol import WorkerLostError
from parallel_stage.run.backends.spawn import belongs_to_run, starting_workers
from parallel_stage.run.exit_guard import guarded_exits
from parallel_stage.run.processes.groups import end_group, ending, lead_group
from parallel_stage.run.processes.interruption import interrupts_postponed, reset_in_worker
from parallel_stage.run.processes.supervision import die_with_parent, is_runner
from parallel_stage.run.worker.load import message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

_INTERVAL = 0.1
"""The seconds after which to look whether the process is there: what it has started may keep its pipe open."""


class Isolated:
    """The process; it starts with the first call, and again with the next one where it has ended."""

    def __init__(self) -> None:
        self._process: Any = None
        self._connection: Any = None

    def submit(self, function: Callable[..., Any], *args: object) -> Future[Any]:
        """Call a function; the future is done. Only what is not an Exception, such as an interrupt, is raised here."""
        future: Future[Any] = Future()
        try:
            future.set_result(self.call(function, *args))
        except Exception as error:  # noqa: BLE001  a future holds what its function raised
            future.set_exception(error)
        return future

    def call(self, function: Callable[..., Any], *args: object) -> Any:
        """Call a function in the process and return its result.

        Raises:
            WorkerLostError: When the process has ended.
            Exception: As the function raised it, or, where its class may be the user's, a RuntimeError with its words.
        """
        if self._process is not None and not self._process.is_alive():
            self._end()  # while it had nothing to do
        self.begin()
        try:
            self._connection.send((function, args))
            while not self._connection.poll(_INTERVAL) and self._process.is_alive():
                pass
            succeeded, value = self._connection.recv() if self._connection.poll() else (False, None)
        except (EOFError, OSError):
            succeeded, value = False, None
        if succeeded:
            return value
        raise value or WorkerLostError(f"the worker {ending(self._end())}")

    def kill(self) -> None:
        """Kill the process and its group."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def begin(self) -> None:
        """Start the process, unless it is there; it is forked where this process has no other thread yet."""
        if self._process is None:
            self._start()

    def _start(self) -> None:
        # The command's runner was forked early. A process with threads is never forked: they may hold locks.
        forks = is_runner() and threading.active_count() == 1
        context: Any = multiprocessing.get_context("fork" if forks else "spawn")
        self._connection, connection = context.Pipe()
        self._process = context.Process(target=_serve, args=(connection, forks))
        belongs_to_run(self._process)
        with interrupts_postponed():  # what is raised in a callback of a fork is lost
            self._process.start()
        connection.close()

    def _end(self) -> int:
        process, self._process = self._process, None
        process.join(_INTERVAL)
        process.kill()  # one that has closed its pipe
        process.join()
        self._connection.close()
        end_group(process.pid)
        return int(process.exitcode)


@contextmanager
def isolated() -> Iterator[Isolated]:
    """Provide a process during a `with` block, at the end of which it is killed."""
    with starting_workers():
        process = Isolated()
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def caller(*, in_process: bool) -> Iterator[Callable[..., Any]]:
    """Provide what calls a function during a `with` block: a process that starts now, or this one."""
    if not in_process:
        yield run_here
        return
    with isolated() as process:
        process.begin()
        yield process.call


def run_here(function: Callable[..., Any], *args: object) -> Any:
    """Call a function in this process."""
    return function(*args)


def run_isolated(function: Callable[..., Any], *args: object) -> Any:
    """Call a function in a process of its own; raises what `Isolated.call` raises."""
    with caller(in_process=True) as call:
        return call(function, *args)


_KNOWN = ("builtins", "parallel_stage")
"""The packages of exceptions that the runner may load."""


def _serve(connection: Connection, forked: bool) -> None:  # noqa: FBT001 - multiprocessing passes by position
    lead_group()
    reset_in_worker()
    if forked:
        die_with_parent()
    with guarded_exits():
        while True:
            function, args = connection.recv()
            try:
                answer = True, function(*args)
            except Exception as error:  # noqa: BLE001  it is raised in the runner
                is_known = type(error).__module__.partition(".")[0] in _KNOWN
                answer = False, error if is_known else RuntimeError(f"{type(error).__name__}: {message_of(error)}")
            connection.send(answer)

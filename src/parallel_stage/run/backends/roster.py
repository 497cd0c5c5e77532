"""The workers of a Dask scheduler: who is there, who may have tasks, and what each of them executes.

Each task is pinned to one worker, one at a time: a worker that is lost costs that task and no other, whatever the
scheduler's settings say, and no task waits behind one that takes long.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import BackendLostError, ParallelStageError
from parallel_stage.run.backends.protocol import WorkerLostError
from parallel_stage.run.backends.task_keys import task_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from distributed import Client

_PATIENCE = 45
"""The seconds to wait for a worker to answer, or for one to come when there is none."""


@dataclass(slots=True, eq=False)
class _Task:
    """A task that a worker has: the scheduler's future, ours, and since when."""

    inner: Any
    outer: Future[Any]
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Worker:
    """A worker: whether it may have tasks, and those that it has; more than one only where more than fit are given."""

    is_usable: bool
    tasks: list[_Task] = field(default_factory=list)


class Roster:
    """The workers of the scheduler that a client is connected to.

    The client's own thread tells who comes and goes, and settles futures; all other methods are for one other
    thread.
    """

    def __init__(self, client: Client, silence: float | None) -> None:
        """Begin with the workers that are there; the scheduler gives up one that is silent for `silence` seconds."""
        self._client = client
        self._address = client.scheduler_info()["address"]
        self._silence = silence
        self._lock = threading.RLock()
        self._workers: dict[str, _Worker] = {}
        self._notes: list[str] = []
        self._gate: tuple[Callable[[], Any], Callable[[str, Any], None]] | None = None
        self._alone_since: float | None = None
        client.subscribe_topic("all", self._on_event)  # type: ignore[no-untyped-call]
        for address in client.scheduler_info(n_workers=-1)["workers"]:
            self._workers.setdefault(address, _Worker(is_usable=True))

    def count(self) -> int:
        """Return how many workers may have tasks, and so how many tasks can be executed at once."""
        with self._lock:
            return sum(worker.is_usable for worker in self._workers.values())

    def submit(self, function: Callable[..., Any], *args: object) -> Future[Any]:
        """Call a function in the worker that has the fewest tasks."""
        with self._lock:
            usable = [address for address, worker in self._workers.items() if worker.is_usable]
            if usable:
                address = min(usable, key=lambda address: len(self._workers[address].tasks))
                return self._submit_to(address, function, *args)
        return _never_submitted("the worker has left before it got the task")

    def submit_to(self, address: str, function: Callable[..., Any], *args: object) -> Future[Any]:
        """Call a function in one worker."""
        with self._lock:
            if address in self._workers:
                return self._submit_to(address, function, *args)
        return _never_submitted(f"the worker {address} has left")

    def run_on_all(self, function: Callable[..., Any], *args: object) -> dict[str, Any]:
        """Call a function in every worker; one that does not answer in time gets no tasks.

        Raises:
            BackendLostError: Where none answers.
            WorkerLostError: Where the call ends every worker.
        """
        with self._lock:
            asked = {address: self._submit_to(address, function, *args) for address in self._workers}
        wait(asked.values(), timeout=_PATIENCE)
        answers: dict[str, Any] = {}
        for address, future in asked.items():
            if future.done():
                answers[address] = future.exception() or future.result()
            else:
                self._refuse(address, f"it has not answered within {_PATIENCE} seconds")
        lost = [answer for answer in answers.values() if isinstance(answer, WorkerLostError)]
        if lost and len(lost) == len(answers):
            raise lost[0]
        if not answers:
            message = f"no worker of the Dask scheduler at {self._address} has answered within {_PATIENCE} seconds"
            raise BackendLostError(message, "see what they are doing, or run on another cluster")
        return {address: answer for address, answer in answers.items() if not isinstance(answer, WorkerLostError)}

    def admit(self, probe: Callable[[], Any], check: Callable[[str, Any], None]) -> None:
        """From now on, give tasks to workers that join if `check` does not raise on what `probe` returns there."""
        with self._lock:
            self._gate = probe, check

    def failure_reason(self) -> str:
        """Return why no task can be executed any more; empty while tasks can, or may soon."""
        if self._client.status != "running":
            return self._gone().message
        if self.count():
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = time.monotonic()
            self._note(f"no worker is left; waiting {_PATIENCE} seconds for one")
        elif time.monotonic() - self._alone_since > _PATIENCE:
            return (
                f"all workers of the Dask scheduler at {self._address} have gone, and none came in {_PATIENCE} seconds"
            )
        return ""

    def close(self) -> None:
        """Hear of no more events: the scheduler would tell of our own leaving, and log that we do not hear it."""
        if self._client.status == "running":
            self._client.unsubscribe_topic("all")  # type: ignore[no-untyped-call]

    def notes(self) -> list[str]:
        """Return what a person should know of the workers since the last call."""
        with self._lock:
            found, self._notes = self._notes, []
        return found

    def _submit_to(self, address: str, function: Callable[..., Any], *args: object) -> Future[Any]:
        # Not pure: equal partitions are not one task.
        key = task_key(function, args)
        inner = self._client.submit(
            function, *args, key=key, pure=False, retries=0, workers=[address], allow_other_workers=False
        )
        task = _Task(inner, Future())
        self._workers[address].tasks.append(task)
        inner.add_done_callback(lambda _: self._settle(address, task))  # type: ignore[no-untyped-call]
        return task.outer

    def _settle(self, address: str, task: _Task) -> None:
        """Settle a task that the scheduler says has ended; its result is still to be fetched."""
        if task.inner.status == "finished":
            # Not here, where all other tasks would wait for a worker that does not answer.
            self._client.loop.add_callback(self._fetch, address, task)  # type: ignore[union-attr] # it is connected
        else:
            self._end(address, task, self._error_of(address, task))

    def _error_of(self, address: str, task: _Task) -> BaseException:
        from distributed import KilledWorker

        if task.inner.status != "error":  # it is cancelled, by the loss of the connection
            return self._gone()
        try:
            error: BaseException = task.inner.exception(timeout=_PATIENCE)
        except Exception as failed:  # noqa: BLE001  such as an exception that cannot be loaded here
            return failed
        return self._lost(address, task) if isinstance(error, KilledWorker) else error

    def _gone(self) -> BackendLostError:
        message = f"the Dask scheduler at {self._address} has gone: the connection to it is lost"
        return BackendLostError(message, "see why it ended and start it again, with its workers")

    async def _fetch(self, address: str, task: _Task) -> None:
        """Fetch a result through the scheduler, on the client's loop."""
        key = task.inner.key
        try:
            answer = await self._client.scheduler.gather(keys=[key])  # type: ignore[union-attr]
        except Exception as error:  # noqa: BLE001  a future holds what went wrong
            self._end(address, task, self._gone() if isinstance(error, OSError) else error)
            return
        if answer["status"] == "OK":
            self._end(address, task, None, answer["data"][key])
        else:
            self._end(address, task, self._lost(address, task))

    def _end(self, address: str, task: _Task, error: BaseException | None, result: Any = None) -> None:
        """Settle our future of a task, unless it is settled, and free its worker."""
        with self._lock:
            worker = self._workers.get(address)
            if worker and task in worker.tasks:
                worker.tasks.remove(task)
            if task.outer.done():
                return
            if error is None:
                task.outer.set_result(result)
            else:
                task.outer.set_exception(error)
        # Without this, the scheduler would give a lost task to a worker that comes back under the same address.
        task.inner.release()

    def _on_event(self, event: Any) -> None:
        """Hear of a worker that has come or gone, on the client's loop."""
        message = event[1] if isinstance(event, (tuple, list)) else event
        action, address = message.get("action"), message.get("worker", "")
        if action == "add-worker":
            self._join(address)
        elif action == "remove-worker":
            self._leave(address, expected=bool(message.get("expected")))

    def _join(self, address: str) -> None:
        with self._lock:
            if address in self._workers:
                return
            self._workers[address] = _Worker(is_usable=self._gate is None)
            if self._gate is None:
                return
            probe, check = self._gate
            future = self._submit_to(address, probe)
        future.add_done_callback(lambda done: self._decide(address, check, done))

    def _decide(self, address: str, check: Callable[[str, Any], None], answer: Future[Any]) -> None:
        """Use a worker that has joined, or note why not."""
        error = answer.exception()
        if isinstance(error, WorkerLostError):
            return
        try:
            check(address, error or answer.result())
        except ParallelStageError as failed:
            self._refuse(address, failed.message)
            return
        with self._lock:
            if address in self._workers:
                self._workers[address].is_usable = True
                self._note(f"the worker {address} has joined")

    def _refuse(self, address: str, reason: str) -> None:
        with self._lock:
            if address in self._workers:
                self._workers[address].is_usable = False
            self._note(f"the worker {address} is not used: {reason}")

    def _leave(self, address: str, *, expected: bool) -> None:
        with self._lock:
            worker = self._workers.pop(address, None)
            if worker is None:
                return
            if worker.is_usable:
                self._note(f"the worker {address} has left")
        for task in worker.tasks:
            self._end(address, task, self._lost(address, task, expected=expected))

    def _lost(self, address: str, task: _Task, *, expected: bool = False) -> WorkerLostError:
        seconds = time.monotonic() - task.since
        return WorkerLostError(self._ending(address, task), expected=expected, worker=address, seconds=seconds)

    def _ending(self, address: str, task: _Task) -> str:
        message = f"the worker {address} ended, killed or by its own exit,"
        if self._silence and time.monotonic() - task.since >= self._silence:
            silence = f"{self._silence:.0f} seconds without a sign of it, as of one that holds the interpreter's lock"
            message = f"the scheduler gave up the worker {address}, perhaps after {silence} (worker-ttl),"
        return message

    def _note(self, text: str) -> None:
        with self._lock:
            self._notes.append(text)


def _never_submitted(reason: str) -> Future[Any]:
    lost: Future[Any] = Future()
    lost.set_exception(WorkerLostError(reason, expected=True))
    return lost

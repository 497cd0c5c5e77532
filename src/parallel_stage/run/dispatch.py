"""The loop: keeps the workers busy with tasks, and finds out who is to blame when one of them dies."""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.errors import BackendLostError
from parallel_stage.run.backends.protocol import WorkerLostError
from parallel_stage.run.batching import Batches, Pace, cost
from parallel_stage.run.storage import layout
from parallel_stage.run.task import Failure, Receipt, Task
from parallel_stage.run.worker.argument import paths_of
from parallel_stage.run.worker.execute import execute
from parallel_stage.run.worker.load import message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from parallel_stage.plan.partition import Input, Partition
    from parallel_stage.run.backends.protocol import Workers
    from parallel_stage.run.task import Stage

    Record = Callable[[Task, list[Receipt]], None]

_WAKE = 0.5
"""How often the health of the workers is looked at while nothing happens, in seconds."""

_MOST_LOST_BEFORE_START = 10
"""How many tasks may be lost before they start, as when every new worker dies, until the backend counts as lost."""


class _Retry(NamedTuple):
    partitions: tuple[Partition, ...]
    attempt: int


class Dispatch:
    """Sends the partitions of a plan to the workers and hands every receipt to `record`."""

    def __init__(self, stage: Stage, inputs: Mapping[str, Input], workers: Workers, record: Record) -> None:
        self._stage = stage
        self._inputs = inputs
        self._workers = workers
        self._record = record
        self._pace = Pace()
        self._again: deque[_Retry] = deque()
        self._in_flight: dict[Future[Any], Task] = {}
        self._submitted = 0
        self._lost_before_start = 0

    def run(self, batches: Batches) -> None:
        """Execute everything; returns when each partition has its receipt.

        Raises:
            BackendLostError: When the workers are gone for good.
        """
        while self._submit_some(batches) or self._in_flight:
            trouble = self._workers.failure_reason()
            if trouble:
                raise BackendLostError(trouble, "see to the workers and run the stage again")
            done, _ = wait(self._in_flight, timeout=_WAKE, return_when=FIRST_COMPLETED)
            for future in done:
                self._settle(self._in_flight.pop(future), future)

    def _submit_some(self, batches: Batches) -> bool:
        while len(self._in_flight) < self._workers.in_flight:
            task = self._next(batches)
            if task is None:
                return False
            self._in_flight[self._workers.submit(execute, self._stage, task)] = task
        return True

    def _next(self, batches: Batches) -> Task | None:
        partitions, attempt = self._again.popleft() if self._again else (batches.take(self._pace.budget), 1)
        if not partitions:
            return None
        number = self._submitted
        self._submitted += 1
        paths = dict.fromkeys(path for partition in partitions for path in paths_of(partition.work))
        return Task(number, partitions, tuple(self._inputs[path] for path in paths), attempt)

    def _settle(self, task: Task, future: Future[Any]) -> None:
        error = future.exception()
        if error is None:
            receipts: list[Receipt] = future.result()
            self._pace.learn(sum(receipt.seconds for receipt in receipts), sum(map(cost, task.partitions)))
            self._record(task, receipts)
        elif isinstance(error, WorkerLostError):
            self._lost(task, error)
        elif isinstance(error, BackendLostError):
            raise error
        elif len(task.partitions) > 1:
            # The task as a whole, as when its part cannot be written: each partition for itself, then.
            self._take_apart(task)
        else:
            failure = Failure("task", type(error).__name__, message_of(error))
            self._record(task, [_failed(task, task.partitions[0], failure)])

    def _take_apart(self, task: Task) -> None:
        self._again.extend(_Retry((partition,), task.attempt) for partition in task.partitions)

    def _lost(self, task: Task, error: WorkerLostError) -> None:
        """A task that had not started is sent again; one that had is taken apart, a single partition tried twice."""
        log = layout.task_log(self._stage.directory, task.number)
        if not log.exists():
            self._lost_before_start += 1
            if self._lost_before_start > _MOST_LOST_BEFORE_START:
                message = f"workers end before they start a task: {error.message}"
                raise BackendLostError(message, "look at what the function's module does when it is imported")
            self._again.append(_Retry(task.partitions, task.attempt))
        elif len(task.partitions) > 1:
            self._take_apart(task)
        elif task.attempt == 1:
            self._again.append(_Retry(task.partitions, 2))
        else:
            self._blame(task, error)
        with suppress(OSError):
            log.unlink()

    def _blame(self, task: Task, error: WorkerLostError) -> None:
        (partition,) = task.partitions
        log = layout.task_log(self._stage.directory, task.number)
        printed = log.stat().st_size > 0
        if printed:
            log.replace(layout.partition_log(self._stage.directory, partition.index))
        failure = Failure("worker-lost", "WorkerLostError", f"{error.message} while it executed this partition, twice")
        name = layout.log_name(partition.index) if printed else ""
        self._record(task, [_failed(task, partition, failure, name)])


def _failed(task: Task, partition: Partition, failure: Failure, log: str = "") -> Receipt:
    """The receipt that the runner writes for a partition whose worker cannot."""
    return Receipt(
        index=partition.index,
        id=partition.id,
        attempt=task.attempt,
        part="",
        offset=0,
        length=0,
        header=0,
        suffix="",
        digest="",
        records=0,
        started=round(time.time(), 6),
        seconds=0.0,
        peak_memory=0,
        host=socket.gethostname(),
        pid=os.getpid(),
        log=log,
        failure=failure,
    )

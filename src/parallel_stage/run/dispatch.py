"""The loop of a run: keep the workers busy, and blame the right partition for a lost worker."""

from __future__ import annotations

import time
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.errors import BackendLostError
from parallel_stage.plan.partition import paths_of
from parallel_stage.run.backends.protocol import WorkerLostError
from parallel_stage.run.batching import Batches, Pace, cost
from parallel_stage.run.delivery import DamagedError, Delivery
from parallel_stage.run.storage import layout
from parallel_stage.run.task import Failure, Task, TaskReceipt
from parallel_stage.run.worker.elsewhere import Parcel, execute_anywhere, fetch
from parallel_stage.run.worker.load import message_of
from parallel_stage.run.worker.time_limit import exceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from parallel_stage.plan.partition import Input, Partition
    from parallel_stage.run.backends.protocol import Workers
    from parallel_stage.run.task import Stage

    Record = Callable[[Task, TaskReceipt], None]

_CHECK_INTERVAL = 0.5
"""The seconds between two checks of the workers while no task ends."""

_MOST_LOST_BEFORE_START = 10
"""The number of tasks that may be lost in a row before they start, as when every new worker dies at once."""

_LOSSES_RETRIED = 1
"""How often a partition is tried again whose worker died while it executed it."""


class _Retry(NamedTuple):
    """Partitions to send again, and the number of the attempt."""

    partitions: tuple[Partition, ...]
    attempt: int


class Dispatch:
    """Sends the partitions of a plan to the workers; hands each task's receipt to `record`, every note to `note`."""

    def __init__(
        self,
        stage: Stage,
        inputs: Mapping[str, Input],
        workers: Workers,
        record: Record,
        note: Callable[[str], None],
        retries: int = 0,
    ) -> None:
        self._stage = stage
        self._inputs = inputs
        self._workers = workers
        self._record = record
        self._note = note
        self._pace = Pace(workers.task_seconds, workers.least_seconds)
        self._retries: deque[_Retry] = deque()
        self._in_flight: dict[Future[Any], Task | Delivery] = {}
        self._submitted = 0
        self._lost_before_start = self._lost_on_the_way = 0
        self._retries_allowed = retries
        self._raised: Counter[int] = Counter()
        self._lost: Counter[int] = Counter()

    def run(self, batches: Batches) -> None:
        """Execute everything; return when each partition has its receipt.

        Raises:
            BackendLostError: When the workers are gone for good.
        """
        while self._fill(batches) or self._in_flight:
            reason = self._workers.failure_reason()
            for note in self._workers.notes():
                self._note(note)
            if reason:
                raise BackendLostError(reason, "see why the workers ended and start them again")
            if not self._in_flight:  # all workers are gone, or have yet to be checked
                time.sleep(_CHECK_INTERVAL)
            done, _ = wait(self._in_flight, timeout=_CHECK_INTERVAL, return_when=FIRST_COMPLETED)
            for future in done:
                self._ended(self._in_flight.pop(future), future)

    def _fill(self, batches: Batches) -> bool:
        """Submit tasks until enough are in flight; False where none is left to submit."""
        while len(self._in_flight) < self._workers.in_flight():
            task = self._next(batches)
            if task is None:
                return False
            self._in_flight[self._workers.submit(execute_anywhere, self._stage, task)] = task
        return True

    def _next(self, batches: Batches) -> Task | None:
        pace = self._pace
        partitions, attempt = self._retries.popleft() if self._retries else (batches.take(pace.budget, pace.least), 1)
        if not partitions:
            return None
        number = self._submitted
        self._submitted += 1
        paths = dict.fromkeys(path for partition in partitions for path in paths_of(partition.work))
        # A file's identity means nothing on another machine.
        inputs = tuple(replace(self._inputs[path], identity=None) for path in paths)
        return Task(number, partitions, inputs, attempt, self._workers.task_seconds)

    def _ended(self, what: Task | Delivery, future: Future[Any]) -> None:
        if isinstance(what, Delivery):
            self._advance(what, future)
        else:
            self._settle(what, future)

    def _settle(self, task: Task, future: Future[Any]) -> None:
        error = future.exception()
        if error is None and isinstance(future.result(), Parcel):
            self._fetch(Delivery(self._stage, task, future.result()))
        elif error is None:
            self._settle_done(task, future.result())
        elif (index := self._exceeded(task, error)) is not None:
            self._settle_exceeded(task, index)
        elif isinstance(error, WorkerLostError):
            self._settle_lost(task, error)
        elif isinstance(error, BackendLostError):
            raise error
        elif len(task.partitions) > 1:
            # The task failed as a whole, as when its part cannot be written.
            self._retry_one_by_one(task)
        else:
            failure = Failure("task", type(error).__name__, message_of(error))
            self._record(task, TaskReceipt.failed(task.partitions[0], task.attempt, failure))

    def _settle_done(self, task: Task, receipt: TaskReceipt) -> None:
        self._lost_before_start = self._lost_on_the_way = 0
        done, left = task.partitions[: len(receipt.rows)], task.partitions[len(receipt.rows) :]
        if left:  # its time was over
            self._retries.appendleft(_Retry(left, task.attempt))
        self._pace.learn(sum(row.seconds for row in receipt.rows), sum(map(cost, done)))
        self._record_but_for_retries(replace(task, partitions=done), receipt)

    def _fetch(self, delivery: Delivery) -> None:
        """Ask for the next bytes of what a task has left in its worker; settle the task where all is here."""
        chunk = delivery.wanted()
        if chunk:
            parcel = delivery.parcel
            self._in_flight[self._workers.submit_to(parcel.worker, fetch, parcel.directory, chunk)] = delivery
            return
        try:
            receipt = delivery.receipt()
        except DamagedError as error:
            self._send_again(delivery.task, str(error))
        else:
            self._settle_done(delivery.task, receipt)

    def _advance(self, delivery: Delivery, future: Future[Any]) -> None:
        error = future.exception()
        if error is None:
            delivery.take(future.result())
            self._fetch(delivery)
        elif isinstance(error, BackendLostError) and not isinstance(error, WorkerLostError):
            raise error
        else:
            delivery.drop()
            self._send_again(delivery.task, message_of(error))

    def _send_again(self, task: Task, reason: str) -> None:
        """Send a task again whose files have not arrived, for which it is not to blame."""
        self._lost_on_the_way += 1
        if self._lost_on_the_way > _MOST_LOST_BEFORE_START:
            message = f"what workers return does not arrive: {reason}"
            raise BackendLostError(message, "see why the workers end, or let them see the run directory")
        self._retries.append(_Retry(task.partitions, task.attempt))

    def _is_elsewhere(self, error: BaseException) -> bool:
        """Whether a lost worker is one of those that do not see the run directory, where a task leaves its traces."""
        return isinstance(error, WorkerLostError) and error.worker in self._workers.elsewhere

    def _exceeded(self, task: Task, error: BaseException) -> int | None:
        """Return the index of the partition for which the worker of a task was ended; None where it was not."""
        limit = self._stage.timeout
        if limit and len(task.partitions) == 1 and isinstance(error, WorkerLostError) and self._is_elsewhere(error):
            return task.partitions[0].index if error.seconds >= limit else None
        return exceeded(self._stage, task)

    def _record_but_for_retries(self, task: Task, receipt: TaskReceipt) -> None:
        """Record the receipt of a task, but for partitions that raised and are tried again."""
        failures = sorted(receipt.failures().items())
        again = [number for number, failure in failures if self._is_retried(task.partitions[number], failure)]
        start = 0
        for stop in (*again, len(task.partitions)):
            if start < stop:  # of consecutive partitions, as every task
                self._record(replace(task, partitions=task.partitions[start:stop]), receipt.cut(start, stop))
            start = stop + 1
        self._retries.extend(_Retry((task.partitions[number],), task.attempt + 1) for number in again)

    def _is_retried(self, partition: Partition, failure: Failure) -> bool:
        return failure.kind == "function" and self._again(self._raised, partition, self._retries_allowed)

    @staticmethod
    def _again(counted: Counter[int], partition: Partition, most: int) -> bool:
        """Count a failed attempt of a partition; whether there may be another."""
        counted[partition.index] += 1
        return counted[partition.index] <= most

    def _retry_one_by_one(self, task: Task) -> None:
        self._retries.extend(_Retry((partition,), task.attempt) for partition in task.partitions)

    def _settle_lost(self, task: Task, error: WorkerLostError) -> None:
        """Retry a task whose worker is lost.

        One that had not started, or whose worker was told to end, is sent again as a whole, else one partition
        at a time, twice.
        """
        log = layout.task_log(self._stage.directory, task.number, self._stage.session)
        if error.expected:
            self._retries.append(_Retry(task.partitions, task.attempt))
        elif not (log.exists() or self._is_elsewhere(error)):
            self._lost_before_start += 1
            if self._lost_before_start > _MOST_LOST_BEFORE_START:
                message = f"workers end before they start a task: {error.message}"
                raise BackendLostError(message, "check what the function's module does when it is imported")
            self._retries.append(_Retry(task.partitions, task.attempt))
        elif len(task.partitions) > 1:
            self._retry_one_by_one(task)
        elif self._again(self._lost, task.partitions[0], _LOSSES_RETRIED):
            self._retries.append(_Retry(task.partitions, task.attempt + 1))
        else:
            self._blame(task, error)
        with suppress(OSError):
            log.unlink()

    def _settle_exceeded(self, task: Task, index: int) -> None:
        """Let the partition fail that has taken too long; send those before and after it in the task again."""
        place = next(i for i, partition in enumerate(task.partitions) if partition.index == index)
        for others in (task.partitions[:place], task.partitions[place + 1 :]):
            if others:
                self._retries.append(_Retry(others, task.attempt))
        message = f"it took longer than the time limit, {self._stage.timeout:g} s, and its worker was ended; "
        failure = Failure("timeout", "TimeoutError", message + "raise --timeout, or make partitions smaller")
        self._record_lost(task, task.partitions[place], failure)

    def _blame(self, task: Task, error: WorkerLostError) -> None:
        (partition,) = task.partitions
        message = f"{error.message} while it executed this partition, twice"
        self._record_lost(task, partition, Failure("worker-lost", "WorkerLostError", message))

    def _record_lost(self, task: Task, partition: Partition, failure: Failure) -> None:
        """Record the failure of a partition that a lost worker executed, with what it had printed."""
        log = layout.task_log(self._stage.directory, task.number, self._stage.session)
        printed = log.exists() and log.stat().st_size > 0
        if printed:
            log.replace(layout.partition_log(self._stage.directory, partition.index, self._stage.session))
        name = layout.log_name(partition.index, self._stage.session) if printed else ""
        alone = replace(task, partitions=(partition,))
        self._record(alone, TaskReceipt.failed(partition, task.attempt, failure, name))

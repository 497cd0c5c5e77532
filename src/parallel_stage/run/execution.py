"""The execution of a plan: the partitions that are left go to the workers, and their receipts into the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING

from parallel_stage.plan.policy import available_cores
from parallel_stage.run import health
from parallel_stage.run.backends import BACKENDS
from parallel_stage.run.backends.protocol import WorkerSpec
from parallel_stage.run.batching import Batches
from parallel_stage.run.dispatch import Dispatch
from parallel_stage.run.evidence.failures import error_of
from parallel_stage.run.evidence.stats import NAMED_FAILURES
from parallel_stage.run.replaced import without_replaced
from parallel_stage.run.request import Started
from parallel_stage.run.storage import planned
from parallel_stage.run.task import Failure
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.errors import ParallelStageError
    from parallel_stage.plan.partition import Partition
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.backends.protocol import Workers
    from parallel_stage.run.evidence.stats import RunStats
    from parallel_stage.run.request import Observer, RunRequest
    from parallel_stage.run.resume.kept import Resumption
    from parallel_stage.run.storage.ledger import Ledger
    from parallel_stage.run.task import Stage, Task, TaskReceipt


class Execution:
    """Executes what is left of a plan; the statistics and the ledger have what is done."""

    def __init__(
        self,
        request: RunRequest,
        plan: Plan,
        stage: Stage,
        stats: RunStats,
        ledger: Ledger,
        observer: Observer,
    ) -> None:
        self._request = request
        self._plan = plan
        self._stage = stage
        self._stats = stats
        self._ledger = ledger
        self._observer = observer
        self._inputs = {each.path: each for each in plan.inputs}
        self._returned: dict[str, int] = {}
        self._failed: list[tuple[Partition, Failure]] = []

    def keep(self, earlier: Resumption) -> None:
        """Keep what earlier sessions have done."""
        for partition, receipt, place, _ in earlier.decisions():
            if receipt:
                self._stats.keep(partition, receipt, place)
                if receipt.returned:
                    self._returned[receipt.returned] = partition.index

    def run(self, *, is_unproven: bool) -> None:
        """Execute what is left.

        Args:
            is_unproven: Whether the observer is told that nothing was proved of the stage before.

        Raises:
            PartitionsFailedError, InputChangedError: Where more have failed than may.
            BackendLostError: Where the workers are lost.
        """
        stage, contract, left = self._stage, self._stage.contract, len(self._stats.places) - self._stats.kept
        started = Started(left, contract.backend, 0, stage.directory, "", self._stats.kept)
        if not left:
            self._observer.started(started)
            return
        with BACKENDS[contract.backend](self._workers_wanted(left)) as workers:
            health.check(workers, stage, self._plan.inputs, needs_directory=bool(self._plan.scratch))
            self._stats.workers = workers.count
            self._observer.started(replace(started, workers=workers.count, link=workers.link, is_unproven=is_unproven))
            self._execute(workers)
        if self._stats.failed and (self._is_broken() or not self._stats.done):
            raise self._error()

    def _workers_wanted(self, left: int) -> WorkerSpec:
        request, contract = self._request, self._stage.contract
        wanted = request.overrides.get("workers", self._plan.effective_workers)
        count = min(available_cores() if wanted == "auto" else int(wanted), left)
        isolated = request.isolated or request.timeout is not None or request.policy.bisect
        return WorkerSpec(count, contract.threads_per_worker, request.scheduler, isolated, request.tls)

    def _execute(self, workers: Workers) -> None:
        stage, policy = self._stage, self._request.policy
        if self._plan.scratch:
            from parallel_stage.run.split_table import split_table

            split_table(self._plan, stage, self._wanted(), self._observer)
        if workers.elsewhere:
            some = f"{len(workers.elsewhere)} of {plural(workers.count, 'worker')}"
            self._note(f"the run directory is not seen by {some}: what is returned there travels back")
        dispatch = Dispatch(stage, self._inputs, workers, self._record, self._note, policy.retries)
        dispatch.run(Batches(self._partitions(), workers.count))
        if policy.bisect:
            from parallel_stage.run.bisect.trials import Trials

            trials = Trials(stage, self._inputs, workers, self._note)
            self._stats.guilty = trials.guilty(sorted(self._failed))

    def _partitions(self) -> Iterable[Partition]:
        only, kept = self._request.partition, self._stats.places
        ids = planned.known_ids(self._stage.directory)
        partitions = self._plan.partitions() if ids is None else self._plan.identified(ids)
        if only is not None:
            return islice(partitions, only, only + 1)
        return (partition for partition in partitions if not kept[partition.index]) if self._stats.kept else partitions

    def _wanted(self) -> bytearray:
        """Return for each partition of the plan whether it is to run."""
        if self._request.partition is None:
            return bytearray(not place for place in self._stats.places)
        wanted = bytearray(self._plan.count)
        wanted[self._request.partition] = 1
        return wanted

    def _record(self, task: Task, receipt: TaskReceipt) -> None:
        alone = _alone_with_their_files(receipt, self._returned)
        receipt = without_replaced(task, alone, self._inputs, self._stage.root)
        self._stats.add(task.partitions, receipt, self._ledger.append_task(receipt))
        if self._request.policy.bisect:
            self._failed += [(task.partitions[n], failure) for n, failure in receipt.failures().items()]
            del self._failed[NAMED_FAILURES:]
        self._observer.advanced(self._stats.done - self._stats.kept, self._stats.failed.total())
        if self._request.policy.fail_fast and self._is_broken():
            raise self._error()

    def _note(self, text: str) -> None:
        self._ledger.append({"event": "note", "at": datetime.now(timezone.utc).isoformat(), "text": text})
        self._observer.noted(text)

    def _is_broken(self) -> bool:
        return self._request.policy.is_broken(self._stats.failed, self._plan.count)

    def _error(self) -> ParallelStageError:
        return error_of(self._stats, len(self._stats.places), self._request, self._stage.directory)


def _alone_with_their_files(receipt: TaskReceipt, first: dict[str, int]) -> TaskReceipt:
    """Return a receipt, with failures where another partition has returned the same file; `first` has the others.

    The partitions may run at the same time, so that each reads what another has written.
    """
    failures = {}
    for number, other in receipt.others.items():
        returned, index = other.get("returned"), receipt.rows[number].index
        if returned and (others := first.setdefault(returned, index)) != index:
            message = (
                f"it returns the file {returned}, as partition {others} does: they overwrite each other; "
                "put current_partition().index into the file's name"
            )
            failures[number] = Failure("value", "UnfitValueError", message)
    return receipt.with_failures(failures)

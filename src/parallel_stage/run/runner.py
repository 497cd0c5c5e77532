"""Run a stage: plan, tasks, parts, result, with evidence of all of it in a run directory."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.output_names import suffix
from parallel_stage.errors import BackendLostError
from parallel_stage.plan.document import write_plan
from parallel_stage.plan.planner import make_plan
from parallel_stage.plan.policy import available_cores
from parallel_stage.run import health, preflight, result
from parallel_stage.run.backends import BACKENDS
from parallel_stage.run.backends.protocol import WorkerSpec
from parallel_stage.run.batching import Batches
from parallel_stage.run.dispatch import Dispatch
from parallel_stage.run.evidence.failures import error_of, interruption_of
from parallel_stage.run.evidence.manifest import RunRecord, manifest_of, write_manifests
from parallel_stage.run.evidence.stats import RunStats
from parallel_stage.run.exit_guard import guarded_exits
from parallel_stage.run.replaced import without_replaced
from parallel_stage.run.request import Observer, Started
from parallel_stage.run.storage import directory, layout
from parallel_stage.run.storage.last import point_last
from parallel_stage.run.storage.ledger import open_ledger
from parallel_stage.run.storage.part import replacing
from parallel_stage.run.storage.retention import remove_old_parts
from parallel_stage.run.task import Failure, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parallel_stage.plan.partition import Partition
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.result import Result
    from parallel_stage.run.storage.ledger import Ledger
    from parallel_stage.run.task import Receipt, Task


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that has succeeded.

    Attributes:
        directory: The run directory.
        manifest: The `agilab.parallel_stage.run.v1` document.
        result: The path of the result; of one partition run alone, the path of its output.
    """

    directory: Path
    manifest: dict[str, Any]
    result: Path


def run(request: RunRequest, observer: Observer | None = None) -> RunResult:
    """Run a stage.

    Args:
        request: What to run.
        observer: What is called while the run goes on.

    Returns:
        The run, when every partition has succeeded and the result is in its place.

    Raises:
        UsageError, NoInputError, PlanRefusedError: Nothing was started.
        PartitionsFailedError, InputChangedError, ReducerFailedError, BackendLostError: The old result stands;
            the run directory has the evidence.
        KeyboardInterrupt: The same.
    """
    preflight.check_scheduler(request)
    plan = make_plan(request.contract, request.directory, search=request.search)
    with guarded_exits():
        target = preflight.check_request(request, plan)
        started = datetime.now(timezone.utc)
        runs = directory.stage_directory(request.directory, request.contract.name)
        where = directory.create(runs, directory.new_run(started))
        with directory.locked(where):
            request = request.kept_in(where)
            _write_request(where, request, plan)
            return _Run(request, plan, where, target, started, observer or Observer()).run()


def _write_request(where: Path, request: RunRequest, plan: Plan) -> None:
    """Write the contract, as it was read, and the plan into the run directory."""
    with replacing(where / layout.contract_name(request.path)) as file:
        file.write(request.text.encode("utf-8"))
    with replacing(where / layout.PLAN) as file, open(file.fileno(), "w", encoding="utf-8", closefd=False) as stream:
        write_plan(plan, stream)


class _Run:
    """One run, from its directory to its manifests."""

    def __init__(
        self,
        request: RunRequest,
        plan: Plan,
        where: Path,
        target: Path | None,
        started: datetime,
        observer: Observer,
    ) -> None:
        self._request = request
        self._plan = plan
        self._stage = Stage(request.effective, request.directory, request.search, where)
        self._target = target or where / f"result{suffix(self._stage.contract.reducer)}"
        self._started = started
        self._observer = observer
        self._stats = RunStats(self._count(), request.partition or 0)

    def run(self) -> RunResult:
        """Execute, merge and write the manifests; what went wrong is raised after that."""
        where = self._stage.directory
        with open_ledger(where / layout.LEDGER) as ledger:
            ledger.append(self._start())
            try:
                merged = self._execute_and_merge(ledger)
            except BaseException as error:
                # A full disk takes no manifest, either; the error is raised all the same.
                with suppress(OSError):
                    self._conclude(ledger, None, error)
                raise
            manifest = self._conclude(ledger, merged, None)
        return RunResult(where, manifest, merged.path)

    def _start(self) -> dict[str, Any]:
        """Return the first event of the ledger."""
        return {
            "event": "started",
            "run": self._stage.directory.name,
            "at": self._started.isoformat(),
            "partitions": self._plan.count,
            "partition": self._request.partition,
            "output": str(self._target),
        }

    def _execute_and_merge(self, ledger: Ledger) -> Result:
        try:
            if self._request.partition is None:
                point_last(self._stage.directory)
            self._execute(ledger)
            receipts = ledger.receipts(takewhile(bool, self._stats.offsets))
            if self._request.partition is None:
                return result.merge(self._stage, receipts, self._plan.count, self._target)
            return result.alone(self._stage, next(iter(receipts)))
        except KeyboardInterrupt as error:
            raise interruption_of(self._stats, self._count(), self._request) from error
        except OSError as error:
            message = f"the run directory {self._stage.directory} cannot be used: {error}"
            raise BackendLostError(message, "check the disk and run the stage again") from error

    def _execute(self, ledger: Ledger) -> None:
        first: dict[str, int] = {}
        inputs = {planned.path: planned for planned in self._plan.inputs}

        def record(task: Task, receipts: list[Receipt]) -> None:
            receipts = [_alone_with_its_file(receipt, first) for receipt in receipts]
            receipts = without_replaced(task, receipts, inputs, stage.root)
            offsets = ledger.append(*(receipt.to_dict() for receipt in receipts))
            self._stats.add(task.partitions, receipts, offsets)
            self._observer.advanced(self._stats.done, self._stats.failed.total())

        stage, contract = self._stage, self._stage.contract
        spec = WorkerSpec(self._worker_count(), contract.threads_per_worker, self._request.scheduler)
        with BACKENDS[contract.backend](spec) as workers:
            health.check(workers, stage, self._plan.inputs)
            self._stats.workers = workers.count
            self._observer.started(
                Started(self._count(), contract.backend, workers.count, stage.directory, workers.link)
            )
            Dispatch(stage, inputs, workers, record).run(Batches(self._partitions(), workers.count))
        if self._stats.failed:
            raise error_of(self._stats, self._count(), self._request, stage.directory)

    def _partitions(self) -> Iterable[Partition]:
        only = self._request.partition
        return self._plan.partitions() if only is None else islice(self._plan.partitions(), only, only + 1)

    def _count(self) -> int:
        return self._plan.count if self._request.partition is None else 1

    def _worker_count(self) -> int:
        wanted = self._request.overrides.get("workers", self._plan.effective_workers)
        return min(available_cores() if wanted == "auto" else int(wanted), self._count())

    def _conclude(self, ledger: Ledger, merged: Result | None, error: BaseException | None) -> dict[str, Any]:
        ended = datetime.now(timezone.utc)
        record = RunRecord(self._request, self._plan, self._stage, self._stats, merged, error, self._started, ended)
        manifest = manifest_of(record)
        # The manifests come last: they have the digest of the whole ledger.
        ledger.append({"event": "ended", "at": ended.isoformat(), "status": manifest["status"]})
        write_manifests(manifest, self._request.argv)
        directory.remove_scratch(self._stage.directory)
        if self._request.keep_parts is not None:
            remove_old_parts(self._stage.directory, self._request.keep_parts)
        self._observer.finished(manifest)
        return manifest


def _alone_with_its_file(receipt: Receipt, first: dict[str, int]) -> Receipt:
    """Return a receipt, failed where another partition has returned the same file; `first` has the others.

    The partitions may run at the same time, so that each reads what another has written.
    """
    other = first.setdefault(receipt.returned, receipt.index) if receipt.returned else receipt.index
    if other == receipt.index:
        return receipt
    message = (
        f"it returns the file {receipt.returned}, as partition {other} does: they overwrite each other; "
        "put current_partition().index into the file's name"
    )
    return replace(receipt, part="", failure=Failure("value", "UnfitValueError", message))

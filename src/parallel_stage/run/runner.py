"""The runner: plan → tasks → parts → result, with evidence of all of it in a run directory."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.output_names import suffix
from parallel_stage.errors import BackendLostError, UsageError
from parallel_stage.plan.document import write_plan
from parallel_stage.plan.planner import make_plan
from parallel_stage.plan.policy import available_cores
from parallel_stage.run import health, preflight, result
from parallel_stage.run.backends import BACKENDS
from parallel_stage.run.backends.protocol import WorkerSpec
from parallel_stage.run.batching import Batches
from parallel_stage.run.dispatch import Dispatch
from parallel_stage.run.evidence.failures import error_of
from parallel_stage.run.evidence.manifest import RunRecord, write_evidence
from parallel_stage.run.evidence.observer import Observer, Started
from parallel_stage.run.evidence.stats import RunStats
from parallel_stage.run.exit_guard import guarded_exits
from parallel_stage.run.storage import directory, ledger
from parallel_stage.run.storage.part import replacing
from parallel_stage.run.task import Stage
from parallel_stage.run.worker.load import load
from parallel_stage.run.worker.process_state import stage_environment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.plan.partition import Partition
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.result import Result
    from parallel_stage.run.storage.ledger import Ledger
    from parallel_stage.run.task import Receipt, Task


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that has succeeded: its directory, its manifest (`agilab.parallel_stage.run.v1`), and its result.

    `result` is the path of the result, or, of one partition run alone, of a file with its output.
    """

    directory: Path
    manifest: dict[str, Any]
    result: Path


def run(order: RunRequest, observer: Observer | None = None) -> RunResult:
    """Run a stage.

    Args:
        order: What to run.
        observer: Who is told of its progress.

    Returns:
        What came of it, when every partition has succeeded and the result is in its place.

    Raises:
        NoInputError, PlanRefusedError: Nothing was started.
        PartitionsFailedError, InputChangedError, ReducerFailedError, BackendLostError: The old result stands; the
            run directory has the evidence.
        KeyboardInterrupt: The same.
    """
    if order.scheduler and order.effective.backend != "dask":
        message = f"a scheduler is for the dask backend, and this run is on {order.effective.backend}"
        raise UsageError(message, "leave the scheduler out, or run on dask")
    plan = make_plan(order.contract, order.directory, search=order.search)
    with guarded_exits():
        return _run(order, plan, observer or Observer())


def _run(order: RunRequest, plan: Plan, observer: Observer) -> RunResult:
    target = _preflight(order, plan)
    started = datetime.now(timezone.utc)
    where = directory.create(order.directory, order.contract.name, started)
    order = order.kept_in(where)
    with directory.locked(where):
        _describe(where, order, plan)
        stage = Stage(order.effective, order.directory, order.search, str(where))
        job = _Job(order, plan, stage, target or where / f"result{suffix(stage.contract.reducer)}", started)
        return job.run(observer)


def _preflight(order: RunRequest, plan: Plan) -> Path | None:
    """Where the result goes; None for the run directory."""
    contract = order.effective
    if order.partition is not None and not 0 <= order.partition < plan.count:
        message = f"there is no partition {order.partition}; the plan has {plan.count}, numbered from 0"
        raise UsageError(message, f"choose one between 0 and {plan.count - 1}")
    if contract.reducer == "custom" and contract.reducer_function and order.partition is None:
        _load_reducer(order)
    if order.partition is not None or preflight.names_contract(contract.output, order.directory, order.absolute_path):
        return None
    return preflight.check_output(contract, order.directory, order.search, plan.inputs)


def _load_reducer(order: RunRequest) -> None:
    search = order.search
    stage = Stage(order.effective, order.directory, search, "")
    with stage_environment(stage):
        load(str(order.contract.reducer_function), search)


def _describe(where: Path, order: RunRequest, plan: Plan) -> None:
    """What a run directory tells of the work before it starts: the contract as read, and the plan."""
    suffix = Path(order.absolute_path).suffix or ".toml"
    with replacing(where / f"contract{suffix}") as file:
        file.write(order.text.encode("utf-8"))
    with replacing(where / "plan.json") as file, open(file.fileno(), "w", encoding="utf-8", closefd=False) as stream:
        write_plan(plan, stream)


@dataclass(frozen=True, slots=True)
class _Job:
    """One run between the making of its directory and its manifest."""

    order: RunRequest
    plan: Plan
    stage: Stage
    target: Path
    started: datetime

    def run(self, observer: Observer) -> RunResult:
        """Execute, merge, and write the manifest, whatever happened; what went wrong is raised after that."""
        tally = RunStats()
        with ledger.open_ledger(Path(self.stage.directory, "ledger.jsonl")) as book:
            book.append({"event": "started", "at": self.started.isoformat(), "partitions": self.plan.count})
            try:
                made = self._made(tally, book, observer)
            except BaseException as error:
                # A full disk takes no evidence either; what went wrong is told all the same.
                with suppress(OSError):
                    self._conclude(tally, book, observer, None, error)
                raise
            manifest = self._conclude(tally, book, observer, made, None)
        return RunResult(Path(self.stage.directory), manifest, made.path)

    def _made(self, tally: RunStats, book: Ledger, observer: Observer) -> Result:
        try:
            self._execute(tally, book, observer)
            return self._result(tally, book)
        except OSError as error:
            message = f"the run directory {self.stage.directory} cannot be used: {error}"
            raise BackendLostError(message, "see to the disk and run the stage again") from error

    def _execute(self, tally: RunStats, book: Ledger, observer: Observer) -> None:
        def record(task: Task, receipts: list[Receipt]) -> None:
            tally.add(task.partitions, receipts, book.append(*(receipt.to_dict() for receipt in receipts)))
            observer.advanced(tally.done, tally.failed.total())

        contract, partitions = self.stage.contract, self._partitions()
        request = WorkerSpec(self._workers(), contract.threads_per_worker, self.order.scheduler)
        with BACKENDS[contract.backend](request) as workers:
            health.check(workers, self.stage, self.plan.inputs)
            tally.workers = workers.count
            where = Path(self.stage.directory)
            observer.started(Started(self._count(), contract.backend, workers.count, where, workers.link))
            inputs = {planned.path: planned for planned in self.plan.inputs}
            Dispatch(self.stage, inputs, workers, record).run(Batches(partitions, workers.count))
        if tally.failed:
            raise error_of(tally, self._count(), self.order, where)

    def _partitions(self) -> Iterable[Partition]:
        only = self.order.partition
        return self.plan.partitions() if only is None else islice(self.plan.partitions(), only, only + 1)

    def _count(self) -> int:
        return self.plan.count if self.order.partition is None else 1

    def _workers(self) -> int:
        asked = self.order.overrides.get("workers", self.plan.effective_workers)
        return min(available_cores() if asked == "auto" else int(asked), self._count())

    def _result(self, tally: RunStats, book: Ledger) -> Result:
        receipts = book.receipts(tally.places())
        if self.order.partition is None:
            return result.merge(self.stage, receipts, self.plan.count, self.target)
        return result.alone(self.stage, next(iter(receipts)))

    def _conclude(
        self,
        tally: RunStats,
        book: Ledger,
        observer: Observer,
        made: Result | None,
        error: BaseException | None,
    ) -> dict[str, Any]:
        where = Path(self.stage.directory)
        ended = datetime.now(timezone.utc)
        story = RunRecord(self.order, self.plan, self.stage, tally, made, error, self.started, ended)
        manifest = write_evidence(story)
        book.append({"event": "ended", "at": ended.isoformat(), "status": manifest["status"]})
        directory.remove_scratch(where)
        observer.finished(manifest)
        return manifest

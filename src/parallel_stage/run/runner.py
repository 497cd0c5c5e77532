"""Run a stage: plan, tasks, parts, result, with evidence of all of it in a run directory."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.output_names import suffix
from parallel_stage.errors import ParallelStageError
from parallel_stage.plan.planner import make_plan
from parallel_stage.run import preflight, result
from parallel_stage.run.backends.isolated import caller
from parallel_stage.run.evidence.failures import interruption_of, name_resume
from parallel_stage.run.evidence.manifest import RunRecord, manifest_of, write_manifests
from parallel_stage.run.evidence.stats import RunStats
from parallel_stage.run.evidence.validations import validations_of
from parallel_stage.run.execution import Execution
from parallel_stage.run.exit_guard import guarded_exits
from parallel_stage.run.open_files import check_open_files
from parallel_stage.run.processes.interruption import handlers_restored, ignore_interrupts, interrupts_raised
from parallel_stage.run.request import Observer
from parallel_stage.run.resume.kept import Resumption
from parallel_stage.run.resume.session import NewSession, begin
from parallel_stage.run.storage import directory, layout, planned
from parallel_stage.run.storage.last import open_last, point_last
from parallel_stage.run.storage.ledger import open_ledger
from parallel_stage.run.storage.part import replacing
from parallel_stage.run.storage.retention import remove_old_parts
from parallel_stage.run.storage.unwritable import unwritable, writing_to
from parallel_stage.run.task import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.result import Result
    from parallel_stage.run.storage.ledger import Ledger
    from parallel_stage.run.task import Receipt


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that has a result.

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
        The run, when the result is in its place: every partition has succeeded, or no more have failed than
        the request's policy allows; the manifest's status is then `partial`.

    Raises:
        UsageError, NoInputError, PlanRefusedError: Nothing was started.
        PartitionsFailedError, InputChangedError, ReducerFailedError, BackendLostError: The old result stands;
            the run directory has the evidence.
        Interrupted: The same, by Ctrl-C, SIGTERM or SIGHUP, where the program does not handle these itself.
    """
    preflight.check_scheduler(request)
    preflight.check_resume(request)
    preflight.check_timeout(request)
    with interrupts_raised(), guarded_exits():
        plan = make_plan(request.contract, request.directory, search=request.search)
        check_open_files(request, plan)
        target = preflight.check_request(request, plan)
        started = datetime.now(timezone.utc)
        with _run_directory(request, started) as where:
            request = request.kept_in(where)
            earlier = Resumption(where, plan, socket.gethostname())
            with writing_to(where):
                _write_request(where, request, plan)
            return _Run(request, earlier, where, target, started, observer or Observer()).run()


def run_sample(request: RunRequest, plan: Plan, where: Path) -> RunResult:
    """Run a plan of the caller's in a directory that it has made; the contract's output is not touched.

    Args:
        request: What to run; its output counts for nothing.
        plan: The partitions, such as those of a sample.
        where: The run directory, of `directory.create`; the result is a file in it.

    Raises:
        PartitionsFailedError, InputChangedError, ReducerFailedError, BackendLostError: As `run` does.
        Interrupted: By Ctrl-C, SIGTERM or SIGHUP.
    """
    preflight.check_timeout(request)
    started = datetime.now(timezone.utc)
    with handlers_restored(), interrupts_raised(), guarded_exits(), directory.locked(where):
        with writing_to(where):
            _write_request(where, request, plan)
        earlier = Resumption(where, plan, socket.gethostname())
        return _Run(request, earlier, where, None, started, Observer()).run()


@contextmanager
def _run_directory(request: RunRequest, started: datetime) -> Iterator[Path]:
    """Make the directory of a new run, or open that of the last one to resume it, and lock it."""
    runs = directory.stage_directory(request.directory, request.contract.name)
    where = open_last(runs) if request.resume else None
    if where is None:
        where = directory.create(runs, directory.new_run(started))
    with directory.locked(where):
        if request.resume:
            directory.reopen(where)
        yield where


def _write_request(where: Path, request: RunRequest, plan: Plan) -> None:
    """Write the contract, as it was read, and the plan into the run directory."""
    with replacing(where / layout.contract_name(request.path)) as file:
        file.write(request.text.encode("utf-8"))
    planned.write(plan, where)


class _Run:
    """One run, from its directory to its manifests."""

    def __init__(
        self,
        request: RunRequest,
        earlier: Resumption,
        where: Path,
        target: Path | None,
        started: datetime,
        observer: Observer,
    ) -> None:
        self._request = request
        self._earlier = earlier
        self._plan = earlier.plan
        session = len(earlier.history.sessions) + 1
        settings = session, request.timeout, self._plan.source_digest, request.worker_root
        self._stage = Stage(request.effective, request.directory, request.search, where, *settings)
        self._target = target or where / f"result{suffix(self._stage.contract.reducer)}"
        self._started = started
        self._observer = observer
        self._stats = RunStats(self._count(), request.partition or 0)
        self._validations = validations_of(request.contract, self._plan, request.search)
        self._validated = self._validations.found()

    def run(self) -> RunResult:
        """Execute, merge and write the manifests; what went wrong is raised after that."""
        where = self._stage.directory
        with open_ledger(where / layout.LEDGER) as ledger:
            try:
                begin(ledger, self._session(), self._earlier.history.inputs)
                merged = self._execute_and_merge(ledger)
            except BaseException as error:
                if isinstance(error, ParallelStageError):
                    name_resume(error, self._stats, self._count(), self._request)
                # A full disk takes no manifest, either; the error is raised all the same.
                with suppress(OSError):
                    self._conclude(ledger, None, error)
                raise
            manifest = self._conclude(ledger, merged, None)
        if self._request.partition is not None:
            self._validations.record("one-partition", f"Partition {self._request.partition} ran alone: {where.name}")
        return RunResult(where, manifest, merged.path)

    def _session(self) -> NewSession:
        request = self._request
        return NewSession(
            self._plan, self._stage, request.absolute_path, self._started, self._target, request.partition
        )

    def _execute_and_merge(self, ledger: Ledger) -> Result:
        try:
            if self._request.partition is None:
                point_last(self._stage.directory)
            execution = Execution(self._request, self._plan, self._stage, self._stats, ledger, self._observer)
            if self._earlier.history.sessions:
                execution.keep(self._earlier)
            reduces = bool(self._stage.contract.reducer_function) and self._request.partition is None
            # A process that is forked now, before workers have threads here, takes no time to start.
            with caller(in_process=self._request.isolated and reduces) as call:
                execution.run(is_unproven=self._stage.contract.backend != "local" and self._is_untried())
                receipts = self._receipts(ledger)
                if self._request.partition is None:
                    return result.merge(self._stage, receipts, self._plan.count, self._target, call)
                return result.alone(self._stage, next(iter(receipts)))
        except KeyboardInterrupt as error:
            raise interruption_of(error, self._stats, self._count(), self._request) from error
        except OSError as error:
            raise unwritable(self._stage.directory, error) from error

    def _receipts(self, ledger: Ledger) -> Iterator[Receipt]:
        """Yield the receipts in plan order; a kept one may have had another place in the plan of then."""
        receipts = ledger.receipts(takewhile(bool, self._stats.places))
        for index, receipt in enumerate(receipts, start=self._request.partition or 0):
            yield receipt if receipt.index == index else receipt._replace(index=index)

    def _is_untried(self) -> bool:
        """Whether nothing was proved before of what could be: of code without source, nothing can."""
        return bool(self._validations.identity) and not self._validated and not self._earlier.history.sessions

    def _count(self) -> int:
        return self._plan.count if self._request.partition is None else 1

    def _conclude(self, ledger: Ledger, merged: Result | None, error: BaseException | None) -> dict[str, Any]:
        ignore_interrupts()
        ended = datetime.now(timezone.utc)
        record = RunRecord(
            self._request, self._plan, self._stage, self._stats, merged, error, self._started, ended, self._validated
        )
        manifest = manifest_of(record)
        # The manifests come last: they have the digest of the whole ledger.
        ledger.append({"event": "ended", "at": ended.isoformat(), "status": manifest["status"]})
        write_manifests(manifest, self._request.argv)
        directory.remove_scratch(self._stage.directory)
        if self._request.keep_parts is not None:
            remove_old_parts(self._stage.directory, self._request.keep_parts)
        self._observer.finished(manifest)
        return manifest

"""A stage on AGILAB's own workers: its plan is their work plan, its reducer merges in AGILAB's `ReduceContract`.

An AGILAB app derives its two classes from these, and passes the contract's path as the argument `contract`:

    class Counts(StageManager): ...          # in counts/counts.py
    class CountsWorker(StageWorker): ...     # in counts_worker/counts_worker.py

Each worker executes its share of the partitions, and leaves a partial: the receipts of what it has done. `reduce`
makes the contract's output of all partials. It needs AGILAB's packages, and is imported by nothing else here.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import ExitStack, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from agi_node import ReduceArtifact, ReduceContract, ReducePartial, require_payload_keys
from agi_node.agi_dispatcher import BaseWorker, WorkDispatcher
from agi_node.pandas_worker import PandasWorker

from parallel_stage.contract.function import parse
from parallel_stage.errors import InputChangedError, PartitionsFailedError, PlanRefusedError
from parallel_stage.lint.engine.valid_contract import valid_contract
from parallel_stage.plan.planner import make_plan
from parallel_stage.pysource.closure import code_of
from parallel_stage.run import preflight, result
from parallel_stage.run.request import RunRequest
from parallel_stage.run.storage import directory
from parallel_stage.run.task import Failure, Receipt, Stage, Task
from parallel_stage.run.worker.execute import execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_stage.plan.partition import Partition
    from parallel_stage.plan.plan import Plan

PARTIAL = "partial_{worker}_{number}.json"
_SECONDS_TO_LOCK = 60
"""The time within which a worker has locked its new directory."""


class StageManager(BaseWorker):  # type: ignore[misc] # AGILAB's packages have no types
    """AGILAB's manager of a stage: it shares out the plan's partitions among the workers.

    Args:
        env: AGILAB's environment.
        contract: The contract's path.
    """

    distribution_cache_inputs_mode = "replace"

    def __init__(self, env: Any, contract: str | os.PathLike[str], **_: Any) -> None:
        self.env = env
        self.contract = os.path.abspath(contract)

    def distribution_cache_inputs(self) -> Iterable[Path]:
        """Return what the work plan is made of: AGILAB keeps one only while none of these files changes."""
        request, plan = _planned(self.contract)
        code = code_of(parse(request.contract.function), request.search).files.values()
        return [Path(self.contract), *map(Path, code), *(Path(plan.root, planned.path) for planned in plan.inputs)]

    def build_distribution(self, workers: Mapping[str, int]) -> tuple[Any, Any, str, str, str]:
        """Return AGILAB's work plan: for each worker one batch of partitions, as pairs of index and id.

        Raises:
            NoInputError, PlanRefusedError: Where the contract cannot be planned, or not for AGILAB's workers.
        """
        _, plan = _planned(self.contract)
        works = [((each.index, each.id), max(each.weight, 1)) for each in plan.partitions()]
        # The number of works decides how they are shared out; understated, that would take exponential time.
        shares = WorkDispatcher.make_chunks(len(works), works, workers=dict(workers), threshold=12)
        batches = [sorted(list(work) for work, _ in share) for share in shares]
        sizes = [sum(weight for _, weight in share) for share in shares]
        weights = [[{"partitions": len(batch), "bytes": size}] for batch, size in zip(batches, sizes, strict=True)]
        return [[batch] if batch else [] for batch in batches], weights, "partitions", "bytes", "B"


class StageWorker(PandasWorker):  # type: ignore[misc] # the same
    """AGILAB's worker of a stage: `works` executes a share of the partitions, and leaves partials."""

    pool_vars: Any = None

    def work_init(self) -> None:
        """Make the directory of what this worker writes."""
        request, _ = _planned(self.args["contract"])
        home = _home(request)
        _remove_dead(home)
        where = directory.create(home, directory.new_run(datetime.now(timezone.utc)))
        self._directory = str(where)
        self._lock = ExitStack()  # the kernel releases it when the process ends, however that is
        self._lock.enter_context(directory.locked(where))
        self.pool_init(None)

    def pool_init(self, worker_vars: Any) -> None:  # noqa: ARG002 -- AGILAB's signature
        """Plan the stage, in each process that executes partitions."""
        request, plan = _planned(self.args["contract"])
        self._stage = _stage(request, plan, Path(self._directory))
        self._partitions = list(plan.partitions())
        self._inputs = plan.inputs

    def __getstate__(self) -> dict[str, Any]:
        """Leave the plan behind, of which each process of a pool makes its own, and the lock."""
        left = ("_stage", "_partitions", "_inputs", "_lock")
        return {name: value for name, value in self.__dict__.items() if name not in left}

    def work_pool(self, x: Any = None) -> pd.DataFrame:
        """Execute one partition, given as its index and id.

        Returns:
            A data frame of one row, since AGILAB drops all else in silence: index, records, bytes and the receipt.

        Raises:
            InputChangedError: Where the plan is no longer that of the manager.
            PartitionsFailedError: Where the function fails.
        """
        partition = self._partition(*x)
        receipt = execute(self._stage, Task(partition.index, (partition,), self._inputs)).receipt(0)
        if receipt.failure:
            message = f"partition {receipt.index} failed: {receipt.failure.type}: {receipt.failure.message}"
            raise PartitionsFailedError(message, details=receipt.failure.traceback)
        absolute = receipt._replace(part=os.path.join(self._directory, receipt.part))
        columns = {"index": receipt.index, "records": receipt.records, "bytes": receipt.length}
        frame: pd.DataFrame = pd.DataFrame([{**columns, "receipt": json.dumps(absolute._asdict())}])
        return frame

    def work_done(self, df: pd.DataFrame | None = None) -> None:
        """Write the partial of a batch."""
        if df is None or df.empty:
            return
        number = getattr(self, "_work_done_chunk", 0)
        self._work_done_chunk = number + 1
        receipts = [json.loads(text) for text in df["receipt"]]
        name = PARTIAL.format(worker=self._worker_id, number=number)
        partial = {"planned": len(self._partitions), "receipts": receipts}
        Path(self._directory, name).write_text(json.dumps(partial), encoding="utf-8")

    def _partition(self, index: int, identifier: str) -> Partition:
        found = self._partitions[index] if index < len(self._partitions) else None
        if found is None or found.id != identifier:
            message = f"partition {index} is another one than when the work plan was made"
            raise InputChangedError(message, "inputs or code have changed; run the app again")
        return found


def partials_of(contract: str | os.PathLike[str]) -> list[ReducePartial]:
    """Return the partials that the workers of a contract have left, oldest first."""
    request, _ = _planned(contract)
    files = sorted(_home(request).glob(f"*/{PARTIAL.format(worker='*', number='*')}"))
    return [
        ReducePartial(f"{file.parent.name}/{file.stem}", json.loads(file.read_text("utf-8")), artifact_path=str(file))
        for file in files
    ]


def reduce_contract(contract: str | os.PathLike[str]) -> ReduceContract:
    """Return the reducer of a contract as AGILAB's: it merges partials into the contract's output.

    Its payload has the path, size and digest of the result, the numbers of partitions and records, and the names of
    the workers' directories that it is made of.
    """
    request, plan = _planned(contract)

    def merge(partials: Sequence[ReducePartial]) -> dict[str, Any]:
        receipts = _receipts(partials, plan)
        # The newest worker's directory has place for what the reducer needs, and for a result without a name.
        where = max(Path(receipt.part).parent.parent for receipt in receipts)
        target = preflight.check_request(request, plan) or where / "result"
        merged = result.merge(_stage(request, plan, where), receipts, plan.count, target)
        return {
            "partials": sorted({Path(receipt.part).parent.parent.name for receipt in receipts}),
            "result": str(merged.path),
            "bytes": merged.bytes,
            "digest": merged.digest,
            "partitions": plan.count,
            "records": sum(receipt.records for receipt in receipts),
        }

    return ReduceContract(
        name=f"parallel_stage.{request.contract.reducer}.v1",
        artifact_name=f"{request.contract.name}_reduce_summary",
        merge=merge,
        validate_partial=require_payload_keys("planned", "receipts"),
        metadata={"contract": os.path.abspath(contract), "scope": "stage"},
    )


def reduce(contract: str | os.PathLike[str]) -> ReduceArtifact:
    """Make the contract's output of all that the workers have left, and return AGILAB's artefact of it.

    Raises:
        PartitionsFailedError: Where partitions are missing.
        ReducerFailedError: Where their outputs do not fit together.
    """
    partials = partials_of(contract)
    if not partials:
        raise PartitionsFailedError("no worker has left anything of this stage", "run the app first")
    artifact = reduce_contract(contract).build_artifact(partials)
    _remove_old(partials, artifact.payload["partials"])
    _remove_dead(Path(partials[0].artifact_path or "").parent.parent)
    return artifact


def _remove_old(partials: Iterable[ReducePartial], used: Sequence[str]) -> None:
    """Remove the directories of workers that have ended, and of which the result has nothing."""
    for partial in partials:
        directory_of = partial.partial_id.partition("/")[0]
        if directory_of not in used and partial.artifact_path:
            shutil.rmtree(os.path.dirname(partial.artifact_path), ignore_errors=True)


def _remove_dead(home: Path) -> None:
    """Remove the directories of workers that have ended without a partial, as those that crashed."""
    for where in home.iterdir() if home.is_dir() else ():
        with suppress(OSError):  # another worker removes it, too
            is_new = time.time() - where.stat().st_mtime < _SECONDS_TO_LOCK
            has_partial = any(where.glob(PARTIAL.format(worker="*", number="*")))
            if not (is_new or has_partial or directory.is_locked(where)):
                shutil.rmtree(where)


def _receipts(partials: Iterable[ReducePartial], plan: Plan) -> list[Receipt]:
    """Return the newest receipt of each partition of the plan, in its order."""
    found: dict[str, Receipt] = {}
    for partial in partials:
        for values in partial.payload["receipts"]:
            failure = Failure(**values["failure"]) if values["failure"] else None
            receipt = Receipt(**{**values, "failure": failure})
            found[receipt.id] = receipt
    partitions = list(plan.partitions())
    missing = [str(each.index) for each in partitions if each.id not in found]
    if missing:
        message = f"{len(missing)} of {plan.count} partitions are missing: {', '.join(missing[:10])}"
        raise PartitionsFailedError(message, "a worker has not ended, or inputs or code have changed since")
    return [found[each.id]._replace(index=each.index) for each in partitions]


def _planned(contract: str | os.PathLike[str]) -> tuple[RunRequest, Plan]:
    path = os.path.abspath(contract)
    found, document, search_roots = valid_contract(path)
    request = RunRequest(contract=found, text=document.text, path=path, search_roots=search_roots)
    plan = make_plan(found, request.directory, search=request.search)
    if plan.scratch:
        message = f"the records of each {found.partition_by and found.partition_by.column!r} are apart in the table"
        raise PlanRefusedError(message, "sort the table by that column, or use parallel-stage run, which splits it")
    return request, plan


def _home(request: RunRequest) -> Path:
    runs = directory.stage_directory(request.directory, request.contract.name)
    return runs.parent.parent / "agilab" / runs.name


def _stage(request: RunRequest, plan: Plan, where: Path) -> Stage:
    return Stage(request.effective, request.directory, request.search, where, source_digest=plan.source_digest)

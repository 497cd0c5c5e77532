"""Run a stage on a sample under several cuts, and compare the results."""

from __future__ import annotations

import shutil
from bisect import bisect_left
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.errors import PartitionsFailedError, PlanRefusedError, ReducerFailedError
from parallel_stage.plan.partition import describe_work
from parallel_stage.plan.planner import make_plan
from parallel_stage.run.evidence.validations import validations_of
from parallel_stage.run.runner import run_sample
from parallel_stage.run.storage import directory, layout, ledger
from parallel_stage.run.task import TaskReceipt
from parallel_stage.run.verify.compare import Comparison, compare
from parallel_stage.run.verify.sample import RECORDS, cuts_of, regions_of
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.partition import Shares
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.verify.sample import Region

_REPEATED, _LOOKED_AT = 4, 1000
_KINDS = {"concat-csv": "csv", "concat-jsonl": "jsonl"}
_HINT = (
    "write splittable = false in input_format where the function needs its neighbours, partition_by where it needs all "
    "records of a key, head_lines where it skips lines; totals are made in a later step or in reducer_function"
)
_NOT_CUT = "nothing is proved about cuts, since this plan cuts no text file; one partition is a partition anywhere"
_BY_NATURE = "what this reducer makes depends on the number of partitions by nature; nothing is proved about cuts"

_PARTIAL = (
    "the function returns one record per partition: right if a later step or reducer_function merges them, "
    "and nothing is proved about that"
)
_UNSTABLE = "the function gives another result each time; sort what has no order, and take random numbers from "


@dataclass(frozen=True, slots=True)
class Check:
    """Two results of the same records that were compared.

    Attributes:
        name: The cut of the second one.
        found: The outcome.
        place: The partition of the first difference; where the parts of the cut do not fit together, the reason.
        is_partial: Whether they differ, and each partition has returned one record.
    """

    name: str
    found: Comparison
    place: str = ""
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """What a sample has shown.

    Attributes:
        status: `passed`, `differs`, or `partial`, where the function returns one record a partition.
        records: The records of the sample; 0 where whole partitions were taken.
        checks: The comparisons, in order; nothing follows one that differs.
        remark: What was not proved, or what to do; empty where there is nothing to say.
    """

    status: str
    records: int
    checks: tuple[Check, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Sampled:
    """A result, its records, and how many of them each partition has returned."""

    data: bytes
    shares: Shares
    records: list[int]


def verify(request: RunRequest, *, sample: int = RECORDS, rtol: float = 0.0) -> Verification:
    """Run a stage's function and reducer on a sample, under several cuts, and compare the results.

    The function runs in processes of their own; the contract's output is not written, and what the runs write
    is removed. Where it passes, later runs of this contract and code have that in their manifests.

    Args:
        request: The contract; its backend and output count for nothing.
        sample: The most records of the sample.
        rtol: The relative difference up to which numbers are equal.

    Raises:
        PartitionsFailedError: Where the function fails on the sample.
        NoInputError, PlanRefusedError, InputChangedError, ReducerFailedError, BackendLostError, Interrupted:
            As `run` does.
    """
    own = {"backend": "local", "workers": 1}
    request = replace(request, overrides=own, partition=None, resume=False, keep_parts=None)
    plan = make_plan(request.contract, request.directory, search=request.search)
    if plan.scratch:
        message = "partition_by gathers this table's records by key, and no other cut of it is legal"
        raise PlanRefusedError(
            message, "run it twice and compare the results; each key is one partition, whatever the backend"
        )
    regions = regions_of(plan, sample)
    cuts = cuts_of(regions) if regions else {"the same partitions": _some(plan)}
    validations = validations_of(request.contract, plan, request.search)
    with _scratch(request) as stage:
        checks = tuple(_checks(_Sampler(request, plan, stage, rtol), cuts, is_stream=_is_stream(plan)))
    found = _verification(regions, checks, is_stream=_is_stream(plan))
    if found.status == "passed":
        validations.record("verify", _summary(found))
    return found


def _summary(found: Verification) -> str:
    sample = plural(found.records, "record") if found.records else "whole partitions"
    summary = f"{sample} of the input, {plural(len(found.checks), 'comparison')} of equal results"
    return f"{summary}; {found.remark}" if found.remark else summary


def _is_stream(plan: Plan) -> bool:
    """Whether the result is the same for every cut where the function takes each record by itself."""
    reducer = plan.contract.reducer
    return reducer in _KINDS or (reducer == "custom" and bool(plan.contract.reducer_function))


def _checks(sampler: _Sampler, cuts: dict[str, Shares], *, is_stream: bool) -> Iterator[Check]:
    """Yield comparisons until one differs: of the first cut with itself, then with the others."""
    (_, shares), *others = cuts.items()
    whole = sampler.run(shares)
    check = sampler.compare("the same cut again", whole, sampler.run(shares))
    yield check
    for name, other in others if is_stream else ():
        if not check.found.is_equal:
            return
        try:
            check = sampler.compare(name, whole, sampler.run(other))
        except ReducerFailedError as error:
            if sampler.plan.contract.reducer != "concat-csv":
                raise
            check = Check(name, Comparison("columns differ"), error.message)
        yield check


def _verification(regions: list[Region], checks: tuple[Check, ...], *, is_stream: bool) -> Verification:
    count = _count(regions)
    if not checks[0].found.is_equal:
        return Verification("differs", count, checks, f"{_UNSTABLE}current_partition().seed")
    if checks[-1].is_partial:
        return Verification("partial", count, checks, _PARTIAL)
    if not checks[-1].found.is_equal:
        return Verification("differs", count, checks, _HINT)
    return Verification("passed", count, checks, (_BY_NATURE if not is_stream else "") if regions else _NOT_CUT)


def _count(regions: list[Region]) -> int:
    return sum(region.count for region in regions)


def _some(plan: Plan) -> Shares:
    """Return some small pieces of the plan's work, in its order."""
    first = list(islice(plan.shares, _LOOKED_AT))
    places = sorted(sorted(range(len(first)), key=lambda place: first[place][1])[:_REPEATED])
    return [first[place] for place in places]


@dataclass(frozen=True, slots=True)
class _Sampler:
    """Runs a stage on pieces of work, each time in a new directory below `stage`."""

    request: RunRequest
    plan: Plan
    stage: Path
    rtol: float

    def run(self, shares: Shares) -> _Sampled:
        """Return the result of some pieces of work."""
        where = directory.create(self.stage, directory.new_run(datetime.now(timezone.utc)))
        plan = replace(self.plan, count=len(shares), shares=shares, effective_workers=1)
        try:
            result = run_sample(self.request, plan, where).result
        except PartitionsFailedError as error:
            lines = [line for line in error.details.splitlines() if "alone: " not in line]
            message = f"on the sample, {error.message}"
            raise PartitionsFailedError(message, "correct what failed, and verify again", "\n".join(lines)) from None
        files = sorted(path for path in result.rglob("*") if path.is_file()) if result.is_dir() else [result]
        return _Sampled(b"".join(file.read_bytes() for file in files), shares, _records(where))

    def compare(self, name: str, whole: _Sampled, cut: _Sampled) -> Check:
        """Compare two results."""
        reducer = self.plan.contract.reducer
        found = compare(whole.data, cut.data, _KINDS.get(reducer, "value"), self.rtol)
        if found.is_equal:
            return Check(name, found)
        is_partial = reducer in _KINDS and whole.shares != cut.shares and {*whole.records, *cut.records} == {1}
        return Check(name, found, _place(found.record, cut), is_partial)


def _place(record: int, cut: _Sampled) -> str:
    """Return the partition that has returned a record, in words."""
    number = bisect_left(list(accumulate(cut.records)), record)
    return describe_work(cut.shares[min(number, len(cut.shares) - 1)][0])


def _records(where: Path) -> list[int]:
    """Return how many records each partition of a run has returned, in order."""
    tasks = (TaskReceipt.from_dict(event) for event in ledger.read(where / layout.LEDGER) if event["event"] == "task")
    return [row.records for row in sorted((row for task in tasks for row in task.rows), key=lambda row: row.index)]


@contextmanager
def _scratch(request: RunRequest) -> Iterator[Path]:
    """Make a directory for runs that nothing remains of."""
    home = Path(request.directory, directory.HOME, "verify")
    stage = home / directory.new_run(datetime.now(timezone.utc))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        with suppress(OSError):
            home.rmdir()

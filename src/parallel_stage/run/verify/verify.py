"""Run a stage on a sample under several cuts, and compare the results."""

from __future__ import annotations

import shutil
from bisect import bisect_left
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import PartitionsFailedError, PlanRefusedError, ReducerFailedError
from parallel_stage.plan.partition import describe_work
from parallel_stage.plan.planner import make_plan
from parallel_stage.run.evidence.validations import validations_of
from parallel_stage.run.runner import run_sample
from parallel_stage.run.storage import directory, layout, ledger
from parallel_stage.run.task import TaskReceipt
from parallel_stage.run.verify.compare import Comparison, compare, compare_rows, rows_of
from parallel_stage.run.verify.partial import Partial, partial
from parallel_stage.run.verify.sample import RECORDS, Cut, cuts_of, samples_of
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.verify.sample import Sample

SCHEMA = "agilab.parallel_stage.verify.v1"

_REPEATED, _LOOKED_AT = 4, 1000
_WORKERS = 2
_KINDS = {"concat-csv": "csv", "concat-jsonl": "jsonl"}

_AGAIN, _REVERSED = "the same cut again", "the last partition first"
_SAME = Comparison("same")
_HINT = (
    "write splittable = false in input_format where the function needs its neighbours, partition_by where it needs all "
    "records of a key, head_lines where it skips lines; totals are made in a later step or in reducer_function"
)
_NOT_CUT = "nothing is proved about cuts, since this plan cuts no file; one partition is a partition anywhere"
_BY_NATURE = "what this reducer makes depends on the number of partitions by nature; nothing is proved about cuts"
_UNSTABLE = (
    "the function gives another result each time; sort what has no order, and take random numbers from "
    "current_partition().seed"
)
_REMEMBERS = (
    "the function keeps something from one call to the next, such as a global; each worker has its own, and runs "
    "partitions in any order"
)
_ELSEWHERE = "the function depends on the process that it runs in"


@dataclass(frozen=True, slots=True)
class Check:
    """Two results of the same records that were compared.

    Attributes:
        name: What the second one has different from the first: the cut, the order or the backend.
        found: The outcome.
        place: The partition with the first difference; where the partitions of a cut do not fit together, the reason.
        partial: How records of partitions merge into the whole; None where these are equal, or have no keys.
        is_single: Whether each partition has returned one record.
    """

    name: str
    found: Comparison
    place: str = ""
    partial: Partial | None = None
    is_single: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether the results differ as those differ that a later step merges."""
        return self.is_single or (self.partial is not None and self.partial.is_merged)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a sample has shown.

    Attributes:
        status: `passed`, `differs`, or `partial`, where partitions return results that a later step has to merge.
        records: The records of the sample; 0 where whole partitions were taken.
        checks: The comparisons, in order; nothing follows one that differs.
        note: What was not proved, or what to do; empty where there is nothing to say.
    """

    status: str
    records: int
    checks: tuple[Check, ...]
    note: str = ""

    @property
    def summary(self) -> str:
        """What was compared, in words."""
        sample = plural(self.records, "record") if self.records else "whole partitions"
        return f"{sample} of the input, {plural(len(self.checks), 'comparison')}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as an `agilab.parallel_stage.verify.v1` document."""
        checks = [
            {
                "name": check.name,
                "equal": check.found.is_equal,
                **asdict(check.found),
                "values": [*check.found.values],
                "partition": check.place,
            }
            for check in self.checks
        ]
        return {
            "schema": SCHEMA,
            "status": self.status,
            "records": self.records,
            "checks": checks,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result of a cut, and how many records each partition has returned."""

    cut: Cut
    data: bytes
    counts: list[int]


def verify(
    request: RunRequest, *, sample: int = RECORDS, rtol: float = 0.0, backends: Sequence[str] = ()
) -> Verification:
    """Run a stage's function and reducer on a sample, under several cuts, and compare the results.

    The function runs in processes of their own; the contract's output is not written, and what the runs write
    is removed. Where it passes, later runs of this contract and code have that in their manifests.

    Args:
        request: The contract; its backend and output count for nothing.
        sample: The most records of the sample.
        rtol: The relative difference up to which numbers are equal.
        backends: The backends that are compared with `local`.

    Raises:
        PartitionsFailedError: Where the function fails on the sample.
        NoInputError, PlanRefusedError, InputChangedError, ReducerFailedError, BackendLostError, Interrupted:
            As `run` does.
    """
    request = replace(request, partition=None, resume=False, keep_parts=None)
    plan = make_plan(request.contract, request.directory, search=request.search)
    if plan.scratch:
        message = "partition_by gathers this table's records by key, and no other cut of it is legal"
        raise PlanRefusedError(
            message, "run it twice and compare the results; each key is one partition, whatever the backend"
        )
    validations = validations_of(request.contract, plan, request.search)
    with _scratch(plan) as stage:
        samples = samples_of(plan, stage / "sample", sample)
        cuts = cuts_of(samples) if samples else {"": _whole_partitions(plan)}
        trial = _Trial(request, plan, stage, rtol, samples)
        checks = tuple(trial.checks(cuts, [name for name in backends if name != "local"]))
    found = _verification(samples, checks, is_stream=trial.is_stream)
    if found.status == "passed":
        equal = f"{found.summary} of equal results"
        validations.record("verify", f"{equal}; {found.note}" if found.note else equal)
    return found


@dataclass(frozen=True, slots=True)
class _Trial:
    """Runs a stage on cuts of a sample, each time in a new directory below `stage`."""

    request: RunRequest
    plan: Plan
    stage: Path
    rtol: float
    samples: list[Sample]

    @property
    def reducer(self) -> str:
        """The reducer's name."""
        return self.plan.contract.reducer

    @property
    def is_stream(self) -> bool:
        """Whether the result is the same for every cut where the function takes each record by itself."""
        return self.reducer in _KINDS or (self.reducer == "custom" and bool(self.plan.contract.reducer_function))

    def checks(self, cuts: dict[str, Cut], backends: list[str]) -> Iterator[Check]:
        """Yield comparisons until one differs: of the first cut with itself, with the others, and other processes."""
        (_, first), *others = cuts.items()
        whole = last = self._run(first)
        for name, cut in [(_AGAIN, first), *(others if self.is_stream else ())]:
            try:
                last = self._run(cut)
            except ReducerFailedError as error:
                if self.reducer != "concat-csv" or cut is first:
                    raise
                yield Check(name, Comparison("columns differ"), error.message)
                return
            check = self._compare(name, whole, last)
            yield check
            if not check.found.is_equal:
                return
        if len(last.cut.parts) > 1 and (self.reducer in _KINDS or self.reducer == "collect-json"):
            check = self._reversed(last)
            yield check
            if not check.found.is_equal:
                return
        for name in backends:
            yield self._compare(f"on {name}", last, self._run(last.cut, name))

    def _run(self, cut: Cut, backend: str = "local") -> _Outcome:
        where = directory.create(self.stage, directory.new_run(datetime.now(timezone.utc)))
        inputs = (*self.plan.inputs, *(sample.input for sample in self.samples))
        workers = 1 if backend == "local" else _WORKERS
        plan = replace(self.plan, inputs=inputs, count=len(cut.shares), shares=cut.shares, effective_workers=workers)
        request = replace(self.request, overrides={"backend": backend, "workers": workers})
        try:
            result = run_sample(request, plan, where).result
        except PartitionsFailedError as error:
            raise _on_the_sample(error, cut) from None
        files = sorted(path for path in result.rglob("*") if path.is_file()) if result.is_dir() else [result]
        return _Outcome(cut, b"".join(file.read_bytes() for file in files), _counts(where))

    def _compare(self, name: str, one: _Outcome, other: _Outcome) -> Check:
        kind = _KINDS.get(self.reducer, "value")
        found = compare(one.data, other.data, kind, self.rtol)
        if found.is_equal:
            return Check(name, found)
        place = _place(found.record, other)
        if self.reducer not in _KINDS or one.cut.parts == other.cut.parts:
            return Check(name, found, place)
        merged = partial(rows_of(one.data, kind), _split(rows_of(other.data, kind), other.counts))
        return Check(name, found, place, merged, {*one.counts, *other.counts} == {1})

    def _reversed(self, one: _Outcome) -> Check:
        """Compare with a run of the same partitions in reverse order; one process runs them all."""
        cut = Cut(one.cut.parts[::-1], one.cut.shares[::-1])
        other = self._run(cut)
        if self.reducer == "collect-json":
            rows = [rows_of(outcome.data, "value")[0] for outcome in (one, other)]
            found = compare_rows(rows[0], rows[1][::-1], "value", self.rtol)
        else:
            kind = _KINDS[self.reducer]
            parts = _split(rows_of(other.data, kind), other.counts)[::-1]
            found = compare_rows(rows_of(one.data, kind), [row for part in parts for row in part], kind, self.rtol)
        return Check(_REVERSED, found, _place(found.record, one)) if not found.is_equal else Check(_REVERSED, _SAME)


def _verification(samples: list[Sample], checks: tuple[Check, ...], *, is_stream: bool) -> Verification:
    count = sum(len(sample.starts) for sample in samples)
    last = checks[-1]
    if last.found.is_equal:
        note = _NOT_CUT if not samples else "" if is_stream else _BY_NATURE
        return Verification("passed", count, checks, note)
    if last.is_partial:
        return Verification("partial", count, checks, _partial_note(last.partial))
    hints = {_AGAIN: _UNSTABLE, _REVERSED: _REMEMBERS}
    hint = _ELSEWHERE if last.name.startswith("on ") else hints.get(last.name, _HINT)
    return Verification("differs", count, checks, hint)


def _partial_note(found: Partial | None) -> str:
    each = f" per {', '.join(found.keys)} and" if found and found.keys else " per"
    merges = found.merges if found else {}
    known = ", ".join(f"{name} by {how}" for name, how in merges.items() if how)
    unknown = ", ".join(name for name, how in merges.items() if not how)
    return (
        f"the function returns one record{each} partition: right if a later step or reducer_function merges them"
        + (f"; on the sample, these merge: {known}" if known else "")
        + (f"; not mergeable as returned: {unknown}" if unknown else "")
    )


def _whole_partitions(plan: Plan) -> Cut:
    """Return some small pieces of the plan's work, in its order."""
    first = list(islice(plan.shares, _LOOKED_AT))
    places = sorted(sorted(range(len(first)), key=lambda place: first[place][1])[:_REPEATED])
    shares = [first[place] for place in places]
    return Cut(tuple(describe_work(work) for work, _ in shares), shares)


def _on_the_sample(error: PartitionsFailedError, cut: Cut) -> PartitionsFailedError:
    """Return an error that names the records instead of the sample's files, without the command to run one alone."""
    details = "\n".join(line for line in error.details.splitlines() if "alone: " not in line)
    for (work, _), part in zip(cut.shares, cut.parts, strict=True):
        if (name := describe_work(work)) in details:
            details = details.replace(name, str(part))
    message = f"on the sample, {error.message}"
    return PartitionsFailedError(message, "correct what failed, and verify again", details)


def _split(rows: list[Any], counts: list[int]) -> list[list[Any]]:
    """Return the records of each partition."""
    return [rows[start:stop] for start, stop in pairwise(accumulate(counts, initial=0))]


def _place(record: int, outcome: _Outcome) -> str:
    """Return the partition that has returned a record, in words."""
    number = bisect_left(list(accumulate(outcome.counts)), record)
    return str(outcome.cut.parts[min(number, len(outcome.cut.parts) - 1)])


def _counts(where: Path) -> list[int]:
    """Return how many records each partition of a run has returned, in order."""
    tasks = (TaskReceipt.from_dict(event) for event in ledger.read(where / layout.LEDGER) if event["event"] == "task")
    return [row.records for row in sorted((row for task in tasks for row in task.rows), key=lambda row: row.index)]


@contextmanager
def _scratch(plan: Plan) -> Iterator[Path]:
    """Make a directory for runs that nothing remains of."""
    home = Path(plan.root, directory.HOME, "verify")
    stage = home / directory.new_run(datetime.now(timezone.utc))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        with suppress(OSError):
            home.rmdir()

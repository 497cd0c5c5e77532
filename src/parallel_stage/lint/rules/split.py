"""Rules about the split: split rule, strategy and numbers fit together."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule
from parallel_stage.plan.policy import CHUNK_STRATEGIES, STRATEGIES, TOLERATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject


@rule(Severity.ERROR, "split", "partition_strategy", since="0.1.0")
def strategy_mismatch(subject: Subject) -> Iterator[Finding]:
    """The partition strategy does not fit the split rule.

    Files are taken whole or cut into chunks, a table is cut into chunks, a grid is taken item by item; other
    pairs have no meaning. `one-file-per-partition` on a grid or a table has one, and is only warned about:
    the grid is still taken item by item, the table becomes a single partition. Ignore it where it only warns,
    and a small table is to stay one partition.

    Fix: `--fix` writes `parameter-items` for a grid with `one-file-per-partition`, which changes nothing.
    For all else `--fix --unsafe-fixes` writes the first strategy that fits the split.

    Bad:
        split = "files"
        partition_strategy = "parameter-items"
        target_partitions = 0

    Good:
        split = "files"
        partition_strategy = "file-chunks"
    """
    split, strategy = subject.fields["split"], subject.fields["partition_strategy"]
    fitting = STRATEGIES[split]
    if strategy in fitting:
        return
    words = f'partition_strategy is "{strategy}", which does not fit split = "{split}"'
    meaning = TOLERATED.get((split, strategy))
    if meaning:
        words += f" ({meaning})"
    choice = " or ".join(f'"{name}"' for name in fitting)
    from parallel_stage.contract.problem import Assign

    # A grid is taken item by item with any strategy, so the fix changes nothing.
    change = Assign(("partition_strategy",), fitting[0], safe=bool(meaning) and len(fitting) == 1)
    severity = Severity.WARNING if meaning else None
    yield Finding(f"{words}; write {choice}", ("partition_strategy",), severity=severity, change=change)


@rule(Severity.WARNING, "partition_strategy", "target_partitions", "partition_by", since="0.1.0")
def chunks_without_target(subject: Subject) -> Iterator[Finding]:
    """A chunk strategy has no number of chunks.

    With `target_partitions = 0` the number of chunks follows from the workers, and where they are "auto" from
    the machine, so that the same contract gives other partitions elsewhere. Two to four partitions a worker
    are a good aim. Ignore it where `workers` is a number, which fixes how many chunks there are, or where
    each machine is to cut by its own cores. With `partition_by`, the data says how many there are.

    Bad:
        partition_strategy = "file-chunks"
        target_partitions = 0

    Good:
        partition_strategy = "file-chunks"
        target_partitions = 64
    """
    strategy = subject.fields["partition_strategy"]
    by_values = "partition_by" in subject.fields
    if strategy in CHUNK_STRATEGIES and subject.fields["target_partitions"] == 0 and not by_values:
        message = f"target_partitions is 0 with {strategy}; write how many chunks to aim at, such as 64"
        yield Finding(message, ("target_partitions",))


@rule(
    Severity.WARNING,
    *("partition_strategy", "target_partitions", "workers", "min_partitions_per_worker", "partition_by"),
    since="0.1.0",
)
def target_below_workers(subject: Subject) -> Iterator[Finding]:
    """The target is too low to keep the workers busy.

    Fewer partitions than `workers × min_partitions_per_worker` contradict each other; the planner then takes
    the larger figure. Ignore it where runs use fewer workers with `--workers`, so that the target counts. With
    `partition_by`, the target is the number of buckets, or nothing.

    Bad:
        workers = 8
        partition_strategy = "file-chunks"
        target_partitions = 4

    Good:
        workers = 8
        partition_strategy = "file-chunks"
        target_partitions = 32
    """
    fields = subject.fields
    target, workers, minimum = (
        fields["target_partitions"],
        fields["workers"],
        fields["min_partitions_per_worker"],
    )
    if fields["partition_strategy"] not in CHUNK_STRATEGIES or workers == "auto" or "partition_by" in fields:
        return
    if 0 < target < workers * minimum:
        message = (
            f"target_partitions is {target}, but {workers} workers × {minimum} partitions each need "
            f"{workers * minimum}; write at least {workers * minimum}, or fewer workers"
        )
        yield Finding(message, ("target_partitions",))


@rule(Severity.WARNING, "partition_strategy", "target_partitions", since="0.1.0")
def target_ignored(subject: Subject) -> Iterator[Finding]:
    """A target stands beside a strategy that never reads it.

    Whole files and parameter sets give as many partitions as there are files or sets. There is no good reason
    to ignore
    it: 0 gives the same partitions, and misleads nobody.

    Bad:
        partition_strategy = "one-file-per-partition"
        target_partitions = 64

    Good:
        partition_strategy = "one-file-per-partition"
        target_partitions = 0
        workers = "auto"
    """
    strategy, target = subject.fields["partition_strategy"], subject.fields["target_partitions"]
    if target > 0 and strategy not in CHUNK_STRATEGIES:
        message = f"target_partitions is {target}, but {strategy} never reads it; write 0, or a chunk strategy"
        yield Finding(message, ("target_partitions",))


@rule(Severity.ERROR, "split", "partition_strategy", "target_partitions", "partition_by", since="0.1.0")
def partition_by_mismatch(subject: Subject) -> Iterator[Finding]:
    """`partition_by` stands where it means nothing.

    Only a table that is cut can be cut by the values of a column, only dates have a calendar unit, and keys need
    `target_partitions` buckets. There is no good reason to ignore it: nothing can be cut by what stands there.

    Bad:
        split = "files"
        partition_by = { column = "carrier", kind = "group" }

    Good:
        split = "data-partitions"
        input = "data/flights.csv"
        partition_by = { column = "carrier", kind = "group" }
    """
    partition_by = subject.fields.get("partition_by")
    if partition_by is None:
        return
    split, strategy = subject.fields["split"], subject.fields["partition_strategy"]
    kind = partition_by["kind"]
    if split != "data-partitions":
        message = f'partition_by stands beside split = "{split}"; remove it, or write split = "data-partitions"'
        yield Finding(message, ("partition_by",), on_key=True)
    if "unit" in partition_by and kind != "date":
        message = f'partition_by.unit stands beside kind = "{kind}"; remove it, or write kind = "date"'
        yield Finding(message, ("partition_by", "unit"), on_key=True)
    if (split, strategy) == ("data-partitions", "one-file-per-partition"):
        message = f'partition_by stands beside partition_strategy = "{strategy}", by which the table is one partition'
        yield Finding(
            f'{message}; remove it, or write partition_strategy = "row-chunks"', ("partition_by",), on_key=True
        )
    if kind == "key" and subject.fields["target_partitions"] == 0:
        message = (
            'target_partitions is 0, and partition_by.kind = "key" needs a number of buckets; write it, such as 64'
        )
        yield Finding(message, ("target_partitions",))


@rule(Severity.ERROR, "input", "input_format", since="0.1.0")
def header_in_jsonl(subject: Subject) -> Iterator[Finding]:
    """JSON Lines are said to have a header.

    Every line is a record, so the first one would be taken for a header, and each chunk would begin with it.
    There is no good reason to ignore it: a record would be processed once for each chunk.

    Fix: `--fix` writes `header = false`, or `head_lines = 0`.

    Bad:
        input = "data/*.jsonl"
        input_format = { header = true }

    Good:
        input = "data/*.jsonl"
        input_format = { kind = "jsonl" }
    """
    written = subject.fields.get("input_format", {})
    named = [(key, instead) for key, instead in (("header", False), ("head_lines", 0)) if written.get(key)]
    if not named:
        return
    from parallel_stage.contract.model import InputFormat
    from parallel_stage.contract.problem import Assign
    from parallel_stage.plan.dialect import dialect_of

    if dialect_of(subject.fields["input"], InputFormat(kind=written.get("kind"))).kind == "jsonl":
        for key, instead in named:
            route = ("input_format", key)
            value, wanted = str(written[key]).lower(), str(instead).lower()
            message = f"input_format.{key} is {value}, but every line of JSON Lines is a record; write {wanted}"
            yield Finding(message, route, change=Assign(route, value=instead))


RULES = (
    strategy_mismatch,
    chunks_without_target,
    target_below_workers,
    target_ignored,
    partition_by_mismatch,
    header_in_jsonl,
)

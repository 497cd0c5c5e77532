"""Write a table's records partition by partition into the run directory, where equal keys are apart in its files.

The plan knows the size of every partition, so that each record has its place in one file: nothing is sorted or
merged, and one file is open. Parquet, whose rows have no place before they are encoded, is written in sorted files
instead.
"""

from __future__ import annotations

import shutil
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.groups.groups import Groups, changed_since_plan
from parallel_stage.run.storage import layout
from parallel_stage.run.worker.execute import check_input
from parallel_stage.run.worker.group_file import parquet_scratch, text_scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import Observer
    from parallel_stage.run.task import Stage

    Progress = Callable[[int], None]

_HELD = 1 << 25
"""The bytes of records that are in memory, with what Python adds for each record and each partition."""
_A_RECORD, _A_PARTITION = 50, 200


def split_table(plan: Plan, stage: Stage, wanted: Sequence[int], observer: Observer) -> None:
    """Write the records of some of a plan's partitions for the workers.

    Raises:
        InputChangedError: Where an input is no longer that of the plan.
        OSError: Where the run directory cannot be written.
    """
    groups = plan.shares
    if isinstance(groups, Groups):
        total = groups.record_count
        observer.splitting(0, total)
        write_split(groups, stage.directory, wanted, lambda read: observer.splitting(read, total))
        for planned in plan.inputs:
            check_input(planned, stage.root)


def write_split(groups: Groups, directory: Path, wanted: Sequence[int], progress: Progress) -> None:
    """Write the records of some partitions for the workers.

    Args:
        groups: The partitions.
        directory: The run directory.
        wanted: The indexes of those to write.
        progress: Called with the number of records that have been read, again and again.

    Raises:
        InputChangedError: Where the table has other records than when the plan was made.
        OSError: Where the run directory cannot be written.
    """
    target = layout.split_table(directory)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    if groups.table.is_parquet:
        _write_parquet(groups, directory, wanted, progress)
    else:
        _write_text(groups, directory, wanted, progress)


def _write_text(groups: Groups, directory: Path, wanted: Sequence[int], progress: Progress) -> None:
    bounds, first, seen, held = groups.bounds(), groups.table.files[0], 0, 0
    places = array("q", bounds)
    waiting: defaultdict[int, list[bytes]] = defaultdict(list)
    with text_scratch(directory, first.item.path).open("wb") as file:

        def flush() -> None:
            for index in sorted(waiting):
                records = b"".join(waiting[index])
                file.seek(places[index])
                file.write(records)
                places[index] += len(records)
            waiting.clear()

        file.write(groups.header())
        for batch, indexes in groups.records():
            data = batch.data
            for index, start, end in zip(indexes, batch.starts, batch.ends, strict=True):
                if wanted[index]:
                    waiting[index].append(data[start:end])
            seen, held = seen + len(indexes), held + len(data) + _A_RECORD * len(indexes)
            if held + _A_PARTITION * len(waiting) >= _HELD:
                flush()
                held = 0
            progress(seen)
        flush()
    for index in range(len(groups)):
        if wanted[index] and places[index] != bounds[index + 1]:
            raise changed_since_plan(first.item.path)


def _write_parquet(groups: Groups, directory: Path, wanted: Sequence[int], progress: Progress) -> None:
    bounds, seen, number = groups.bounds(), 0, 0
    waiting: list[tuple[Any, list[int]]] = []
    for batch, indexes in groups.parquet_rows():
        seen += len(indexes)
        waiting.append((batch, [bounds[index] if wanted[index] else -1 for index in indexes]))
        if sum(rows.nbytes for rows, _ in waiting) >= 2 * _HELD:
            _write_sorted(waiting, parquet_scratch(directory, number))
            waiting, number = [], number + 1
        progress(seen)
    if waiting:
        _write_sorted(waiting, parquet_scratch(directory, number))
    if seen != bounds[-1]:
        raise changed_since_plan(groups.table.files[0].item.path)


def _write_sorted(waiting: list[tuple[Any, list[int]]], path: Path) -> None:
    """Write rows, sorted by where their partition starts, which is their last column; -1 is not written."""
    import pyarrow as pa
    from pyarrow import compute, ipc

    starts = pa.array([start for _, starts in waiting for start in starts], pa.int64())
    table = pa.Table.from_batches([batch for batch, _ in waiting])
    table = table.append_column("partition starts at row", starts)
    order = compute.sort_indices(starts)  # a stable sort
    unwanted = compute.sum(compute.equal(starts, -1)).as_py() or 0
    table = table.take(order.slice(unwanted)).combine_chunks().unify_dictionaries()
    with ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)

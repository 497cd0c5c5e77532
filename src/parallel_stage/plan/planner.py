"""Make a plan of a contract and its inputs: how many partitions, which, and why."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parallel_stage.contract import function
from parallel_stage.contract.model import InputFormat
from parallel_stage.contract.schema import default
from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan import policy
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.inputs import data_files, inputs_of, unreadable
from parallel_stage.plan.partition import ByteRange, InputNote, WholeFile
from parallel_stage.plan.plan import Plan
from parallel_stage.plan.splits.grid import grid_in
from parallel_stage.plan.splits.sources import cut_all, refuse_too_many, sources
from parallel_stage.plan.splits.table import table_of, whole_table
from parallel_stage.plan.warnings import (
    crowded_cores,
    excluding_nothing,
    not_records,
    skewed_groups,
    skewed_input,
    unseen_imports,
    unusual_heads,
)
from parallel_stage.pysource.closure import code_of
from parallel_stage.wording import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.groups.groups import Groups
    from parallel_stage.plan.inputs import DataFile
    from parallel_stage.plan.partition import Input, Shares, Work
    from parallel_stage.plan.splits.sources import Source
    from parallel_stage.pysource.closure import Code


_EMPTY_TABLES = ("csv", "jsonl")  # the reader of Parquet reports an empty file


def make_plan(
    contract: Contract, root: str | os.PathLike[str], *, cores: int | None = None, search: tuple[str, ...] = ()
) -> Plan:
    """Plan a valid contract; data is read only as far as cutting needs it.

    The same contract and inputs give the same partitions on any machine, with one exception that the reason
    names: `workers = "auto"` with a chunk strategy and no target, where the cores decide how many there are.

    Args:
        contract: The contract.
        root: The directory that relative paths start at.
        cores: How many workers "auto" stands for; by default the cores this process may use.
        search: Where the function's module is searched; by default as for a contract in the root.

    Raises:
        NoInputError: Where the input matches nothing.
        PlanRefusedError: Where the inputs or the contract's combination of fields cannot be planned.
        InputChangedError: Where a file changes while it is read.
        MissingExtraError: Where a package is needed that is not installed.
    """
    _refuse_impossible(contract)
    root = os.path.abspath(root)
    cores = policy.available_cores() if cores is None else cores
    code = code_of(function.parse(contract.function), search or function.search_roots(root))
    try:
        if contract.split == "parameter-sweep":
            return _sweep(contract, root, cores, code)
        return _data(contract, root, cores, code)
    except OSError as error:
        raise unreadable(error, contract.input) from None


def _refuse_impossible(contract: Contract) -> None:
    split, strategy = contract.split, contract.partition_strategy
    if strategy not in policy.STRATEGIES[split] and (split, strategy) not in policy.TOLERATED:
        message = f"partition_strategy {strategy!r} does not fit split {split!r}"
        raise PlanRefusedError(message, f"write one of {', '.join(policy.STRATEGIES[split])}")
    by = contract.partition_by
    if by is None:
        return
    if split != "data-partitions":
        raise PlanRefusedError(f"partition_by stands beside split {split!r}", "write split = 'data-partitions'")
    if strategy not in policy.CHUNK_STRATEGIES:
        message = f"partition_by stands beside partition_strategy {strategy!r}, by which the table is one partition"
        raise PlanRefusedError(message, f"write one of {', '.join(policy.STRATEGIES[split])}")
    if by.kind == "key" and not contract.target_partitions:
        message = 'partition_by.kind is "key" and target_partitions 0, so that there is no number of buckets'
        raise PlanRefusedError(message, "write how many, such as target_partitions = 64")


def _sweep(contract: Contract, root: str, cores: int, code: Code) -> Plan:
    inputs = inputs_of(contract, root)
    grid = grid_in(inputs, contract.input, root)
    workers = policy.requested_workers(contract.workers, cores)
    effective = min(workers, grid.count)
    return Plan(
        contract=contract,
        root=root,
        modules=code.modules,
        source_digest=code.digest,
        inputs=inputs,
        count=grid.count,
        workers=workers,
        effective_workers=effective,
        reason=f"one partition a parameter set; {_busy(effective, workers)}",
        notes=(),
        warnings=(
            *excluding_nothing(grid, inputs[0].path),
            *crowded_cores(contract, effective, cores),
            *unseen_imports(code),
        ),
        shares=grid,
    )


def _data(contract: Contract, root: str, cores: int, code: Code) -> Plan:
    inputs = inputs_of(contract, root)
    filled = _with_records(contract, root, inputs)
    workers = policy.requested_workers(contract.workers, cores)
    shares: Shares | Groups
    groups = _groups(contract, root, filled) if contract.partition_by else None
    if groups is None:
        shares, notes, splittable, why = _cut(contract, root, filled, cores)
    else:
        shares, notes, splittable, why = groups, (), True, _group_reason(groups)
    count = len(shares)
    effective = min(policy.effective_workers(len(filled), workers, splittable), count)
    return Plan(
        contract=contract,
        root=root,
        modules=code.modules,
        source_digest=code.digest,
        inputs=inputs,
        count=count,
        workers=workers,
        effective_workers=effective,
        reason=f"{why}; {_busy(effective, workers)}",
        notes=(*notes, *map(_empty, _without(inputs, filled))),
        warnings=(
            *_warnings(contract, data_files(filled, root, contract.input_format), shares),
            *(skewed_groups(groups) if groups else ()),
            *crowded_cores(contract, effective, cores),
            *unseen_imports(code),
        ),
        shares=shares,
        scratch=groups.scratch if groups else 0,
    )


def _cut(
    contract: Contract, root: str, filled: tuple[Input, ...], cores: int
) -> tuple[Shares, tuple[InputNote, ...], bool, str]:
    """Return the work by files and chunks, notes about the files, whether one can be cut, and why so many."""
    if contract.partition_strategy not in policy.CHUNK_STRATEGIES:
        return _whole(contract, root, filled), (), False, _whole_reason(contract, len(filled))
    found = sources(contract, root, filled)
    splittable = any(source.limit > 1 for source in found)
    wanted = _wanted(contract, len(found), cores) if splittable else len(found)
    refuse_too_many(wanted, len(found))
    shares, notes = cut_all(found, wanted, _wanted(contract, 1, cores))
    return (
        shares,
        notes,
        splittable,
        _chunk_reason(contract, found, cores, len(shares)) if splittable else _uncut(found),
    )


def _with_records(contract: Contract, root: str, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """Return the inputs without empty tables, which not even have a header; one of them where there is nothing else."""
    if contract.split == "data-partitions":
        return table_of(contract.input_format, root, inputs)
    declared = contract.input_format
    filled = tuple(item for item in inputs if item.size or dialect_of(item.path, declared).kind not in _EMPTY_TABLES)
    return filled or inputs[:1]


def _without(inputs: tuple[Input, ...], filled: tuple[Input, ...]) -> list[Input]:
    kept = set(filled)
    return [item for item in inputs if item not in kept]


def _empty(item: Input) -> InputNote:
    return InputNote(item.path, splittable=False, proof="", reason="it is empty: no record, no partition")


def _warnings(contract: Contract, files: tuple[DataFile, ...], shares: Iterable[tuple[Work, int]]) -> Iterator[str]:
    said = contract.input_format or InputFormat()
    if contract.split == "files" and contract.partition_strategy not in policy.CHUNK_STRATEGIES:
        yield from skewed_input(files, contract.input_format)
        return
    is_joined = contract.split == "data-partitions" and (len(files) > 1 or contract.partition_by is not None)
    cut = {work.path for work, _ in shares if isinstance(work, ByteRange)}
    repeated = [file for file in files if file.item.size and (is_joined or file.item.path in cut)]
    if said.header is None and said.head_lines is None:
        yield from unusual_heads(repeated)
    yield from not_records(repeated)


def _whole(contract: Contract, root: str, inputs: tuple[Input, ...]) -> Shares:
    if contract.split == "data-partitions":
        return whole_table(contract.input_format, root, inputs)
    return [(WholeFile(item.path, item.size), item.size) for item in inputs]


def _wanted(contract: Contract, files: int, cores: int) -> int:
    """Return how many partitions the rule gives so many files that can be cut."""
    return policy.partition_count(
        contract.partition_strategy,
        files,
        policy.counted_workers(contract.workers, contract.target_partitions, cores),
        True,
        contract.target_partitions,
        contract.min_partitions_per_worker,
    )


def _chunk_reason(contract: Contract, found: list[Source], cores: int, count: int) -> str:
    files, wanted, goal = len(found), _wanted(contract, len(found), cores), _wanted(contract, 1, cores)
    grounds = [plural(files, "file")]
    if contract.target_partitions:
        grounds.append(f"target_partitions {contract.target_partitions}")
    if workers := policy.counted_workers(contract.workers, contract.target_partitions, cores):
        whose = " (the cores of this machine)" if contract.workers == "auto" else ""
        grounds.append(f"{workers} workers{whose} x {contract.min_partitions_per_worker} partitions a worker")
    reason = f"aims at {wanted} partitions, the most of {', '.join(grounds)}"
    if count > wanted:
        reason += f"; large files are cut into shares of 1/{goal} of the data, as if small ones did not count: {count}"
    elif count < wanted:
        reason += f"; records allow {count}"
    return reason + _preview_reason(contract, cores, wanted)


def _groups(contract: Contract, root: str, inputs: tuple[Input, ...]) -> Groups:
    from parallel_stage.plan.groups.groups import groups_of
    from parallel_stage.plan.groups.table import table_by_column

    return groups_of(table_by_column(contract, root, inputs))


def _group_reason(groups: Groups) -> str:
    by = groups.table.by
    unit = by.unit or default("partition_by.unit")
    what = {"group": "value", "date": unit, "key": "bucket"}[by.kind]
    if not groups.scratch:
        return f"one partition a {what} of {by.column}, whose records stand together in each file"
    about = "about " if groups.table.is_parquet else ""
    written = f"{about}{size(groups.scratch)} are written to the run directory before the first one starts"
    return f"one partition a {what} of {by.column}; {written}"


def _preview_reason(contract: Contract, cores: int, wanted: int) -> str:
    """Return why AGILAB's preview gives another number, as a clause; empty where it does not."""
    workers = policy.requested_workers(contract.workers, cores)
    previewed = max(wanted, workers * contract.min_partitions_per_worker)
    if previewed == wanted:
        return ""
    return f" (AGILAB's preview counts the {workers} cores of this machine, too, and gives {previewed})"


def _uncut(found: list[Source]) -> str:
    """Return that no file can be cut, in words: files with content, and empty ones."""
    empty = sum(not source.weight for source in found)
    filled = f"{plural(len(found) - empty, 'file')} that cannot be cut"
    void = plural(empty, "empty file")
    return f"{f'{filled} and {void}' if 0 < empty < len(found) else void if empty else filled}, one partition each"


def _whole_reason(contract: Contract, count: int) -> str:
    if contract.split == "data-partitions":
        return f"the whole table ({plural(count, 'file')}) is one partition"
    return f"{plural(count, 'file')}, one partition each"


def _busy(effective: int, workers: int) -> str:
    return f"{effective} of {plural(workers, 'worker')} can be busy at once"

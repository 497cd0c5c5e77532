"""Prove a stored plan against the data as it is now: inputs, code, sizes, record boundaries and ids; nothing is run."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import function
from parallel_stage.contract.schema import schema
from parallel_stage.errors import UsageError
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.document import KINDS, SCHEMA, contract_fields, entry_of, grid_of, is_listed
from parallel_stage.plan.groups.parquet_records import row_bounds
from parallel_stage.plan.inputs import inputs_of
from parallel_stage.plan.partition import (
    ByteRange,
    Input,
    RowGroups,
    WholeFile,
    WholeTable,
    paths_of,
)
from parallel_stage.plan.plan import identifier
from parallel_stage.plan.planner import make_plan
from parallel_stage.plan.records.header import header_length
from parallel_stage.plan.records.reader import opened
from parallel_stage.plan.records.survey import Ends, survey
from parallel_stage.pysource.closure import code_of
from parallel_stage.wording import abridged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Work

_LONGEST = 120


def read_plan(path: str) -> dict[str, Any]:
    """Read a stored plan, of `parallel-stage plan --json` or of a run directory.

    Raises:
        UsageError: Where it cannot be read or is no such document.
    """
    from jsonschema import Draft7Validator

    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "give the output of plan --json") from None
    except json.JSONDecodeError as error:
        message = f"{path}:{error.lineno}:{error.colno}: it is no JSON: {error.msg}"
        raise UsageError(message, "give the output of plan --json") from None
    except (UnicodeDecodeError, RecursionError):
        raise UsageError(f"{path} is no JSON document", "give the output of plan --json") from None
    for fault in Draft7Validator(schema(SCHEMA)).iter_errors(document):
        message = f"{path} is no plan: {fault.json_path}: {abridged(fault.message, _LONGEST)}"
        raise UsageError(message, "give the output of plan --json, as it was written")
    return document  # type: ignore[no-any-return]


def faults_of(document: dict[str, Any], contract: Contract, root: str, search: tuple[str, ...]) -> Iterator[str]:
    """Yield what of a stored plan does not hold any more, in sentences.

    Args:
        document: The plan, of `read_plan`.
        contract: The contract as it is now.
        root: The absolute directory that relative paths start at.
        search: Where the function's module is searched.

    Raises:
        NoInputError, PlanRefusedError, MissingExtraError, OSError: As for a new plan.
    """
    inputs = _input_faults(document["inputs"], inputs_of(contract, root))
    found = [*_contract_faults(document["contract"], contract), *_code_faults(document, contract, search)]
    found += inputs.values()
    yield from found
    if contract.partition_by is None and contract.split != "parameter-sweep":
        works = [_work(entry["work"]) for entry in document["partitions"]]
        yield from _Data(contract, root).faults(works, inputs)
        if not found:
            yield from _id_faults(document, contract, works)
    elif not found:
        yield from _remade_faults(document, contract, root, search)


def _contract_faults(planned: dict[str, Any], contract: Contract) -> Iterator[str]:
    now = contract_fields(contract)
    for name in sorted({*planned, *now}):
        if planned.get(name) != now.get(name):
            yield f"the contract has {name} = {now.get(name)!r}, and the plan was made with {planned.get(name)!r}"


def _code_faults(document: dict[str, Any], contract: Contract, search: tuple[str, ...]) -> Iterator[str]:
    code = code_of(function.parse(contract.function), search)
    planned = document["modules"]
    for name in sorted({*planned, *code.modules}):
        if planned.get(name) != code.modules.get(name):
            how = (
                "has changed"
                if name in planned and name in code.modules
                else "is new"
                if name not in planned
                else "is gone"
            )
            yield f"the module {name}, which the function needs, {how} since the plan was made"
    if planned == dict(code.modules) and document["source_digest"] != code.digest:
        yield "source_digest is not that of the modules"


def _input_faults(planned: Sequence[dict[str, Any]], inputs: Sequence[Input]) -> dict[str, str]:
    """Return what is wrong with inputs, by path."""
    before, now = {item["path"]: item["size"] for item in planned}, {item.path: item.size for item in inputs}
    faults = {path: f"{path} is no input any more" for path in before.keys() - now.keys()}
    faults |= {path: f"{path} is an input now, and the plan does not have it" for path in now.keys() - before.keys()}
    for path in before.keys() & now.keys():
        if before[path] != now[path]:
            faults[path] = f"{path} has {now[path]:,} bytes, and {before[path]:,} in the plan"
    return dict(sorted(faults.items()))


def _work(entry: dict[str, Any]) -> Work:
    members: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
    }
    return KINDS[members.pop("kind")](**members)


class _Data:
    """The files of a plan, and the pieces of work that read them."""

    def __init__(self, contract: Contract, root: str) -> None:
        self._declared = contract.input_format
        self._root = root

    def faults(self, works: Sequence[Work], known: Collection[str]) -> Iterator[str]:
        """Yield what does not hold of the pieces, file by file, but for those that are known to have changed."""
        by_path: dict[str, list[Work]] = {}
        for work in works:
            for path in (path for path in paths_of(work) if path not in known):
                by_path.setdefault(path, []).append(work)
        for path, pieces in by_path.items():
            name = os.path.join(self._root, path)
            try:
                yield from (f"{path}: {fault}" for fault in self._of_file(path, name, pieces))
            except OSError as error:
                yield f"{path} cannot be read: {error.strerror}"

    def _of_file(self, path: str, name: str, pieces: Sequence[Work]) -> Iterator[str]:
        ranges = [work for work in pieces if isinstance(work, ByteRange)]
        groups = [work for work in pieces if isinstance(work, RowGroups)]
        others = [work for work in pieces if not isinstance(work, (ByteRange, RowGroups))]
        if len(others) + bool(ranges) + bool(groups) > 1:
            yield "its records are in several partitions"
        size = os.path.getsize(name)
        for work in others:
            if isinstance(work, WholeFile) and work.size != size:
                yield f"it has {size:,} bytes, and {work.size:,} in its partition"
            if isinstance(work, WholeTable):
                yield from self._header_fault(path, name, dict(zip(work.paths, work.headers, strict=True))[path])
        if ranges:
            yield from self._text_faults(path, name, ranges)
        if groups:
            yield from _row_group_faults(row_bounds(name), groups)

    def _header_fault(self, path: str, name: str, planned: int) -> Iterator[str]:
        dialect = dialect_of(path, self._declared)
        length = 0 if dialect.kind == "parquet" else header_length(name, dialect)
        if length != planned:
            yield f"its header has {length} bytes, and {planned} in the plan"

    def _text_faults(self, path: str, name: str, ranges: list[ByteRange]) -> Iterator[str]:
        """Yield what is wrong with the ranges of a text file: its records have to be in one of them each."""
        found = survey(name, dialect_of(path, self._declared), count=any(work.rows is not None for work in ranges))
        ranges = sorted(ranges, key=lambda work: work.start)
        for header in sorted({work.header for work in ranges} - {found.header}):
            yield f"its header has {found.header} bytes, and {header} in the plan"
        yield from _joint_faults([(work.start, work.stop) for work in ranges], found.header, found.size, "byte")
        with opened(name) as reader:
            ends, before, rows = Ends(reader, found), found.header, 0
            for work in ranges:
                if not before < work.stop <= found.size:
                    continue  # the gap or overlap is reported
                if work.stop < found.size and ends.from_offset(work.stop, before) != work.stop:
                    yield f"byte {work.stop:,} is inside a record, and a partition ends there"
                    return
                if work.rows is not None:
                    rows += work.rows
                    if not work.rows or ends.of_record(rows, (before, rows - work.rows)) != work.stop:
                        yield f"bytes {work.start:,} to {work.stop:,} do not hold {work.rows:,} records"
                        return
                before = work.stop


def _row_group_faults(bounds: list[int], groups: list[RowGroups]) -> Iterator[str]:
    groups = sorted(groups, key=lambda work: work.first)
    last = len(bounds) - 1
    yield from _joint_faults([(work.first, work.stop) for work in groups], 0, last, "row group")
    for work in groups:
        if 0 <= work.first < work.stop <= last and bounds[work.stop] - bounds[work.first] != work.rows:
            rows = bounds[work.stop] - bounds[work.first]
            yield f"row groups {work.first} to {work.stop} have {rows:,} rows, and {work.rows:,} in the plan"


def _joint_faults(ranges: list[tuple[int, int]], first: int, last: int, unit: str) -> Iterator[str]:
    """Yield where ranges, in order, do not follow one another from the first to the last."""
    for (_, stop), (start, _) in pairwise([(0, first), *ranges, (last, last)]):
        if start > stop:
            yield f"{unit}s {stop:,} to {start:,} are in no partition"
        elif start < stop:
            yield f"{unit}s {start:,} to {stop:,} are in two partitions, or beyond the file's end"


def _id_faults(document: dict[str, Any], contract: Contract, works: Sequence[Work]) -> Iterator[str]:
    inputs = [Input(item["path"], item["size"], 0) for item in document["inputs"]]
    identify = identifier(contract, document["source_digest"], inputs)
    for entry, work in zip(document["partitions"], works, strict=True):
        if (known := identify(work)) != entry["id"]:
            yield f"partition {entry['index']} has the id {entry['id']}, and its work {known}"


def _remade_faults(document: dict[str, Any], contract: Contract, root: str, search: tuple[str, ...]) -> Iterator[str]:
    """Yield what differs from a new plan, where every partition follows from the data: of keys and parameter sets."""
    plan = make_plan(contract, root, cores=document["summary"]["requested_workers"], search=search)
    if not is_listed(plan):
        if document.get("grid") != grid_of(plan):
            yield f"{plan.inputs[0].path} holds another grid than that of the plan"
        return
    planned = document["partitions"]
    for entry, partition in zip(planned, plan.partitions(), strict=False):
        now = entry_of(partition)
        if entry["id"] != now["id"] or entry["work"] != now["work"]:
            yield f"partition {partition.index} is {_shown(entry['work'])} in the plan, and {_shown(now['work'])} now"
    if len(planned) != plan.count:
        yield f"there are {plan.count:,} partitions now, and {len(planned):,} in the plan"


def _shown(work: dict[str, Any]) -> str:
    shown = {name: value for name, value in work.items() if name not in ("kind", "pieces")}
    return abridged(json.dumps(shown, ensure_ascii=False), _LONGEST)

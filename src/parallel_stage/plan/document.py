"""The plan as a JSON document, `agilab.parallel_stage.plan.v1`, and the sizes of its partitions."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TextIO

from parallel_stage.plan.partition import ByteRange, Group, Parameters, RowGroups, WholeFile, WholeTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Partition, Work
    from parallel_stage.plan.plan import Plan

SCHEMA = "agilab.parallel_stage.plan.v1"

MOST_LISTED = 10_000
"""The most items of a sweep that the document lists."""

_BLOCK = 1 << 20

KINDS: dict[str, Callable[..., Work]] = {
    "file": WholeFile,
    "byte-range": ByteRange,
    "row-groups": RowGroups,
    "table": WholeTable,
    "group": Group,
    "parameters": Parameters,
}
"""The classes of work, by what the document calls them."""
_NAMES: dict[Any, str] = {kind: name for name, kind in KINDS.items()}
_CONTRACT_FIELDS = (
    "name",
    "function",
    "split",
    "input",
    "partition_strategy",
    "target_partitions",
    "min_partitions_per_worker",
    "partition_by",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The sizes of a plan's partitions.

    Attributes:
        unit: The unit of weights: `bytes`, or `items` of a parameter grid.
        total: The sum of all weights.
        largest: The largest weight.
        smallest: The smallest weight.
        skew: The largest weight over the mean one; 1 where all are equal.
    """

    unit: str
    total: int
    largest: int
    smallest: int
    skew: float


def figures(plan: Plan) -> Figures:
    """Return the sizes of a plan's partitions; a sweep is not enumerated."""
    if plan.contract.split == "parameter-sweep":
        return Figures("items", plan.count, 1, 1, 1.0)
    weights = [weight for _, weight in plan.shares]
    total, largest = sum(weights), max(weights)
    return Figures("bytes", total, largest, min(weights), round(largest * len(weights) / total, 3) if total else 1.0)


def write_plan(plan: Plan, stream: TextIO) -> None:
    """Write the document, a partition a line; only one of them is in memory.

    A sweep of more than MOST_LISTED items is not listed: its grid stands there, with its digest.
    """
    for key, value in sorted(_head(plan).items()):
        stream.write(f'{"{" if key == "contract" else ","}\n  "{key}": ')
        if key == "partitions" and is_listed(plan):
            _write_partitions(plan, stream)
        else:
            stream.write(json.dumps(value, indent=2, sort_keys=True).replace("\n", "\n  "))
    stream.write("\n}\n")


def _head(plan: Plan) -> dict[str, Any]:
    """Return all members of the document but the partitions."""
    return {
        "schema": SCHEMA,
        "contract": contract_fields(plan.contract),
        "inputs": [{"path": item.path, "size": item.size} for item in plan.inputs],
        "notes": [asdict(note) for note in plan.notes],
        "partitions": [],
        **({} if is_listed(plan) else {"grid": grid_of(plan)}),
        "modules": dict(plan.modules),
        "source_digest": plan.source_digest,
        "summary": {
            "partitions": plan.count,
            "scratch_bytes": plan.scratch,
            "weights": asdict(figures(plan)),
            "requested_workers": plan.workers,
            "effective_workers": plan.effective_workers,
            "reason": plan.reason,
        },
        "warnings": list(plan.warnings),
    }


def contract_fields(contract: Contract) -> dict[str, Any]:
    """Return the fields of a contract that decide its plan."""
    return {name: value for name, value in contract.to_dict().items() if name in _CONTRACT_FIELDS}


def is_listed(plan: Plan) -> bool:
    """Whether the document has every partition of a plan."""
    return plan.contract.split != "parameter-sweep" or plan.count <= MOST_LISTED


def grid_of(plan: Plan) -> dict[str, Any]:
    """Return what stands for the items of a large sweep: the grid's file, its digest, and their number."""
    (item,) = plan.inputs
    digest = hashlib.blake2b(digest_size=16)
    with open(os.path.join(plan.root, item.path), "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return {"path": item.path, "blake2b": digest.hexdigest(), "items": plan.count}


def _write_partitions(plan: Plan, stream: TextIO) -> None:
    encode = json.JSONEncoder(sort_keys=True).encode
    before = "["
    for partition in plan.partitions():
        stream.write(f"{before}\n    {encode(entry_of(partition))}")
        before = ","
    stream.write("\n  ]")


def entry_of(partition: Partition) -> dict[str, Any]:
    """Return a partition as the document has it."""
    work = partition.work
    return {
        "id": partition.id,
        "index": partition.index,
        "weight": partition.weight,
        "work": {"kind": _NAMES[type(work)], **_members(work)},
    }


def _members(work: Work) -> dict[str, Any]:
    if isinstance(work, Parameters):
        return {"values": work.values}
    if isinstance(work, Group):
        # The table's files are the plan's inputs; what a run will write is not there yet.
        pieces = [piece._asdict() for piece in work.pieces if piece.path]
        return {"key": work.key, "rows": work.rows, "pieces": pieces}
    return asdict(work)

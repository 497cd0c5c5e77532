"""The contract as a frozen object; only valid ones exist.

Field names, order and defaults are those of the JSON Schema; `tests/contract/test_model.py` checks that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class PartitionBy:
    """How a table is cut by the values of a column."""

    column: str
    kind: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class InputFormat:
    """How the input is read where its suffix does not say; None for what the contract leaves out."""

    kind: str | None = None
    delimiter: str | None = None
    quotechar: str | None = None
    header: bool | None = None
    head_lines: int | None = None
    encoding: str | None = None
    splittable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One valid `agilab.parallel_stage.v1` document.

    `workers` is a positive integer or the text "auto". Optional tables that are absent are None; `next_steps`
    is empty then. Fields named `x-…` and `$schema` are for other tools and are not kept.
    """

    schema: str
    name: str
    function: str
    split: str
    input: str
    workers: int | str
    partition_strategy: str
    target_partitions: int
    min_partitions_per_worker: int
    reducer: str
    backend: str
    output: str
    notes: str = ""
    next_steps: Mapping[str, str] = field(default_factory=dict)
    reducer_function: str | None = None
    partition_by: PartitionBy | None = None
    input_format: InputFormat | None = None
    threads_per_worker: int = 1

    @classmethod
    def from_valid(cls, data: Mapping[str, Any]) -> Contract:
        """Build a contract from data that `contract.validation` accepts."""
        values = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        if "partition_by" in values:
            values["partition_by"] = PartitionBy(**values["partition_by"])
        if "input_format" in values:
            values["input_format"] = InputFormat(**values["input_format"])
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the contract as a mapping, without fields that are absent or empty."""
        return {f.name: plain for f in fields(self) if (plain := _plain(getattr(self, f.name))) not in (None, "", {})}


def _plain(value: Any) -> Any:
    if isinstance(value, (PartitionBy, InputFormat)):
        return {f.name: v for f in fields(value) if (v := getattr(value, f.name)) is not None}
    return dict(value) if isinstance(value, (dict, MappingProxyType)) else value

"""What planning tests start from: contracts planned in the test's own directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from parallel_stage.contract.model import Contract
from parallel_stage.plan.planner import make_plan
from support import data

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.plan.plan import Plan


_FIELDS = {
    "function": "stage.py:process",
    "input": "*.csv",
    "workers": 4,
    "target_partitions": 8,
    "min_partitions_per_worker": 1,
}


class Planned(Protocol):
    """Plans a contract with some fields changed; `cores` is what "auto" stands for."""

    def __call__(self, cores: int = 4, **changes: Any) -> Plan: ...


class Swept(Protocol):
    """Plans a grid: data that is written as JSON, or the text of a file of another name."""

    def __call__(self, grid: Any, name: str = "grid.json") -> Plan: ...


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    def plan(cores: int = 4, **changes: Any) -> Plan:
        fields = {**_FIELDS, **changes}
        return make_plan(Contract.from_valid(data(**fields)), tmp_path, cores=cores)

    return plan


@pytest.fixture
def swept(tmp_path: Path, planned: Planned) -> Swept:
    def plan(grid: Any, name: str = "grid.json") -> Plan:
        text = grid if isinstance(grid, str) else json.dumps(grid)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return planned(split="parameter-sweep", input=name, partition_strategy="parameter-items")

    return plan

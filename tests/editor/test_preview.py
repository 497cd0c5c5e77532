from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from opened_contracts import NAMES, contract, opened
from parallel_stage.contract.model import Contract
from parallel_stage.editor import preview
from parallel_stage.editor.open_document import diagnose
from parallel_stage.plan.planner import make_plan
from support import data

if TYPE_CHECKING:
    from pathlib import Path

SWEEP = {
    "split": "parameter-sweep",
    "partition_strategy": "parameter-items",
    "input": "grid.json",
    "target_partitions": 0,
}
WHOLE = {"partition_strategy": "one-file-per-partition", "target_partitions": 0}
TABLE = {"split": "data-partitions", "input": "data/a.csv"}


def shown(root: Path, **changes: Any) -> str:
    path = root / NAMES[0]
    found = opened(path, contract(NAMES[0], **changes))
    return preview.preview(found, diagnose(found))


@pytest.fixture
def inputs(root: Path) -> Path:
    """Three files of two hundred records, and a grid of six."""
    (root / "data" / "one.csv").unlink()
    for name in "abc":
        (root / "data" / f"{name}.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(200)))
    (root / "grid.json").write_text('{"a": [1, 2, 3], "b": [1, 2]}')
    return root


@pytest.mark.parametrize(
    "changes",
    [WHOLE, {**WHOLE, "workers": 2}, {**SWEEP, "workers": 4}, {**TABLE, **WHOLE}, {"input": "data/a.csv", **WHOLE}],
)
def test_what_is_reported_is_what_is_planned(inputs: Path, changes: dict[str, Any]) -> None:
    changes = {"workers": 8, **changes}
    plan = make_plan(Contract.from_valid(data(**changes)), inputs)
    partitions = "1 partition" if plan.count == 1 else f"{plan.count} partitions"
    workers = "1 worker" if plan.effective_workers == 1 else f"{plan.effective_workers} workers"
    assert shown(inputs, **changes) == f"{partitions} on {workers}"


@pytest.mark.parametrize("changes", [{}, TABLE, {"partition_strategy": "row-chunks"}, {"target_partitions": 0}])
def test_of_chunks_the_aim_is_reported(inputs: Path, changes: dict[str, Any]) -> None:
    changes = {"workers": 8, **changes}
    plan = make_plan(Contract.from_valid(data(**changes)), inputs)
    assert shown(inputs, **changes) == f"about {plan.count} partitions on {plan.effective_workers} workers"


def test_what_cannot_be_cut_is_not(inputs: Path) -> None:
    for name in "abc":
        (inputs / "data" / f"{name}.csv").write_bytes(gzip.compress(b"n\n1\n"))
    assert shown(inputs, workers=8) == "3 partitions on 3 workers"
    assert shown(inputs, workers=8, input_format={"splittable": False}) == "3 partitions on 3 workers"


@pytest.mark.parametrize(
    "changes",
    [
        {"input": "gone/*.csv"},
        {"workers": 0},
        {"split": "data-partitions", "partition_by": {"column": "n", "kind": "group"}},
        {"target_partitions": 10**8},
    ],
)
def test_nothing_is_reported_where_nothing_would_run(inputs: Path, changes: dict[str, Any]) -> None:
    assert shown(inputs, **changes) == ""


def test_a_large_grid_is_not_read(inputs: Path) -> None:
    (inputs / "grid.json").write_text("[" + "1," * (1 << 20) + "1]")
    assert shown(inputs, **SWEEP) == ""


def test_data_is_not_read(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("records are looked at")

    monkeypatch.setattr("parallel_stage.plan.splits.sources.survey", refuse)
    assert shown(inputs, workers=8) == "about 64 partitions on 8 workers"


def test_it_stands_at_the_strategy(root: Path) -> None:
    found = opened(root / NAMES[0], contract(NAMES[0]))
    assert found.text[slice(*preview.place(found))] == "partition_strategy"
    assert preview.place(opened(root / NAMES[0], "")) == (0, 0)

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parallel_stage.contract.model import Contract
from parallel_stage.interop.agilab_preview import preview
from support import data

FIGURES = Path(__file__).with_name("agilab_preview_figures.jsonl")
"""What AGILAB's own script plans: files, cores, workers, strategy, target, minimum; then workers and partitions, if
the files can be cut and if not."""


def test_the_documented_figures() -> None:
    contract = Contract.from_valid(data(workers="auto", target_partitions=64, min_partitions_per_worker=2))
    found = preview(contract, contract_path="p.toml", issues=(), file_count=3, cores=8)
    policy = found["low_file_count_policy"]
    assert (policy["file_count"], policy["available_cores"], policy["requested_workers"]) == (3, 8, 8)
    figures = [
        (policy[key]["effective_workers"], policy[key]["planned_partitions"])
        for key in ("splittable_large_files", "unsplittable_small_files")
    ]
    assert figures == [(8, 64), (3, 3)]


def test_fields() -> None:
    found = preview(Contract.from_valid(data(workers=2)), contract_path="p.toml", issues=["bad"], file_count=0, cores=8)
    assert set(found) == {
        "schema",
        "example",
        "goal",
        "contract_path",
        "contract_valid",
        "contract_issues",
        "contract",
        "low_file_count_policy",
        "recommended_sequence",
    }
    assert found["schema"] == "agilab.example.parallel_stage.preview.v1"
    assert (found["contract_path"], found["contract_valid"], found["contract_issues"]) == ("p.toml", False, ["bad"])
    assert found["contract"] == {
        name: data(workers=2)[name]
        for name in (
            "name",
            "function",
            "split",
            "workers",
            "partition_strategy",
            "target_partitions",
            "min_partitions_per_worker",
            "reducer",
            "backend",
        )
    }
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(("cores", "expected"), [(1, 64), (8, 64), (100, 200)])
def test_auto_is_as_many_workers_as_cores(cores: int, expected: int) -> None:
    found = preview(Contract.from_valid(data(workers="auto")), contract_path="p", issues=(), file_count=3, cores=cores)
    policy = found["low_file_count_policy"]
    assert policy["requested_workers"] == cores
    assert policy["splittable_large_files"]["planned_partitions"] == expected


def test_the_figures_are_those_of_agilabs_preview() -> None:
    cases = [json.loads(line) for line in FIGURES.read_text(encoding="utf-8").splitlines()]
    assert len(cases) == 336
    for files, cores, workers, strategy, target, minimum, cut, whole in cases:
        fields = {"workers": workers, "partition_strategy": strategy, "target_partitions": target}
        contract = Contract.from_valid(data(**fields, min_partitions_per_worker=minimum))
        found = preview(contract, contract_path="p", issues=(), file_count=files, cores=cores)["low_file_count_policy"]
        figures = [list(found[key].values())[:2] for key in ("splittable_large_files", "unsplittable_small_files")]
        assert figures == [cut, whole], (files, cores, fields, minimum)

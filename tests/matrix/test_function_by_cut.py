"""Functions by cuts: a chunked run gives what the whole file gives, or the check has said that it may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage import check, run_stage
from parallel_stage.errors import ParallelStageError
from support import toml

from .functions import BEYOND_ONE_ROW, ROW_BY_ROW, Function

if TYPE_CHECKING:
    from pathlib import Path

CUTS: tuple[dict[str, Any], ...] = (
    {"partition_strategy": "row-chunks", "target_partitions": 2},
    {"partition_strategy": "row-chunks", "target_partitions": 7},
    {"partition_strategy": "row-chunks", "target_partitions": 24},
    {"partition_strategy": "file-chunks", "target_partitions": 3},
    {"partition_strategy": "file-chunks", "target_partitions": 8},
    {"partition_strategy": "row-chunks", "target_partitions": 5, "split": "data-partitions"},
)
WHOLE = {"partition_strategy": "one-file-per-partition", "target_partitions": 0, "split": "files"}
FIELDS: dict[str, Any] = {
    "function": "work:work",
    "split": "files",
    "workers": 2,
    "min_partitions_per_worker": 1,
    "reducer": "concat-jsonl",
    "output": "result.jsonl",
    "threads_per_worker": 1,
}


def _contract(function: Function, cut: dict[str, Any], directory: Path) -> Path:
    (directory / "data").mkdir(parents=True, exist_ok=True)
    (directory / "work.py").write_text(function.code, encoding="utf-8")
    (directory / function.name).write_text(function.data, encoding="utf-8")
    contract = directory / "parallel_stage.toml"
    contract.write_text(
        toml(**{**FIELDS, "input": function.name.replace("table", "*"), **function.fields, **cut}), encoding="utf-8"
    )
    return contract


def _result(contract: Path) -> bytes | None:
    """The bytes of the result; None for a run that fails, which tells as well."""
    try:
        return run_stage(contract, backend="local").result.read_bytes()
    except ParallelStageError:
        return None


def _findings(contract: Path) -> list[str]:
    return [f"{found.rule}: {found.message}" for found in check(contract, inputs=True)]


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_what_works_row_by_row_is_the_same_under_every_cut_and_no_finding(name: str, tmp_path: Path) -> None:
    function = ROW_BY_ROW[name]
    whole = _result(_contract(function, WHOLE, tmp_path / "whole"))
    assert whole
    for number, cut in enumerate(CUTS):
        contract = _contract(function, cut, tmp_path / str(number))
        assert _result(contract) == whole, cut
        assert _findings(contract) == [], cut


@pytest.mark.parametrize("name", BEYOND_ONE_ROW)
def test_what_looks_beyond_one_row_differs_under_some_cut_and_is_a_finding(name: str, tmp_path: Path) -> None:
    function = BEYOND_ONE_ROW[name]
    whole = _result(_contract(function, WHOLE, tmp_path / "whole"))
    assert whole
    same = []
    for number, cut in enumerate(CUTS):
        contract = _contract(function, cut, tmp_path / str(number))
        same.append(_result(contract) == whole)
        rules = {finding.partition(":")[0] for finding in _findings(contract)}
        assert rules & {"neighbour-dependence", "types-guessed"}, cut
    assert not all(same)


@pytest.mark.parametrize("name", BEYOND_ONE_ROW)
def test_a_whole_file_is_no_finding(name: str, tmp_path: Path) -> None:
    function = BEYOND_ONE_ROW[name]
    for cut in (WHOLE, {**CUTS[0], "input_format": {"splittable": False}}):
        contract = _contract(function, {**cut}, tmp_path)
        rules = {finding.partition(":")[0] for finding in _findings(contract)}
        assert not rules & {"neighbour-dependence", "types-guessed"}

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.document import parse
from parallel_stage.lint.rules.cross_file import duplicates, output_claim
from support import toml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _found(*contracts: tuple[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    claims = [output_claim(parse(toml(**changes).encode(), path)) for path, changes in contracts]
    return [(path, rule.id, finding.message) for path, rule, finding in duplicates(claims)]


def test_an_output_is_a_place_however_it_is_written() -> None:
    found = _found(
        ("b/parallel_stage.toml", {"name": "b", "output": "../a/./r.jsonl"}),
        ("a/parallel_stage.toml", {"name": "a", "output": "r.jsonl"}),
        ("c/parallel_stage.toml", {"name": "c", "output": os.path.abspath("a/r.jsonl")}),
        ("d/parallel_stage.toml", {"name": "d", "output": "r.jsonl"}),
    )
    first = "which a/parallel_stage.toml writes too; write to another place"
    assert found == [
        ("b/parallel_stage.toml", "duplicate-output", f'output is "../a/r.jsonl", {first}'),
        ("c/parallel_stage.toml", "duplicate-output", f'output is "../a/r.jsonl", {first}'),
    ]


def test_contracts_that_name_themselves_write_nothing_there() -> None:
    itself = {"name": "b", "output": "parallel_stage.toml"}
    assert _found(("parallel_stage.toml", itself), ("a.parallel_stage.toml", {"output": "parallel_stage.toml"})) == []


def test_a_name_belongs_to_a_project(tmp_path: Path) -> None:
    for project in ("a", "b"):
        (tmp_path / project / "stages").mkdir(parents=True)
        (tmp_path / project / "pyproject.toml").touch()
    found = _found(
        ("a/parallel_stage.toml", {"output": "1.jsonl"}),
        ("b/parallel_stage.toml", {"output": "2.jsonl"}),
        ("a/stages/parallel_stage.toml", {"output": "3.jsonl"}),
        ("b/stages/parallel_stage.toml", {"output": "4.jsonl", "name": "other"}),
    )
    assert [(path, rule) for path, rule, _ in found] == [("a/stages/parallel_stage.toml", "duplicate-name")]


@pytest.mark.parametrize("value", [None, 1, " ", ""])
def test_what_is_not_there_is_not_shared(value: object) -> None:
    broken = {"name": value, "output": value}
    assert _found(("a/parallel_stage.toml", broken), ("b/parallel_stage.toml", broken)) == []


def test_any_document_may_be_requested() -> None:
    assert output_claim(parse(b"[1]", "a.json")) == ("a.json", "", "")

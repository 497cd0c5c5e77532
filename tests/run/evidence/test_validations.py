"""What was proved stands for one contract and its code, and for no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import support
from parallel_stage.contract.model import Contract
from parallel_stage.plan.planner import make_plan
from parallel_stage.run.evidence.validations import Validations, validations_of

if TYPE_CHECKING:
    from pathlib import Path

REDUCER = "def merge(parts, output):\n    output.write_bytes(b'')\n"


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    (tmp_path / "t.csv").write_text("a\n1\n")
    (tmp_path / "work.py").write_text("import helper\ndef work(path):\n    return 1\n")
    (tmp_path / "helper.py").write_text("")
    (tmp_path / "reducing.py").write_text(REDUCER)
    fields: dict[str, Any] = {"function": "work:work", "input": "t.csv", "reducer": "custom", "notes": "none"}
    return Contract.from_valid(support.data(**fields, split="files", reducer_function="reducing:merge"))


def of(directory: Path, contract: Contract) -> Validations:
    return validations_of(contract, make_plan(contract, str(directory)), (str(directory),))


def labels(validations: Validations) -> list[str]:
    return [each["label"] for each in validations.found()]


def test_each_kind_is_kept_once(tmp_path: Path, contract: Contract) -> None:
    found = of(tmp_path, contract)
    assert found.found() == []
    for label, summary in [("verify", "old"), ("one-partition", "one"), ("verify", "new")]:
        found.record(label, summary)
    assert [(each["label"], each["summary"]) for each in found.found()] == [("one-partition", "one"), ("verify", "new")]
    assert (tmp_path / ".parallel-stage" / ".gitignore").exists()


def test_where_a_stage_runs_changes_nothing(tmp_path: Path, contract: Contract) -> None:
    of(tmp_path, contract).record("verify", "")
    other = replace(contract, backend="dask", workers=7, threads_per_worker=2, output="else.json", notes="other")
    assert labels(of(tmp_path, other)) == ["verify"]


def test_another_contract_has_none(tmp_path: Path, contract: Contract) -> None:
    of(tmp_path, contract).record("verify", "")
    assert labels(of(tmp_path, replace(contract, target_partitions=contract.target_partitions + 1))) == []


@pytest.mark.parametrize("module", ["work", "helper", "reducing"])
def test_other_code_has_none_and_replaces_what_was_there(tmp_path: Path, contract: Contract, module: str) -> None:
    old = of(tmp_path, contract)
    old.record("verify", "")
    with (tmp_path / f"{module}.py").open("a") as file:
        file.write("more = 1\n")
    new = of(tmp_path, contract)
    assert labels(new) == []
    new.record("one-partition", "")
    assert (labels(new), labels(old)) == (["one-partition"], [])


def test_code_without_source_has_none(tmp_path: Path, contract: Contract) -> None:
    found = of(tmp_path, replace(contract, function="builtins:len"))
    found.record("verify", "")
    assert (found.identity, found.found(), found.path.exists()) == ("", [], False)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"identity": "ID", "validations": [1, {"label": "verify"}]}', "\xff"])
def test_a_damaged_file_is_none(tmp_path: Path, contract: Contract, text: str) -> None:
    found = of(tmp_path, contract)
    found.record("verify", "")
    found.path.write_text(text.replace("ID", found.identity), encoding="latin-1")
    assert found.found() == []
    found.record("verify", "")
    assert labels(found) == ["verify"]


def test_a_directory_that_cannot_be_written_is_no_failure(tmp_path: Path, contract: Contract) -> None:
    (tmp_path / ".parallel-stage").write_text("a file")
    of(tmp_path, contract).record("verify", "")
    assert labels(of(tmp_path, contract)) == []

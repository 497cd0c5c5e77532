from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.model import Contract
from parallel_stage.interop.agilab_stage import Source, contract_path, depends_on, stage_of
from support import data, toml

if TYPE_CHECKING:
    from pathlib import Path


def source(directory: Path, **changes: Any) -> Source:
    path = directory / "delays.parallel_stage.toml"
    return Source(Contract.from_valid(data(**changes)), toml(**changes), str(path))


def test_paths_start_where_agilab_runs_the_stage(tmp_path: Path) -> None:
    stage = stage_of(source(tmp_path / "code"), str(tmp_path / "apps" / "delays_project"))
    assert stage["consumes"] == ["../../code/data/*.csv", "../../code/delays.parallel_stage.toml"]
    assert stage["produces"] == ["../../code/results/delays.jsonl"]
    assert contract_path(stage["C"]) == "../../code/delays.parallel_stage.toml"
    absolute = stage_of(source(tmp_path, input="/data/x.csv"), str(tmp_path))
    assert os.path.normpath(tmp_path / absolute["consumes"][0]) == "/data/x.csv"


def test_an_output_that_names_the_contract_is_no_product(tmp_path: Path) -> None:
    assert stage_of(source(tmp_path, output="delays.parallel_stage.toml"), str(tmp_path))["produces"] == []


def test_any_path_is_a_text_in_the_code(tmp_path: Path) -> None:
    name = 'it\'s "here" \\ {x}\n.toml'
    found = stage_of(source(tmp_path)._replace(path=str(tmp_path / name)), str(tmp_path))
    assert contract_path(found["C"]) == name.replace(os.sep, "/")


def test_a_stage_waits_for_those_that_produce_what_it_consumes(tmp_path: Path) -> None:
    stage = stage_of(source(tmp_path), str(tmp_path))
    others: list[dict[str, Any]] = [
        {"id": "clean", "produces": ["data/a.csv"]},
        {"id": "one", "produces": "data/b.csv"},
        {"id": "delays", "produces": ["data/c.csv"]},
        {"id": "other", "produces": ["data/a.json"]},
        {"produces": ["data/d.csv"]},
        {"id": "odd", "produces": {"path": 1}},
    ]
    assert depends_on(stage, others) == ["clean", "one"]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "print(1)",
        "run_stage()",
        "run_stage(path)",
        "run_stage(1)",
        "run_stage('a'); run_stage('b')",
        "def broken(:",
        "\0",
        "(" * 3000,
        "-" * 200_000 + "1",
    ],
)
def test_other_code_names_no_contract(code: str) -> None:
    assert contract_path(code) is None


def test_the_call_may_be_written_otherwise() -> None:
    assert contract_path("import parallel_stage as ps\nresult = ps.run_stage('a.toml', workers=2)") == "a.toml"


def test_the_code_runs_the_stage_as_a_script_and_inside_another_program(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text("def work(path):\n    return [{'lines': len(open(path).readlines())}]\n")
    (tmp_path / "data").mkdir()
    for name in "ab":
        (tmp_path / "data" / f"{name}.csv").write_text("x\n1\n")
    changes = {"function": "counting:work", "workers": 2, "partition_strategy": "one-file-per-partition"}
    made = source(tmp_path, **changes)
    (tmp_path / "delays.parallel_stage.toml").write_text(made.text)
    code = stage_of(made, str(tmp_path))["C"]
    ast.parse(code)
    (tmp_path / "stage.py").write_text(code)
    host = "if __name__ == '__main__':\n    exec(open('stage.py').read(), {'__name__': 'x'})\n"
    (tmp_path / "host.py").write_text(host)
    for script in ("stage.py", "host.py"):
        subprocess.run([sys.executable, script], cwd=tmp_path, check=True, capture_output=True)
        result = tmp_path / "results/delays.jsonl"
        assert [json.loads(line) for line in result.read_text().splitlines()] == [{"lines": 2}, {"lines": 2}]
        result.unlink()

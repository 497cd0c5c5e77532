"""`plan` and `run` of contracts that have a configuration, as processes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from configurations import project, write
from support import toml

if TYPE_CHECKING:
    from pathlib import Path

TOOL = (sys.executable, "-c", "from parallel_stage.cli import main; main()")
FUNCTION = "def double(item):\n    return {'twice': 2 * item}\n"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A sweep in `apps`, whose function only `shared/python` holds."""
    write(tmp_path / "shared" / "python", FUNCTION, "doubling.py")
    write(tmp_path / "apps", "[1, 2, 3]", "grid.json")
    return write(tmp_path / "apps", _sweep(), "parallel_stage.toml")


def _sweep(**changes: Any) -> str:
    fields = {
        "function": "doubling:double",
        "split": "parameter-sweep",
        "input": "grid.json",
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "workers": 2,
    }
    return toml(**{**fields, **changes})


def _called(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*TOOL, *arguments], capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_a_run_finds_the_function_in_a_search_root(tmp_path: Path, contract: Path, backend: str) -> None:
    refused = _called("run", str(contract), "--backend", backend, code=4)
    assert "No module named 'doubling'" in refused.stderr
    project(tmp_path, search_roots=["shared/python"])
    _called("run", str(contract), "--backend", backend)
    lines = (tmp_path / "apps" / "results" / "delays.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"twice": 2}, {"twice": 4}, {"twice": 6}]


def test_partitions_are_those_of_the_function_that_is_found(tmp_path: Path, contract: Path) -> None:
    def ids() -> list[str]:
        return [
            partition["id"] for partition in json.loads(_called("plan", str(contract), "--json").stdout)["partitions"]
        ]

    without = ids()
    project(tmp_path, search_roots=["shared/python"])
    found = ids()
    assert not set(without) & set(found)
    write(tmp_path / "shared" / "python", FUNCTION + "# changed\n", "doubling.py")
    assert not set(found) & set(ids())


def test_check_sees_the_function_there_too(tmp_path: Path, contract: Path) -> None:
    project(tmp_path, search_roots=["shared/python"])
    write(tmp_path / "shared" / "python", "def other(item):\n    return item\n", "doubling.py")
    assert "function-undefined" in _called("plan", str(contract), code=1).stderr


def test_an_error_that_is_ignored_or_is_no_error_here_stops_nothing(tmp_path: Path, contract: Path) -> None:
    write(tmp_path / "shared" / "python", "def double(item, more):\n    return item\n", "doubling.py")
    project(tmp_path, search_roots=["shared/python"])
    assert "function-arity" in _called("plan", str(contract), code=1).stderr
    for keys in (
        {"ignore": ["function-arity"]},
        {"severity": {"function-arity": "warning"}},
        {"per_file_ignores": {"apps/": ["function-arity"]}},
        {"select": ["single-worker"]},
        {"severity": {"function-arity": "info"}, "strict": True},
    ):
        project(tmp_path, search_roots=["shared/python"], **keys)
        assert "partitions  3" in _called("plan", str(contract)).stdout


def test_a_warning_that_is_an_error_here_stops(tmp_path: Path, contract: Path) -> None:
    assert "partitions  3" in _called("plan", str(contract)).stdout
    project(tmp_path, severity={"function-not-found": "error"})
    assert "error[function-not-found]" in _called("plan", str(contract), code=1).stderr
    assert "error[function-not-found]" in _called("run", str(contract), code=1).stderr


def test_warnings_and_data_stop_nothing_whatever_is_configured(tmp_path: Path, contract: Path) -> None:
    project(tmp_path, strict=True, check_inputs=True)
    assert "partitions  3" in _called("plan", str(contract)).stdout
    (tmp_path / "apps" / "grid.json").unlink()
    assert "matches no file" in _called("plan", str(contract), code=3).stderr


def test_errors_of_the_schema_always_stop(tmp_path: Path, contract: Path) -> None:
    project(tmp_path, ignore=["wrong-type"], severity={"wrong-type": "info"})
    contract.write_text(_sweep(workers=True))
    assert "error[wrong-type]" in _called("plan", str(contract), code=1).stderr


def test_a_configuration_that_makes_no_sense_stops(tmp_path: Path, contract: Path) -> None:
    project(tmp_path, strict=1)
    for command in ("plan", "run"):
        assert "pyproject.toml:2:10: strict is 1, an integer" in _called(command, str(contract), code=2).stderr

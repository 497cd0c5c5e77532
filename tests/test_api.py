"""The public API: what `docs/api.md` lists can be imported, and does what its docstrings say."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import parallel_stage
from parallel_stage import Contract, InvalidContractError, UsageError
from support import VALID, toml

if TYPE_CHECKING:
    from parallel_stage import RunResult

API_PAGE = Path(__file__).parents[1] / "docs" / "api.md"
FIELDS: dict[str, Any] = {
    "function": "work:work",
    "input": "data/*.txt",
    "partition_strategy": "one-file-per-partition",
    "target_partitions": 0,
    "workers": "auto",
    "reducer": "collect-json",
    "output": "result.json",
}
CODE = "def work(path):\n    return path.read_text()\n"


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A contract with two input files beside it."""
    (tmp_path / "data").mkdir()
    for name in ("a", "b"):
        (tmp_path / "data" / f"{name}.txt").write_text(name)
    (tmp_path / "work.py").write_text(CODE)
    path = tmp_path / "stage.parallel_stage.toml"
    path.write_text(toml(**FIELDS))
    return path


def result_of(run: RunResult) -> Any:
    return json.loads(run.result.read_text())


@pytest.mark.parametrize("name", sorted(set(parallel_stage.__all__) - {"__version__"}))
def test_every_name_is_there_and_documented(name: str) -> None:
    found = getattr(parallel_stage, name)
    assert found.__module__.startswith("parallel_stage.")
    assert found.__doc__


def test_the_page_documents_every_name() -> None:
    documented = re.findall(r"^## `(\w+)", API_PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(documented) == sorted(set(parallel_stage.__all__) - {"__version__"})


def test_every_name_has_one_home() -> None:
    assert list(parallel_stage.__all__) == sorted(parallel_stage.__all__)
    homes = [name for names in parallel_stage._HOMES.values() for name in names]
    assert sorted(homes) == list(parallel_stage.__all__)
    assert set(parallel_stage.__all__) <= set(dir(parallel_stage))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'parallel_stage' has no attribute 'nothing'"):
        _ = parallel_stage.nothing


def test_a_name_stays_itself_once_its_module_is_imported() -> None:
    importlib.import_module("parallel_stage.lint.engine.check_document")
    importlib.import_module("parallel_stage.cli.check")
    assert callable(parallel_stage.check)


def test_the_version_is_that_of_the_distribution() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "parallel_stage", "--version"], capture_output=True, text=True, check=True
    )
    assert parallel_stage.__version__ in run.stdout
    assert parallel_stage.__version__ == metadata.version("parallel-stage")


def test_python_dash_m_is_the_command(stage: Path) -> None:
    command = [sys.executable, "-m", "parallel_stage", "check", stage.name]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=stage.parent)
    assert (run.returncode, run.stdout) == (0, "1 contract checked: no problems\n")


@pytest.mark.parametrize("kind", [str, Path])
def test_check_finds_what_the_command_finds(stage: Path, kind: Any) -> None:
    assert parallel_stage.check(kind(stage)) == []
    stage.write_text(toml(**FIELDS | {"workers": 1}))
    assert [found.rule for found in parallel_stage.check(kind(stage))] == ["single-worker"]


def test_check_obeys_configurations_and_baselines(stage: Path) -> None:
    stage.write_text(toml(**FIELDS | {"workers": 1, "input": "data/*.csv"}))
    (stage.parent / ".parallel-stage.toml").write_text('ignore = ["single-worker", "nonsense"]\n')
    assert [found.rule for found in parallel_stage.check(stage)] == ["unknown-rule"]
    assert [found.rule for found in parallel_stage.check(stage, inputs=True)] == [
        "unknown-rule",
        "input-matches-nothing",
    ]


def test_check_reports_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert [found.rule for found in parallel_stage.check(tmp_path / "nothing.toml")] == ["unreadable"]


def test_check_with_a_root(stage: Path) -> None:
    elsewhere = stage.parent / "stages"
    elsewhere.mkdir()
    contract = stage.rename(elsewhere / stage.name)
    assert [found.rule for found in parallel_stage.check(contract, inputs=True)] == [
        "function-not-found",
        "input-matches-nothing",
    ]
    assert parallel_stage.check(contract, inputs=True, root=stage.parent) == []


@pytest.mark.parametrize("kind", [str, Path])
def test_load_gives_a_contract(tmp_path: Path, kind: Any) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml())
    assert parallel_stage.load(kind(path)) == Contract.from_valid(VALID)


def test_load_refuses_with_every_error_as_data(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml(workers=0, split="file", name=None))
    with pytest.raises(InvalidContractError) as caught:
        parallel_stage.load(path)
    error = caught.value
    assert [problem.rule for problem in error.problems] == ["missing-key", "unknown-value", "out-of-range"]
    assert [problem.start.line for problem in error.problems] == sorted(
        problem.start.line for problem in error.problems
    )
    first, *lines = error.message.split("\n")
    assert first == f"{path} is not a valid contract"
    assert all(problem.message in line for problem, line in zip(error.problems, lines, strict=True))
    assert error.exit_code == 1
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- errors cross process boundaries
    assert (copy.message, copy.problems) == (error.message, error.problems)


def test_load_refuses_what_breaks_a_rule(stage: Path) -> None:
    stage.write_text(toml(function="work:wrok"))
    with pytest.raises(InvalidContractError, match="function-undefined"):
        parallel_stage.load(stage)


def test_load_refuses_what_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(InvalidContractError, match="does not exist"):
        parallel_stage.load(tmp_path / "nothing.toml")


@pytest.mark.parametrize("kind", [str, Path])
def test_a_plan_of_a_file_starts_at_the_file(stage: Path, kind: Any) -> None:
    plan = parallel_stage.make_plan(kind(stage), cores=3)
    assert plan.count == 2
    assert [partition.index for partition in plan.partitions()] == [0, 1]


def test_a_plan_of_a_contract_starts_at_the_root_or_here(stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = parallel_stage.load(stage)
    assert parallel_stage.make_plan(contract, root=stage.parent).count == 2
    with pytest.raises(parallel_stage.NoInputError):
        parallel_stage.make_plan(contract, root=stage.parent / "data")
    monkeypatch.chdir(stage.parent)
    assert list(parallel_stage.make_plan(contract).partitions()) == list(parallel_stage.make_plan(stage).partitions())


@pytest.mark.parametrize("kind", [str, Path])
def test_a_run_of_a_file(stage: Path, kind: Any) -> None:
    run = parallel_stage.run_stage(kind(stage), backend="local")
    assert run.result == stage.parent / "result.json"
    assert result_of(run) == ["a", "b"]
    assert run.manifest["contract"]["path"] == str(stage)
    assert run.directory.is_relative_to(stage.parent / ".parallel-stage")


def test_a_run_of_a_contract_without_a_file(stage: Path) -> None:
    run = parallel_stage.run_stage(parallel_stage.load(stage), root=stage.parent, backend="local")
    assert result_of(run) == ["a", "b"]
    kept = Path(run.manifest["contract"]["path"])
    assert kept.parent == run.directory
    assert parallel_stage.load(kept) == parallel_stage.load(stage)
    again = parallel_stage.run_stage(kept, root=stage.parent, backend="local", partition=1)
    assert again.result.read_text() == '"b"'


def test_the_command_that_repeats_a_partition_of_a_contract_without_a_file_works(stage: Path) -> None:
    (stage.parent / "work.py").write_text("def work(path):\n    raise ValueError(path.name)\n")
    with pytest.raises(parallel_stage.PartitionsFailedError) as caught:
        parallel_stage.run_stage(parallel_stage.load(stage), root=stage.parent, backend="local")
    command = next(line for line in str(caught.value).splitlines() if " alone: " in line).partition(": ")[2]
    _, *arguments = command.split()
    repeated = [sys.executable, "-m", "parallel_stage", *arguments]
    run = subprocess.run(repeated, capture_output=True, text=True, check=False, cwd="/")
    assert run.returncode == caught.value.exit_code
    assert "ValueError: a.txt" in run.stderr


def test_a_verification_runs_in_processes_of_its_own(stage: Path) -> None:
    (stage.parent / "work.py").write_text("import os\ndef work(path):\n    return os.getpid()\n")
    found = parallel_stage.verify(stage)
    assert (found.status, [check.name for check in found.checks]) == ("differs", ["the same cut again"])
    assert str(os.getpid()) not in found.checks[0].found.values
    (stage.parent / "work.py").write_text("def work(path):\n    return path.name\n")
    assert parallel_stage.verify(stage, backends=["pool"]).status == "passed"
    assert not (stage.parent / "result.json").exists()
    with pytest.raises(parallel_stage.UsageError, match="'pol' is no backend"):
        parallel_stage.verify(stage, backends=["pol"])
    with pytest.raises(parallel_stage.UsageError, match="sample is 1"):
        parallel_stage.verify(stage, sample=1)


def test_overrides_of_a_run(stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    run = parallel_stage.run_stage(stage, backend="pool", workers=2, output=Path("here.json"))
    assert run.result == elsewhere / "here.json"
    assert (run.manifest["ran"]["backend"], run.manifest["ran"]["workers"]) == ("pool", 2)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"backend": "dsak"}, "did you mean"),
        ({"workers": 0}, "at least 1"),
        ({"workers": "many"}, "workers"),
        ({"output": ""}, "output"),
        ({"partition": 2}, "there is no partition 2"),
        ({"scheduler": "tcp://127.0.0.1:1", "backend": "pool"}, "dask"),
        ({"tls_ca": __file__, "backend": "pool"}, "dask"),
        ({"scheduler": Path("no.json"), "backend": "dask"}, "no.json cannot be read"),
        ({"scheduler": "tcp://127.0.0.1:1", "tls_cert": __file__, "backend": "dask"}, "is not encrypted"),
    ],
)
def test_an_argument_that_makes_no_sense_is_a_usage_error(stage: Path, settings: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parallel_stage.run_stage(stage, **settings)
    assert not (stage.parent / "result.json").exists()


def test_a_run_that_is_resumed(stage: Path) -> None:
    first = parallel_stage.run_stage(stage, backend="local", resume=True)
    again = parallel_stage.run_stage(stage, backend="local", resume=True)
    assert again.directory == first.directory
    assert again.manifest["partitions"]["kept"] == first.manifest["partitions"]["done"] > 0
    new = parallel_stage.run_stage(stage, backend="local", keep_parts=1)
    assert new.directory != first.directory
    assert not (first.directory / "parts").exists()


def test_an_observer_sees_the_run(stage: Path) -> None:
    seen: list[str] = []

    class Watch(parallel_stage.Observer):
        def started(self, run: parallel_stage.Started) -> None:
            seen.append(f"{run.partitions} on {run.backend}")

        def advanced(self, done: int, failed: int) -> None:
            seen.append(f"{done} done, {failed} failed")

    parallel_stage.run_stage(stage, backend="local", observer=Watch())
    assert (seen[0], seen[-1]) == ("2 on local", "2 done, 0 failed")

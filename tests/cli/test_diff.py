"""`parallel-stage diff OLD NEW`: what follows from the changes from one contract to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from git_repository import commit, state, write
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Any]

NAME = "stages/parallel_stage.toml"
CONTRACT = toml(function="process:f", workers=4)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, {NAME: CONTRACT, "stages/process.py": "import helper\n\n\ndef f(path):\n    return helper.g()\n"})
    write(tmp_path, {"stages/helper.py": "def g():\n    return {}\n", "notes.md": "# Notes\n"})
    commit(tmp_path)
    write(tmp_path, {"elsewhere/old.toml": CONTRACT, NAME: CONTRACT.replace("pool", "dask")})
    return tmp_path


def _rules(command: Command, *arguments: str) -> list[tuple[str, str, int]]:
    done = command("diff", "--format", "json", *arguments)
    assert done.code == 0, done.err
    return [(each["path"], each["rule"], each["line"]) for each in json.loads(done.out)["issues"]]


def test_two_files_are_compared_wherever_the_old_one_lies(command: Command, repository: Path) -> None:
    assert repository
    assert _rules(command, "elsewhere/old.toml", NAME) == [(NAME, "only-execution-changes", 11)]
    done = command("diff", "elsewhere/old.toml", NAME)
    assert 'backend is "dask", and was "pool" in elsewhere/old.toml' in done.out


def test_what_means_the_same_is_said(command: Command, repository: Path) -> None:
    (repository / "same.toml").write_text("# other words\n" + CONTRACT)
    done = command("diff", "elsewhere/old.toml", "same.toml")
    assert done.code == 0
    assert done.err == "note: nothing follows from the changes from elsewhere/old.toml to same.toml\n"


def test_a_revision_has_its_own_code(command: Command, repository: Path) -> None:
    old = f"HEAD:{NAME}"
    assert _rules(command, old, NAME) == [(NAME, "only-execution-changes", 11)]
    write(repository, {"stages/helper.py": "def g():\n    return 1\n"})
    expected = [("result-changes", 3), ("only-execution-changes", 11)]
    assert [(rule, line) for _, rule, line in _rules(command, old, NAME)] == expected
    assert [(rule, line) for _, rule, line in _rules(command, NAME, old)] == expected
    commit(repository)
    assert [(rule, line) for _, rule, line in _rules(command, f"HEAD~1:{NAME}", f"HEAD:./{NAME}")] == expected
    assert _rules(command, f"HEAD:{NAME}", NAME) == []


def test_the_code_of_the_reducer_counts(command: Command, repository: Path) -> None:
    write(repository, {NAME: toml(function="process:f", reducer="custom", reducer_function="helper:g", notes="merges")})
    write(repository, {"stages/process.py": "def f(path):\n    return {}\n"})
    commit(repository)
    write(repository, {"stages/helper.py": "def g():\n    return 1\n"})
    assert [rule for _, rule, _ in _rules(command, f"HEAD:{NAME}", NAME)] == ["result-changes"]
    commit(repository)
    assert [rule for _, rule, _ in _rules(command, f"HEAD~1:{NAME}", f"HEAD:{NAME}")] == ["result-changes"]


def test_data_counts_partitions(command: Command, repository: Path) -> None:
    write(repository, {f"stages/data/{name}.csv": "a\n1\n" for name in "ab"})
    write(repository, {NAME: CONTRACT.replace("*.csv", "a.csv")})
    assert "1 of 1 partition stays reusable" in command("diff", "--inputs", f"HEAD:{NAME}", NAME).out


def test_strict_fails_where_somebody_breaks(command: Command, repository: Path) -> None:
    write(repository, {NAME: CONTRACT.replace("results/", "out/")})
    assert command("diff", f"HEAD:{NAME}", NAME).code == 0
    done = command("diff", "--strict", "--format=concise", f"HEAD:{NAME}", NAME)
    assert done.code == 1
    assert done.out.startswith(f"{NAME}:12:10: error[consumers-break]")


@pytest.mark.parametrize(
    ("old", "says"),
    [
        ("gone.toml", "'gone.toml' does not exist"),
        ("HEAD:gone.toml", "HEAD has no file at gone.toml"),
        ("nowhere:" + NAME, "has no revision nowhere"),
        ("-x:" + NAME, "is no revision"),
        ("HEAD:../../a.toml", "HEAD has no file at"),
        ("notes.md", "this is prose"),
        ("broken.toml", "broken.toml is not a valid contract"),
        ("stages", "'stages' is a directory"),
    ],
)
def test_what_cannot_be_compared_is_wrong_usage(command: Command, repository: Path, old: str, says: str) -> None:
    (repository / "broken.toml").write_text(toml(workers=0))
    done = command("diff", "--", old, NAME)
    assert done.code == 2
    assert says in done.err


def test_neither_work_tree_nor_index_changes(command: Command, repository: Path) -> None:
    write(repository, {"stages/helper.py": "def g():\n    return 1\n"})
    before = state(repository)
    _rules(command, f"HEAD:{NAME}", NAME)
    assert state(repository) == before

"""`check --new-from REV`: what a revision did not have, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from git_repository import commit, git, state, write
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Any]

NAME = "parallel_stage.toml"
OLD = toml(workers=1, function="process:f")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, {NAME: OLD, "process.py": "def f(path):\n    return {}\n"})
    commit(tmp_path)
    return tmp_path


def _rules(command: Command, *arguments: str) -> list[str]:
    done = command("check", "--new-from", "HEAD", "--format", "json", *arguments)
    return sorted(issue["rule"] for issue in json.loads(done.out)["issues"])


def test_only_what_is_new_is_reported(command: Command, repository: Path) -> None:
    assert "single-worker" in command("check").out
    assert _rules(command) == []
    (repository / NAME).write_text("# moved down\n\n" + toml(workers=1, function="process:f", output="/x.jsonl"))
    assert _rules(command) == ["absolute-path"]


def test_another_value_is_another_finding(command: Command, repository: Path) -> None:
    (repository / NAME).write_text(toml(workers=0, function="process:f"))
    assert _rules(command) == ["out-of-range"]
    commit(repository)
    assert _rules(command) == []
    (repository / NAME).write_text(toml(workers=-1, function="process:f"))
    assert _rules(command) == ["out-of-range"]


def test_a_finding_that_source_makes_is_new_though_the_contract_is_the_same(command: Command, repository: Path) -> None:
    write(repository, {"process.py": "def f(path, other):\n    return {}\n"})
    assert _rules(command) == ["function-arity"]
    commit(repository)
    assert _rules(command) == []


def test_findings_in_data_are_compared_in_the_data_of_now(command: Command, repository: Path) -> None:
    assert _rules(command, "--inputs") == []
    (repository / NAME).write_text(OLD.replace("data/*.csv", "other/*.csv"))
    assert _rules(command, "--inputs") == ["input-matches-nothing"]


def test_a_renamed_contract_keeps_its_findings(command: Command, repository: Path) -> None:
    git(repository, "mv", NAME, "delays.parallel_stage.toml")
    assert _rules(command) == []
    (repository / "delays.parallel_stage.toml").write_text(toml(workers=1, function="process:f", split="file"))
    assert _rules(command) == ["unknown-value"]
    write(repository, {"new.parallel_stage.toml": toml(workers=1, function="process:f", name="new", output="n.jsonl")})
    assert _rules(command) == ["single-worker", "unknown-value"]


def test_contracts_that_clash_are_compared_as_they_were(command: Command, repository: Path) -> None:
    write(repository, {"b.parallel_stage.toml": toml(function="process:f", name="b")})
    assert _rules(command) == ["duplicate-output"]
    commit(repository)
    assert _rules(command) == []


def test_pages_and_configurations(command: Command, repository: Path) -> None:
    page = "# Page\n\n```toml\n{}```\n"
    write(repository, {"README.md": page.format(OLD), ".parallel-stage.toml": 'ignore = ["no-such-rule"]\n'})
    assert _rules(command, "README.md") == ["single-worker", "unknown-rule"]
    commit(repository)
    assert _rules(command, "README.md") == []
    (repository / "README.md").write_text(page.format(OLD.replace("64", "-1")))
    assert _rules(command, "README.md") == ["out-of-range"]


def test_standard_input_is_compared_with_the_file_of_its_name(command: Command, repository: Path) -> None:
    text = (repository / NAME).read_text().replace("64", "-1")
    done = command("check", "--new-from=HEAD", "--format=concise", "-", stdin=text)
    assert [line.split("[")[1].split("]")[0] for line in done.out.splitlines()] == ["out-of-range"]


def test_neither_work_tree_nor_index_changes(command: Command, repository: Path) -> None:
    (repository / NAME).write_text(toml(workers=1, function="process:f", output="/x.jsonl"))
    before = state(repository)
    _rules(command)
    assert state(repository) == before


@pytest.mark.parametrize("option", ["--fix", "--diff", "--write-baseline", "--add-ignore"])
def test_what_writes_is_not_combined_with_it(command: Command, repository: Path, option: str) -> None:
    assert repository
    done = command("check", "--new-from", "HEAD", option)
    assert done.code == 2
    assert "--new-from only reports" in done.err


def test_a_revision_that_is_not_there_is_wrong_usage(command: Command, repository: Path) -> None:
    assert repository
    done = command("check", "--new-from", "nowhere")
    assert done.code == 2
    assert "has no revision nowhere" in done.err

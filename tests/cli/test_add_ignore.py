from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support import data, toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Any]

NAME = "parallel_stage.toml"
WARNED = toml(workers=1, output="/results/delays.jsonl")
ADD = ("check", "--add-ignore", "--reason", "since 2024")


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A contract with two warnings: single-worker, absolute-path."""
    path = tmp_path / NAME
    path.write_text(WARNED, encoding="utf-8")
    return path


def test_what_is_found_is_ignored_and_the_check_is_clean_from_then_on(command: Command, contract: Path) -> None:
    assert command(*ADD, NAME) == (
        0,
        "1 contract checked: no problems\n",
        "Ignored 2 problems in 1 contract\n",
    )
    text = contract.read_text(encoding="utf-8")
    assert "workers = 1  # parallel-stage: ignore[single-worker] since 2024\n" in text
    assert 'delays.jsonl"  # parallel-stage: ignore[absolute-path] since 2024\n' in text
    assert command("check", "--strict", NAME).code == 0
    assert command(*ADD, NAME) == (0, "1 contract checked: no problems\n", "")
    assert contract.read_text(encoding="utf-8") == text


def test_only_what_is_selected_is_ignored(command: Command, contract: Path) -> None:
    assert command(*ADD, "--select", "single-worker", NAME).code == 0
    assert "absolute-path" not in contract.read_text(encoding="utf-8")
    assert command("check", NAME).out.count("absolute-path") == 1


def test_a_diff_is_what_would_be_written(command: Command, contract: Path) -> None:
    done = command(*ADD, "--diff", NAME)
    assert (done.code, done.err) == (1, "Would ignore 2 problems in 1 contract\n")
    assert contract.read_text(encoding="utf-8") == WARNED
    patched = subprocess.run(["git", "apply", "-p0", "-"], cwd=contract.parent, input=done.out, text=True, check=True)
    by_git = contract.read_text(encoding="utf-8")
    contract.write_text(WARNED, encoding="utf-8")
    assert patched.returncode == command(*ADD, NAME).code == 0
    assert contract.read_text(encoding="utf-8") == by_git != WARNED
    assert command(*ADD, "--diff", NAME) == (0, "", "")
    contract.write_text(WARNED, encoding="utf-8")
    assert command(*ADD, "--diff", "--quiet", "--exit-zero", NAME) == (0, done.out, "")


def test_errors_that_cannot_be_ignored_stay(command: Command, contract: Path) -> None:
    contract.write_text(WARNED.replace('"pool"', '"Pool"'), encoding="utf-8")
    done = command(*ADD, "--format", "concise", "--quiet", NAME)
    assert (done.code, done.err) == (1, "")
    assert [line.split()[1] for line in done.out.splitlines()] == ["error[unknown-value]"]
    contract.write_text(WARNED.replace('"pool"', '"Pool"'), encoding="utf-8")
    done = command(*ADD, "--diff", "--quiet", NAME)
    assert (done.code, "error[unknown-value]" in done.err) == (1, True)


def test_a_broken_file_is_left_alone(command: Command, contract: Path) -> None:
    contract.write_text(f"{WARNED}= [", encoding="utf-8")
    assert command(*ADD, NAME).code == 1
    assert contract.read_text(encoding="utf-8") == f"{WARNED}= ["


def test_findings_across_files_are_ignored_too(command: Command, contract: Path) -> None:
    (contract.parent / f"b.{NAME}").write_text(WARNED, encoding="utf-8")
    assert command("check").code == 1
    assert command(*ADD) == (0, "2 contracts checked: no problems\n", "Ignored 6 problems in 2 contracts\n")
    assert command("check", "--strict").code == 0
    ignored = contract.read_text(encoding="utf-8")
    assert 'name = "delays"  # parallel-stage: ignore[duplicate-name] since 2024\n' in ignored
    assert "ignore[absolute-path, duplicate-output] since 2024\n" in ignored


def test_json_cannot_be_ignored_which_is_said(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.json"
    path.write_text(json.dumps(data(workers=1)), encoding="utf-8")
    done = command(*ADD, path.name)
    assert done.err == (
        "note: parallel_stage.json is JSON, which has no comments, so 1 finding cannot be ignored there; "
        "use per-file-ignores of a configuration, or a baseline\n"
    )
    assert (done.code, done.out.count("single-worker")) == (0, 1)
    assert path.read_text(encoding="utf-8") == json.dumps(data(workers=1))


def test_what_a_baseline_knows_needs_no_comment(command: Command, contract: Path) -> None:
    command("check", "--write-baseline", NAME)
    assert command(*ADD, "--baseline", ".parallel-stage-baseline.json", NAME).err == ""
    assert contract.read_text(encoding="utf-8") == WARNED


def test_a_contract_outside_of_the_project_is_not_written(command: Command, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pyproject.toml").touch()
    (tmp_path / "outside.toml").write_text(WARNED, encoding="utf-8")
    (tmp_path / "project" / NAME).symlink_to("../outside.toml")
    assert command(*ADD, f"project/{NAME}").code == 0
    assert (tmp_path / "outside.toml").read_text(encoding="utf-8") == WARNED


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--add-ignore", "--fix"], "--add-ignore cannot be combined with --fix or --write-baseline"),
        (["--add-ignore", "--write-baseline"], "--add-ignore cannot be combined with --fix or --write-baseline"),
        (["--add-ignore", "-"], "--add-ignore writes into files; name them in place of -"),
        (["--reason", "why"], "--reason needs --add-ignore"),
        (["--add-ignore", "--reason", "one\ntwo"], "--reason has to be one line of text"),
        (["--add-ignore", "--reason", "one\u2028two"], "--reason has to be one line of text"),
        (["--add-ignore", "--diff", "--unsafe-fixes"], "--unsafe-fixes needs --fix"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, command: Command, contract: Path) -> None:
    code, out, err = command("check", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert contract.read_text(encoding="utf-8") == WARNED

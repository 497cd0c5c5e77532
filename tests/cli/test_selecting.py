"""What is asked, how severely, and what is passed over: options of `check`, configurations and baselines together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.lint.reporters import FORMATS
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Any]

NAME = "parallel_stage.toml"
WARNED = toml(workers=1, output="/results/delays.jsonl")


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A contract with two warnings: single-worker, absolute-path."""
    path = tmp_path / NAME
    path.write_text(WARNED, encoding="utf-8")
    return path


def _rules(command: Command, *arguments: str) -> list[str]:
    issues = json.loads(command("check", "--format", "json", *arguments).out)["issues"]
    return [issue["rule"] for issue in issues]


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ([], ["single-worker", "absolute-path"]),
        (["--select", "single-worker"], ["single-worker"]),
        (["--select", "single-worker, absolute-path"], ["single-worker", "absolute-path"]),
        (["--select", "single-worker", "--select", "absolute-path"], ["single-worker", "absolute-path"]),
        (["--ignore", "single-worker"], ["absolute-path"]),
        (["--select", "single-worker", "--ignore", "single-worker"], []),
    ],
)
def test_rules_are_chosen(command: Command, contract: Path, options: list[str], rules: list[str]) -> None:
    assert _rules(command, *options, contract.name) == rules


def test_shape_is_always_requested(command: Command, contract: Path) -> None:
    contract.write_text(toml(split="x"), encoding="utf-8")
    assert _rules(command, "--select", "single-worker", contract.name) == ["unknown-value"]


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_rule_that_is_none_is_refused(command: Command, contract: Path, option: str) -> None:
    done = command("check", option, "singel-worker", contract.name)
    assert (done.code, done.out) == (2, "")
    assert "there is no rule 'singel-worker'; did you mean single-worker?" in done.err


def test_severities_are_reported(command: Command, contract: Path) -> None:
    chosen = ["--ignore", "absolute-path", contract.name]
    assert command("check", *chosen).code == 0
    assert command("check", "--severity", "single-worker=error", *chosen).code == 1
    assert "note" in command("check", "--severity", "single-worker=info", *chosen).out
    assert command("check", "--strict", *chosen).code == 1
    assert command("check", "--strict", "--severity", "single-worker=info", *chosen).code == 0
    for wrong in ("single-worker=fatal", "single-worker", "nothing=error"):
        assert command("check", "--severity", wrong, *chosen).code == 2


@pytest.mark.parametrize("format_", FORMATS)
def test_strictness_does_not_depend_on_the_format(command: Command, contract: Path, format_: str) -> None:
    assert command("check", "--format", format_, contract.name).code == 0
    assert command("check", "--strict", "--format", format_, contract.name).code == 1


def test_a_configuration_holds_also_for_what_a_hook_names(command: Command, contract: Path) -> None:
    settings = contract.parent / "pyproject.toml"
    settings.write_text('[tool.parallel-stage]\nignore = ["single-worker"]\nexclude = ["old/"]\n', encoding="utf-8")
    (contract.parent / "old").mkdir()
    (contract.parent / "old" / NAME).write_text("not a contract", encoding="utf-8")
    assert _rules(command, NAME, f"old/{NAME}") == ["absolute-path"]
    assert _rules(command, ".") == ["absolute-path"]
    assert "single-worker" in _rules(command, "--no-config", NAME)
    assert "syntax-error" in _rules(command, "--no-config", ".")
    assert command("check", f"old/{NAME}").code == 0


def test_what_is_wrong_with_a_configuration_is_reported(command: Command, contract: Path) -> None:
    settings = contract.parent / ".parallel-stage.toml"
    settings.write_text('ignore = ["singel-worker"]\n', encoding="utf-8")
    first = command("check", "--format", "concise", NAME).out.splitlines()[0]
    assert first.startswith(".parallel-stage.toml:1:11: warning[unknown-rule] ")
    settings.write_text("strict = 1\n", encoding="utf-8")
    done = command("check", NAME)
    assert (done.code, done.out) == (2, "")
    assert ".parallel-stage.toml:1:10: " in done.err


def test_standard_input_goes_by_the_configuration_of_its_name(command: Command, contract: Path) -> None:
    settings = contract.parent / ".parallel-stage.toml"
    settings.write_text("[per-file-ignores]\n'old/*' = ['single-worker']\n", encoding="utf-8")
    here = command("check", "-", stdin=WARNED).out
    there = command("check", "-", "--stdin-filename", f"old/{NAME}", stdin=WARNED).out
    assert "single-worker" in here
    assert "single-worker" not in there


def test_a_baseline_from_the_first_day(command: Command, contract: Path) -> None:
    done = command("check", "--write-baseline", NAME)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("written: .parallel-stage-baseline.json, 2 findings\nhelp: use it with --baseline")
    known = ["--baseline", ".parallel-stage-baseline.json"]
    assert _rules(command, *known, NAME) == []
    contract.write_text(WARNED + "note = 1\n", encoding="utf-8")
    assert _rules(command, *known, NAME) == ["unknown-key"]
    contract.write_text(toml(workers=1), encoding="utf-8")
    assert _rules(command, *known, NAME) == ["stale-baseline"]
    assert _rules(command, *known, "--ignore", "stale-baseline", NAME) == []


def test_a_baseline_may_be_configured(command: Command, contract: Path) -> None:
    settings = contract.parent / ".parallel-stage.toml"
    settings.write_text('baseline = "known.json"\n', encoding="utf-8")
    missing = command("check", NAME)
    assert (missing.code, missing.out) == (2, "")
    assert "known.json" in missing.err
    assert "known.json" in command("check", "--write-baseline", ".").err
    assert _rules(command, ".") == []
    assert len(_rules(command, "--no-config", ".")) == 2


def test_findings_across_files_are_ignored_like_others(command: Command, contract: Path) -> None:
    other = contract.parent / f"b.{NAME}"
    other.write_text(WARNED, encoding="utf-8")
    both = [other.name, NAME, "--select"]
    assert _rules(command, *both, "duplicate-name") == ["duplicate-name"]
    assert _rules(command, *both, "duplicate-output") == ["duplicate-output"]
    mark = "# parallel-stage: ignore[duplicate-output] only one of them is run\n"
    contract.write_text(WARNED.replace("output =", f"{mark}output ="), encoding="utf-8")
    assert _rules(command, *both, "duplicate-output,unused-ignore") == []


def test_data_is_read_where_that_is_wanted(command: Command, contract: Path) -> None:
    assert "input-matches-nothing" not in _rules(command, NAME)
    assert "input-matches-nothing" in _rules(command, "--inputs", NAME)
    (contract.parent / ".parallel-stage.toml").write_text("check-inputs = true\n", encoding="utf-8")
    assert "input-matches-nothing" in _rules(command, NAME)

"""How much of a report is printed, where, in which colours, and with which exit code."""

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
MIXED = toml(workers=1, backend="Pool", output="results/delays.csv", split="x")
SUMMARY = "1 contract checked: 2 errors, 2 warnings\nfixable: 1 with --fix, 1 more with --fix --unsafe-fixes\n"


@pytest.fixture(autouse=True)
def contract(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(MIXED, encoding="utf-8")
    return path


def _second(contract: Path) -> None:
    other = toml(name="b", workers=1, output="results/b.jsonl")
    (contract.parent / f"b.{NAME}").write_text(other, encoding="utf-8")


def test_statistics_count_by_rule_the_most_often_first(command: Command, contract: Path) -> None:
    _second(contract)
    lines = (
        "2  error    unknown-value  [*]  A value is not one of those that its key allows.\n"
        "2  warning  single-worker       One worker does not parallelize.\n"
        "1  warning  output-suffix  [-]  The output's suffix promises another format than the reducer writes.\n"
        "\n"
        "2 contracts checked: 2 errors, 3 warnings\n"
        "fixable: 1 with --fix, 1 more with --fix --unsafe-fixes\n"
    )
    assert command("check", "--statistics") == (1, lines, "")


def test_statistics_as_json_have_the_same_numbers(command: Command, contract: Path) -> None:
    _second(contract)
    code, out, err = command("check", "--statistics", "--format", "json")
    listed = json.loads(out)
    assert (code, err) == (1, "")
    assert [(each["rule"], each["severity"], each["issue_count"]) for each in listed] == [
        ("unknown-value", "error", 2),
        ("single-worker", "warning", 2),
        ("output-suffix", "warning", 1),
    ]
    fixes = {each["rule"]: (each["fixable_count"], each["unsafely_fixable_count"]) for each in listed}
    assert fixes == {"single-worker": (0, 0), "unknown-value": (1, 0), "output-suffix": (0, 1)}


def test_statistics_of_nothing(command: Command, contract: Path) -> None:
    contract.write_text(toml(), encoding="utf-8")
    assert command("check", "--statistics") == (0, "1 contract checked: no problems\n", "")
    assert command("check", "--statistics", "--format", "json") == (0, "[]\n", "")


def test_statistics_after_a_fix_are_of_what_is_left(command: Command) -> None:
    code, out, err = command("check", "--fix", "--statistics", "--quiet")
    assert (code, err) == (1, "")
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["1", "error", "unknown-value"],
        ["1", "warning", "output-suffix"],
        ["1", "warning", "single-worker"],
    ]


@pytest.mark.parametrize("format_", FORMATS)
def test_quiet_prints_the_findings_alone(format_: str, command: Command) -> None:
    loud = command("check", "--format", format_)
    quiet = command("check", "--quiet", "--format", format_)
    assert (quiet.code, quiet.err) == (1, "")
    assert quiet.out == (loud.out.removesuffix(f"\n{SUMMARY}") if format_ == "text" else loud.out)
    assert (quiet.out == loud.out) is (format_ != "text")
    assert command("check", "-q", "--format", format_, "--output-file", "report") == (1, "", "")


def test_quiet_is_silent_where_nothing_is_found(command: Command, contract: Path) -> None:
    assert command("check", "--quiet", "--fix", "--ignore", "output-suffix,single-worker").err == ""
    contract.write_text(toml(), encoding="utf-8")
    assert command("check", "--quiet") == (0, "", "")
    contract.unlink()
    assert command("check", "--quiet") == (0, "", "")


def test_the_numbers_are_beside_a_file_and_under_concise(command: Command) -> None:
    """There only, or they would be there twice, or be read as part of the format."""
    assert command("check", "--format", "concise").err == SUMMARY
    for format_ in FORMATS:
        assert command("check", "--format", format_, "--output-file", f"report.{format_}").err == SUMMARY
        if format_ != "concise":
            assert command("check", "--format", format_).err == ""


def test_exit_zero_takes_away_the_code_and_nothing_else(command: Command) -> None:
    for options in ([], ["--diff"], ["--fix", "--diff"], ["--statistics"], ["--format", "json"], ["--strict"]):
        plain = command("check", *options)
        assert command("check", "--exit-zero", *options) == (0, plain.out, plain.err)
        assert plain.code == 1
    assert command("check", "--exit-zero", "--select", "nothing").code == 2
    assert command("check", "--exit-zero", "--fix").code == 0


@pytest.mark.parametrize(
    ("options", "environment", "is_coloured"),
    [
        ([], {}, False),
        (["--color", "auto"], {}, False),
        (["--color", "auto"], {"FORCE_COLOR": "1"}, True),
        (["--color", "auto"], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        (["--color", "always", "--statistics"], {}, True),
        (["--color", "always", "--format", "concise"], {}, False),
        (["--color", "always", "--format", "json"], {}, False),
    ],
)
def test_colours_are_as_the_option_says_then_the_environment(
    options: list[str],
    environment: dict[str, str],
    is_coloured: bool,  # noqa: FBT001
    command: Command,
) -> None:
    assert ("\x1b[3" in command("check", *options, **environment).out) is is_coloured


def test_a_file_has_no_colours(command: Command, tmp_path: Path) -> None:
    command("check", "--color", "always", "--output-file", "report")
    assert "\x1b" not in (tmp_path / "report").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--statistics", "--format", "sarif"], "--statistics needs --format text or json"),
        (["--statistics", "--diff"], "--statistics needs a report"),
        (["--statistics", "--write-baseline"], "--statistics needs a report"),
        (["--exit-zero", "--fix", "--exit-non-zero-on-fix"], "--exit-zero contradicts --exit-non-zero-on-fix"),
        (["--color", "sometimes"], "'sometimes' is not one of"),
    ],
)
def test_options_that_contradict(arguments: list[str], words: str, command: Command) -> None:
    code, out, err = command("check", *arguments)
    assert (code, out) == (2, "")
    assert words in err


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_has_findings_in_configurations_and_baselines(
    command: Command, tmp_path: Path, format_: str
) -> None:
    """Files that are no contracts, and were not checked."""
    (tmp_path / "parallel_stage.toml").write_text(toml(function="json:dumps"))
    stale = {"path": "gone.toml", "rule": "single-worker", "route": ["workers"], "value": "1"}
    (tmp_path / "base.json").write_text(
        json.dumps({"schema": "agilab.parallel_stage.baseline.v1", "findings": [stale]})
    )
    (tmp_path / ".parallel-stage.toml").write_text('ignore = ["nope"]\nbaseline = "base.json"\n')
    done = command("check", "--format", format_)
    assert done.code == 0, done.err
    assert "unknown-rule" in done.out
    assert "stale-baseline" in done.out

"""What bash, zsh and fish get of the program when they ask it to complete a command."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.shell_completion import get_completion_class

from parallel_stage.cli import shells
from parallel_stage.cli.group import COMMANDS, COMPLETION_VARIABLE, group
from parallel_stage.contract import schema
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import FORMATS
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    Complete = Callable[[str], list[str]]

COMMAND = Path(sys.executable).with_name("parallel-stage")
SHELLS = ("bash", "zsh", "fish")
IGNORABLE = [rule.id for rule in RULES.values() if rule.can_disable]


def _asked(shell: str, line: str) -> dict[str, str]:
    """The environment in which a shell asks, with the cursor at the end of the line."""
    words = shlex.split(line)
    if line.endswith(" "):
        words.append("")
    if shell == "bash":  # which makes words of its own of these
        words = [part for word in words for part in _bash_words(word)]
    at_cursor = words[-1] if shell == "fish" else str(len(words) - 1)
    return {"COMP_WORDS": " ".join(words), "COMP_CWORD": at_cursor}


def _bash_words(word: str) -> list[str]:
    before, equals, after = word.partition("=")
    return [part for part in (before, equals, after) if part] if equals else [word]


def _values(shell: str, printed: str) -> list[str]:
    """The completions in an answer; zsh gets three lines for each, the others one."""
    lines = printed.splitlines()
    if shell == "zsh":
        return lines[1::3]
    return [line.partition(",")[2].partition("\t")[0] for line in lines]


@pytest.fixture(params=SHELLS)
def complete(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Complete:
    shell: str = request.param

    def answer(line: str) -> list[str]:
        for name, value in _asked(shell, line).items():
            monkeypatch.setenv(name, value)
        kind = get_completion_class(shell)
        assert kind is not None
        return _values(shell, kind(group, {}, "parallel-stage", COMPLETION_VARIABLE).complete())

    return answer


def test_bash_and_fish_get_classes_of_their_own() -> None:
    assert get_completion_class("bash") is shells.BashWords
    assert get_completion_class("fish") is shells.FishWords


def test_commands(complete: Complete) -> None:
    assert complete("parallel-stage ") == [name for name in COMMANDS if name != "seed"]
    assert complete("parallel-stage expl") == ["explain"]


def test_options_and_formats(complete: Complete) -> None:
    assert complete("parallel-stage check --st") == ["--statistics", "--strict", "--stdin-filename"]
    assert complete("parallel-stage check --format ") == list(FORMATS)
    assert complete("parallel-stage check --format rd") == ["rdjson"]
    assert complete("parallel-stage check --format=rd") == ["rdjson"]
    assert complete("parallel-stage check --color ") == ["auto", "always", "never"]


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_rules(option: str, complete: Complete) -> None:
    assert complete(f"parallel-stage check {option} ") == IGNORABLE
    assert complete(f"parallel-stage check {option} dask") == ["dask-single-worker"]
    assert complete(f"parallel-stage check {option} single-worker,dask") == ["single-worker,dask-single-worker"]
    assert complete(f"parallel-stage check {option} single-worker,single") == []
    assert complete(f"parallel-stage check {option} wrong-t") == []


def test_severities(complete: Complete) -> None:
    levels = [level.value for level in Severity]
    assert complete("parallel-stage check --severity dask-s") == [f"dask-single-worker={level}" for level in levels]
    assert len(complete("parallel-stage check --severity ")) == len(IGNORABLE) * len(levels)


def test_topics(complete: Complete) -> None:
    assert complete("parallel-stage explain ") == [*RULES, *schema.field_names()]
    assert complete("parallel-stage explain wrong") == ["wrong-type"]
    assert complete("parallel-stage explain backe") == ["backend"]
    assert complete("parallel-stage explain partition_by.") == [
        name for name in schema.field_names() if name.startswith("partition_by.")
    ]
    assert complete("parallel-stage explain name=x") == complete("parallel-stage explain nothing=") == []


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "start", "values"),
    [
        ("explain backend=", "backend=", ["local", "pool", "dask"]),
        ("explain backend=d", "backend=", ["dask"]),
        ("explain input_format.kind=c", "input_format.kind=", ["csv"]),
        ("check --severity single-worker=e", "single-worker=", ["error"]),
        ("check --severity single-worker=", "single-worker=", ["error", "warning", "info"]),
    ],
)
def test_a_value_replaces_what_the_shell_takes_for_the_word(
    shell: str, line: str, start: str, values: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _asked(shell, f"parallel-stage {line}").items():
        monkeypatch.setenv(name, value)
    kind: Any = get_completion_class(shell)
    printed = kind(group, {}, "parallel-stage", COMPLETION_VARIABLE).complete()
    expected = values if shell == "bash" else [start + value for value in values]
    assert _values(shell, printed) == expected


@pytest.mark.parametrize("line", ["check ", "check --output-file ", "check --baseline ", "plan ", "run "])
def test_files_are_left_to_the_shell(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _asked("bash", f"parallel-stage {line}").items():
        monkeypatch.setenv(name, value)
    assert shells.BashWords(group, {}, "parallel-stage", COMPLETION_VARIABLE).complete() == "file,"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_program_answers_and_has_a_script_for_the_shell(shell: str, tmp_path: Path) -> None:
    def answer(kind: str, **environment: str) -> str:
        asked = {**os.environ, **environment, COMPLETION_VARIABLE: f"{shell}_{kind}"}
        return subprocess.run([COMMAND], env=asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert _values(shell, answer("complete", **_asked(shell, "parallel-stage check --format rd"))) == ["rdjson"]
    script = answer("source")
    assert f"{COMPLETION_VARIABLE}={shell}_complete" in script
    assert shell != "fish" or 'string split --max 1 "," $completion' in script


BASH = f"""
eval "$({COMPLETION_VARIABLE}=bash_source parallel-stage)"
complete -p parallel-stage | grep -q _parallel_stage_completion
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_parallel_stage_completion parallel-stage "${{COMP_WORDS[COMP_CWORD]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["check", "--select", "single"], ["single-worker"]),
        (["check", "--severity", "single-worker", "=", "w"], ["warning"]),
        (["check", "--severity", "single-worker", "="], ["error", "warning", "info"]),
        (["explain", "reducer", "=", "concat-j"], ["concat-jsonl"]),
        (["check", "--format", "=", "az"], ["azure"]),
    ],
)
def test_bash_completes(words: list[str], completed: list[str], tmp_path: Path) -> None:
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    arguments = ["bash", "-ec", BASH, "bash", "parallel-stage", *words]
    done = subprocess.run(
        arguments, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.stdout.splitlines(), done.returncode) == (completed, 0), done.stderr

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract import schema
from parallel_stage.contract.document import SIZE_LIMIT
from parallel_stage.contract.validation import violations
from parallel_stage.errors import UsageError
from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.engine.check_document import check_file
from parallel_stage.lint.suppressions import baseline
from support import toml

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.lint.diagnostic import Diagnostic

OLD = toml(workers=1, output="/results/delays.jsonl", note="x")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stages").mkdir()


def _found(text: str, path: str = "stages/parallel_stage.toml") -> list[Diagnostic]:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return check_file(path)


def _rules(found: list[Diagnostic]) -> list[str]:
    return [each.rule for each in found]


def test_what_was_written_is_not_new() -> None:
    found = _found(OLD)
    assert baseline.write("base.json", found, []) == len(found) == 3
    known = baseline.read("base.json")
    assert known.new(found) == []
    assert list(known.stale({"stages/parallel_stage.toml": DEFAULT})) == []


def test_it_may_hold_thousands() -> None:
    """More than a contract may hold, and more bytes."""
    found = _found(toml(**{f"k{number}": "x" * 1000 for number in range(1000)}))
    assert baseline.write("base.json", found, []) == 1000
    assert os.path.getsize("base.json") > SIZE_LIMIT
    assert baseline.read("base.json").new(found) == []


def test_the_file_is_what_its_schema_says() -> None:
    baseline.write("base.json", _found(OLD), [])
    with open("base.json", encoding="utf-8") as file:
        written = json.load(file)
    assert violations(written, baseline.SCHEMA) == []
    assert written["findings"][0] == {
        "path": "stages/parallel_stage.toml",
        "rule": "absolute-path",
        "route": ["output"],
        "value": '"/results/delays.jsonl"',
    }
    assert schema.schema(baseline.SCHEMA)["properties"]["schema"]["default"] == baseline.SCHEMA


def test_lines_may_move_and_values_may_not() -> None:
    baseline.write("base.json", _found(OLD), [])
    known = baseline.read("base.json")
    assert known.new(_found("# moved\n\n" + OLD)) == []
    assert _rules(known.new(_found(OLD.replace("/results", "/elsewhere")))) == ["absolute-path"]
    assert _rules(known.new(_found(toml(workers=0)))) == ["out-of-range"]


@pytest.mark.parametrize("known", [{"name": None}, {"name": None, "output": None}])
def test_another_missing_key_is_another_finding(known: dict[str, Any]) -> None:
    baseline.write("base.json", _found(toml(**known)), [])
    assert baseline.read("base.json").new(_found(toml(**known))) == []
    left = baseline.read("base.json").new(_found(toml(**known, backend=None)))
    assert [each.rule for each in left] == ["missing-key"]


def test_a_baseline_holds_from_its_own_directory_wherever_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    baseline.write("base.json", _found(OLD), [])
    monkeypatch.chdir("stages")
    assert baseline.read("../base.json").new(check_file("parallel_stage.toml")) == []


def test_entries_that_no_longer_occur_are_reported_at_their_place() -> None:
    baseline.write("base.json", _found(OLD), [])
    known = baseline.read("base.json")
    known.new(_found(toml(workers=1)))
    stale = list(known.stale({"stages/parallel_stage.toml": DEFAULT}))
    assert [(each.rule, each.path, each.start.line) for each in stale] == [
        ("stale-baseline", "base.json", 4),
        ("stale-baseline", "base.json", 20),
    ]
    assert stale[0].message == (
        "absolute-path no longer occurs in stages/parallel_stage.toml; write the baseline again"
    )


@pytest.mark.parametrize(
    ("checked", "stale"),
    [
        ({}, 0),  # the hook was given other files
        ({"other.toml": DEFAULT}, 0),
        ({"stages/parallel_stage.toml": DEFAULT}, 3),
        ({"stages/parallel_stage.toml": Settings(ignore=frozenset({"single-worker"}))}, 2),
        ({"stages/parallel_stage.toml": Settings(select=frozenset({"single-worker"}))}, 2),
    ],
)
def test_only_what_was_requested_can_be_stale(checked: dict[str, Settings], stale: int) -> None:
    baseline.write("base.json", _found(OLD), [])
    assert len(list(baseline.read("base.json").stale(checked))) == stale


def test_entries_of_rules_that_read_data_are_stale_only_where_data_was_read() -> None:
    found = _found(toml(workers=1))
    baseline.write("base.json", [each._replace(rule="grid-empty") for each in found], [])
    known = baseline.read("base.json")
    assert list(known.stale({"stages/parallel_stage.toml": DEFAULT})) == []
    assert len(list(known.stale({"stages/parallel_stage.toml": Settings(check_inputs=True)}))) == 1


def test_entries_of_files_that_are_gone_are_stale(tmp_path: Path) -> None:
    baseline.write("base.json", _found(OLD), [])
    (tmp_path / "stages/parallel_stage.toml").unlink()
    assert len(list(baseline.read("base.json").stale({}))) == 3


def test_writing_again_keeps_what_was_not_checked() -> None:
    baseline.write("base.json", _found(OLD), [])
    other = _found(toml(workers=0), "other.toml")
    assert baseline.write("base.json", other, ["other.toml"]) == 4
    assert baseline.write("base.json", [], ["other.toml", "stages/parallel_stage.toml"]) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "base.json:1:1: the document is a list; write a table"),
        ('{"schema": "agilab.parallel_stage.baseline.v1"}', "base.json:1:2: the required key findings is missing"),
        (
            '{"schema": "agilab.parallel_stage.baseline.v1",\n "findings": [{"rule": "a"}]}',
            "base.json:2:",
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(content: str, words: str) -> None:
    with open("base.json", "w", encoding="utf-8") as file:
        file.write(content)
    with pytest.raises(UsageError, match=words):
        baseline.read("base.json")
    with pytest.raises(UsageError):
        baseline.write("base.json", [], [])


def test_a_baseline_that_is_not_there_is_reported() -> None:
    with pytest.raises(UsageError, match=r"does not exist; check the path$") as raised:
        baseline.read("none.json")
    assert "--write-baseline" in raised.value.hint

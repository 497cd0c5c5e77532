from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft7Validator

from parallel_stage.contract import document, schema
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report, Severity
from parallel_stage.lint.engine.check_document import check_document, check_file
from parallel_stage.lint.reporters import agilab
from parallel_stage.lint.rules import RULES
from support import data, toml

if TYPE_CHECKING:
    from pathlib import Path


def _report(text: str, path: str = "parallel_stage.toml") -> Report:
    return Report([path], check_document(document.parse(text.encode(), path)))


def _lines(text: str) -> list[str]:
    """What the text reporter says of the only finding, line by line."""
    shown, _, closing = reporters.render(_report(text), "text").rpartition("\n\n")
    assert closing.startswith("1 contract checked: 1 ")
    return shown.splitlines()


def test_text_shows_the_line_and_points_at_the_value() -> None:
    assert reporters.render(_report(toml(backend="poool")), "text") == (
        'error[unknown-value]: backend is "poool"; write one of "local", "pool", "dask" (did you mean "pool"?)\n'
        "  --> parallel_stage.toml:11:11\n"
        "   |\n"
        '11 | backend = "poool"\n'
        "   |           ^^^^^^^\n"
        "\n"
        "1 contract checked: 1 error\n"
    )


def test_text_of_nothing_and_of_many() -> None:
    assert reporters.render(Report([], []), "text") == "0 contracts checked: no problems\n"
    assert reporters.render(_report(toml()), "text") == "1 contract checked: no problems\n"
    many = Report(["a"] * 1234, _report(toml(workers=1, backend="local", split="x", output="")).diagnostics)
    assert reporters.render(many, "text").endswith("\n1,234 contracts checked: 2 errors, 1 warning\n")


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("workers\t=\t0", "0"),
        ("workers = 0 # é", "0"),
        ("workers = 0\r", "0"),
        ("workers = [0,", "[0,"),
        ("workers = [", "["),
    ],
)
def test_carets_stand_under_the_value(line: str, marked: str) -> None:
    rest = "]" if "[" in line else ""
    _, _, _, source, carets = _lines(toml(workers=None) + f"{line}\n{rest}")
    start = source.index(marked)
    assert carets[start:] == "^" * len(marked)
    assert carets[:start].strip(" |") == ""


@pytest.mark.parametrize(
    ("name", "cells"), [("é", 1), ("日本", 4), ("🐍", 2), ("e\u0301", 1), ("\u00a0", 1), ("\u200b", 1)]
)
def test_carets_count_the_cells_of_a_terminal(name: str, cells: int) -> None:
    *_, source, carets = _lines(toml() + f'"{name}" = 1\n')
    assert carets == "   | " + "^" * (cells + 2)
    assert source.startswith('13 | "')


def test_carets_come_behind_wide_characters() -> None:
    text = json.dumps({"x-a": "日本🐍", "workers": 0, **data(workers=0)}, ensure_ascii=False)
    shown = reporters.render(_report(text, "a.json"), "text").splitlines()
    source, carets = shown[3], shown[4]
    assert carets.index("^") == source.index('"workers": 0') + len('"workers": ') + 3


def test_a_last_line_without_its_end_is_shown() -> None:
    assert _lines(toml(workers=None) + "workers = 0")[3:] == ["12 | workers = 0", "   |           ^"]


@pytest.mark.parametrize("ahead", [0, 70, 200, 100_000])
def test_of_a_very_long_line_the_stretch_around_the_finding_is_shown(ahead: int) -> None:
    text = json.dumps({"x-a": "a" * ahead, **data(backend="poool"), "x-b": "b" * 100_000})
    shown = reporters.render(_report(text, "a.json"), "text").splitlines()
    source, carets = shown[3], shown[4]
    assert max(map(len, shown)) < 200
    assert source[carets.index("^") : carets.rindex("^") + 1] == '"poool"'


def test_a_very_long_value_is_marked_as_far_as_it_is_shown() -> None:
    *_, source, carets = _lines(toml(function=None) + f'function = "{"x" * 100_000}"')
    assert len(carets) == len(source) < 200


def test_control_characters_reach_no_terminal() -> None:
    report = _report(toml() + '"a\\u001b[2J" = 1 # \u009b\n')
    hostile = Report(["\x1b[2J\n"], [found._replace(path="\x1b[2J\n") for found in report.diagnostics])
    for format_ in reporters.FORMATS:
        text = reporters.render(hostile, format_)
        assert all(char.isprintable() or char == "\n" for char in text), format_
    assert reporters.render(hostile, "concise").count("\n") == 1


def test_colours_come_only_when_requested() -> None:
    report = _report(toml(workers=1, split="x"))
    plain, coloured = reporters.render(report, "text"), reporters.render(report, "text", colour=True)
    assert "\x1b" not in plain
    assert "\x1b[31m\x1b[1merror[unknown-value]\x1b[0m" in coloured
    assert "\x1b[33m\x1b[1mwarning[single-worker]\x1b[0m" in coloured
    for format_ in ("concise", "json", "agilab"):
        assert reporters.render(report, format_, colour=True) == reporters.render(report, format_)


def test_concise_is_a_line_for_each_finding() -> None:
    assert reporters.render(_report(toml(workers=1, name="")), "concise") == (
        'parallel_stage.toml:2:8: error[empty-value] name is ""; write text that is not blank\n'
        "parallel_stage.toml:6:11: warning[single-worker] workers is 1, which previews the stage but does not "
        'parallelize it; write "auto" or more workers\n'
    )
    assert not reporters.render(_report(toml()), "concise")


REPORTS = {
    "empty": Report([], []),
    "clean": _report(toml()),
    "warned": _report(toml(workers=1)),
    "failed": _report(toml(workers=8, backend="local", name=None, partition_by={"column": 1, "kind": "x"})),
    "list": _report(toml() + "x-a = [1]\ninput_format = { kind = [1] }\n"),
    "root": _report("[]", "a.json"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_json_is_what_its_schema_says(name: str) -> None:
    report = REPORTS[name]
    text = reporters.render(report, "json")
    document = json.loads(text)
    described = schema.schema(document["schema"])
    assert [error.message for error in Draft7Validator(described).iter_errors(document)] == []
    assert text == json.dumps(document, indent=2, sort_keys=True) + "\n"
    assert document["status"] == ("fail" if report.failed else "pass")
    assert document["summary"]["issue_count"] == len(document["issues"]) == len(report.diagnostics)
    counts = [document["summary"][f"{severity.value}_count"] for severity in Severity]
    assert sum(counts) == document["summary"]["issue_count"]


def test_json_has_every_place() -> None:
    (issue,) = json.loads(reporters.render(_report(toml(workers=None) + "workers = [\n1]\n"), "json"))["issues"]
    assert (issue["line"], issue["column"], issue["end_line"], issue["end_column"]) == (12, 11, 13, 3)
    assert issue["route"] == ["workers"]
    assert issue["url"].endswith("#wrong-type")


def test_the_schema_of_the_report_knows_every_severity_and_nothing_more() -> None:
    described = schema.schema("agilab.parallel_stage.lint_report.v1")
    issue = described["properties"]["issues"]["items"]
    assert issue["properties"]["severity"]["enum"] == [severity.value for severity in Severity]
    assert all(Draft7Validator(issue["properties"]["rule"]).is_valid(rule) for rule in RULES)
    for node in (described, described["properties"]["summary"], issue):
        assert node["additionalProperties"] is False
        assert sorted(node["required"]) == sorted(node["properties"])


def test_agilab_has_its_four_keys() -> None:
    document = json.loads(reporters.render(_report(toml(workers=1, backend="dask", name="")), "agilab"))
    assert list(document) == ["issues", "ok", "path", "warnings"]
    assert document["issues"] == ['line 2: name is ""; write text that is not blank [empty-value]']
    assert (document["ok"], document["path"], len(document["warnings"])) == (False, "parallel_stage.toml", 2)


def test_agilab_keeps_notes_to_itself() -> None:
    document = json.loads(reporters.render(_report(toml(workers=8, backend="local")), "agilab"))
    assert document == {"issues": [], "ok": True, "path": "parallel_stage.toml", "warnings": []}


def test_agilab_lists_several_files() -> None:
    first, second = _report(toml(workers=0), "a.toml"), _report(toml(workers=1), "b.toml")
    document = json.loads(
        reporters.render(Report(["a.toml", "b.toml"], first.diagnostics + second.diagnostics), "agilab")
    )
    assert [(one["path"], one["ok"], len(one["issues"]), len(one["warnings"])) for one in document] == [
        ("a.toml", False, 1, 0),
        ("b.toml", True, 0, 1),
    ]
    assert json.loads(reporters.render(Report([], []), "agilab")) == []


def test_agilab_summary() -> None:
    report = _report(toml(workers=1, split="x"))
    head, status, issue, warning = agilab.summary("parallel_stage.toml", report).splitlines()
    assert (head, status) == ("parallel stage contract: parallel_stage.toml", "status: invalid")
    assert issue.startswith("issue: line 4: split is ")
    assert warning.startswith("warning: line 6: workers is 1")


def test_a_file_that_cannot_be_read_is_reported_in_every_format(tmp_path: Path) -> None:
    path = str(tmp_path / "nothing.toml")
    report = Report([path], check_file(path))
    for format_ in reporters.FORMATS:
        assert "does not exist" in reporters.render(report, format_)

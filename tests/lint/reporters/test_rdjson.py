from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from jsonschema import Draft7Validator

from findings import DIRECTORIES, report_of_files, report_of_text, reports
from parallel_stage.contract.edits import apply_edits
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report
from parallel_stage.lint.engine.fixer import edits_of
from support import data, toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parallel_stage.lint.diagnostic import Position


def _message(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """The JSON Schema of a message of protobuf: a reader knows its fields, and refuses others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": [*required],
        "additionalProperties": False,
    }


_TEXT = {"type": "string", "minLength": 1}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": (1 << 31) - 1}
_POSITION = _message({"line": _NUMBER}, column=_NUMBER)
_RANGE = _message({"start": _POSITION}, end=_POSITION)
_DIAGNOSTIC = _message(
    {
        "message": {"type": "string"},
        "location": _message({"path": _TEXT}, range=_RANGE),
        "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
        "code": _message({"value": _TEXT, "url": _TEXT}),
    },
    suggestions={"type": "array", "items": _message({"range": _RANGE, "text": {"type": "string"}})},
)
RESULT = _message(
    {"source": _message({"name": _TEXT, "url": _TEXT}), "diagnostics": {"type": "array", "items": _DIAGNOSTIC}}
)
"""`DiagnosticResult` as https://github.com/reviewdog/reviewdog/blob/master/proto/rdf/reviewdog.proto has it."""


def diagnostics(report: Report) -> list[dict[str, Any]]:
    """The diagnostics of a report, seen to be in the format."""
    text = reporters.render(report, "rdjson")
    text.encode()
    result = json.loads(text)
    assert [error.message for error in Draft7Validator(RESULT).iter_errors(result)] == []
    found: list[dict[str, Any]] = result["diagnostics"]
    return found


def _offset(content: bytes, position: Mapping[str, int]) -> int:
    """Where a position is in a file: lines and columns count from 1, columns in bytes."""
    return sum(map(len, content.splitlines(keepends=True)[: position["line"] - 1])) + position["column"] - 1


def _span(content: bytes, place: Mapping[str, Any]) -> tuple[int, int]:
    return _offset(content, place["start"]), _offset(content, place["end"])


def test_a_diagnostic_for_each_finding() -> None:
    (found,) = diagnostics(report_of_text(toml(backend="Pool"), "./stages/a.toml"))
    span = {"start": {"line": 11, "column": 11}, "end": {"line": 11, "column": 17}}
    assert found == {
        "message": 'backend is "Pool"; write one of "local", "pool", "dask" (did you mean "pool"?)',
        "location": {"path": "stages/a.toml", "range": span},
        "severity": "ERROR",
        "code": {"value": "unknown-value", "url": found["code"]["url"]},
        "suggestions": [{"range": span, "text": '"pool"'}],
    }
    assert found["code"]["url"].endswith("docs/rules.md#unknown-value")
    assert diagnostics(Report([], [])) == []


def test_severities() -> None:
    assert [found["severity"] for found in diagnostics(report_of_text(toml(workers=1, name="")))] == [
        "ERROR",
        "WARNING",
    ]
    assert [found["severity"] for found in diagnostics(report_of_text(toml(workers=8, backend="local")))] == ["INFO"]


TEXTS = {
    "a.toml": toml(name="é🐍").replace('backend = "pool"', 'output_ = { "日本" = 1 }\nbackend = "Pool"'),
    "b.json": json.dumps({"x-a": "日本🐍", **data(backend="Pool", input="é\\*.csv")}, ensure_ascii=False),
    "c.toml": toml(input="é\\*.csv", output="é\\b.jsonl", backend=None),
    "d.yaml": "\ufeff" + json.dumps(data(input="é\\*.csv", name=None, workers=None), ensure_ascii=False),
    "e.toml": toml(workers=None, backend=None, min_partitions_per_worker=None).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_ranges_and_suggestions_are_those_of_the_findings_in_bytes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content = TEXTS[name].encode()
    (tmp_path / name).write_bytes(content)
    report = report_of_files([name])
    suggested = 0
    lines = TEXTS[name].split("\n")
    for written, found in zip(diagnostics(report), report.diagnostics, strict=True):
        start, end = _span(content, written["location"]["range"])
        assert content[start:end].decode() == TEXTS[name][_at(lines, found.start) : _at(lines, found.end)]
        for suggestion in written.get("suggestions", ()):
            first, last = _span(content, suggestion["range"])
            after = content[:first] + suggestion["text"].encode() + content[last:]
            assert after.decode() == apply_edits(TEXTS[name], edits_of([found]))
            suggested += 1
    assert suggested == sum(bool(found.fix) for found in report.diagnostics) > 0


def _at(lines: list[str], position: Position) -> int:
    return sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1


def test_a_fix_with_several_edits_is_suggested_only_where_the_text_between_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = report_of_text(TEXTS["e.toml"], "e.toml")  # no such file: standard input
    (found,) = report.diagnostics
    assert found.fix
    assert len(found.fix.replacements) > 1
    assert "suggestions" not in diagnostics(report)[0]
    (tmp_path / "e.toml").write_text("# another\n" + toml(), encoding="utf-8")
    assert "suggestions" not in diagnostics(report)[0]


def test_a_path_is_that_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    (found,) = diagnostics(report_of_text(toml(workers=0), str(tmp_path / "sub" / "a.toml")))
    assert found["location"]["path"] == "a.toml"


@given(reports())
@example(report_of_files(DIRECTORIES))
def test_it_is_in_the_format_whatever_the_texts_hold(report: Report) -> None:
    for written, found in zip(diagnostics(report), report.diagnostics, strict=True):
        assert written["message"] == found.message
        path = os.path.relpath(os.path.realpath(found.path))
        assert written["location"]["path"] == path.encode("utf-8", "backslashreplace").decode()
        assert written["location"]["range"]["start"]["line"] == found.start.line

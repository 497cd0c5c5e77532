from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from hypothesis import example, given

from findings import DIRECTORIES, report_of_files, report_of_text, reports
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report
from support import toml

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def issues(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(reporters.render(report, "gitlab"))
    return found


def fingerprints(text: str) -> list[str]:
    return [issue["fingerprint"] for issue in issues(report_of_text(text))]


def test_an_issue_for_each_finding() -> None:
    (issue,) = issues(report_of_text(toml(workers=None) + "workers = [\n1]\n", "./stages/a.toml"))
    fingerprint = issue.pop("fingerprint")
    assert len(bytes.fromhex(fingerprint)) == 16
    assert issue == {
        "check_name": "wrong-type",
        "description": issue["description"],
        "severity": "major",
        "location": {
            "path": "stages/a.toml",
            "positions": {"begin": {"line": 12, "column": 11}, "end": {"line": 13, "column": 3}},
        },
    }
    assert issue["description"].startswith("workers is a list")
    assert issues(Report([], [])) == []


def test_severities() -> None:
    report = report_of_text(toml(workers=1, backend="local", name=""))
    assert [issue["severity"] for issue in issues(report)] == ["major", "minor"]
    assert [issue["severity"] for issue in issues(report_of_text(toml(workers=8, backend="local")))] == ["info"]


def test_a_fingerprint_outlives_other_lines() -> None:
    text = toml(workers=0, split="x")
    assert fingerprints("# one\n\n" + text.replace("\n", "  \n")) == fingerprints(text)
    assert fingerprints(text.replace("workers = 0", "workers = -1")) != fingerprints(text)


def test_a_path_is_the_repository_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    (issue,) = issues(report_of_text(toml(workers=0), "a.toml"))
    assert issue["location"]["path"] == "sub/a.toml"


@given(reports())
@example(report_of_files(DIRECTORIES))
def test_every_issue_is_unique_and_reads_back(report: Report) -> None:
    found = issues(report)
    assert len({issue["fingerprint"] for issue in found}) == len(report.diagnostics)
    for issue, diagnostic in zip(found, report.diagnostics, strict=True):
        assert issue["description"] == diagnostic.message
        path = os.path.relpath(os.path.realpath(diagnostic.path))
        assert issue["location"]["path"] == path.encode("utf-8", "backslashreplace").decode("utf-8")

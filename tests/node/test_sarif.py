"""SARIF reports before Microsoft's validator, with the rules of GitHub's code scanning."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from findings import report_of_files, report_of_text
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report
from parallel_stage.lint.reporters import sarif
from parallel_stage.lint.rules import RULES
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable

    Validate = Callable[[dict[str, Any]], Counter[str]]

CORPUS = Path(__file__).parents[1] / "corpus"
NAMES = ("a b%20.toml", "c:d?e#f", "é日本🐍.toml", "a\nb.toml", "[x](1)", "-", os.fsdecode(b"\xff\xfe.toml"))
NOTES = {
    "SARIF2002",  # messages are written out: GitHub shows no others
    "SARIF2003",  # a hook does not ask git which commit it is in
    "SARIF2006",  # nothing is looked up
    "SARIF2009",  # rules have one id everywhere, and it is words
    "SARIF2010",  # whoever has the report has the repository
    "SARIF2011",  # the same
    "SARIF2012",  # a second name for the rule
}


@pytest.fixture
def validate(multitool: str, every_github_rule: Path, tmp_path: Path) -> Validate:
    """How often a log breaks each rule of the validator, whatever the level."""

    def run(log: dict[str, Any]) -> Counter[str]:
        (tmp_path / "report.sarif").write_text(json.dumps(log), encoding="utf-8")
        rules = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--kind", "Fail;Open;Review"]
        output = ["--output", "validation.sarif", "--log", "ForceOverwrite", "--config", str(every_github_rule)]
        finished = subprocess.run(
            [multitool, "validate", "report.sarif", *rules, *output],
            cwd=tmp_path,
            env={**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9"},  # or it looks up every address
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Analysis completed successfully." in finished.stdout, finished.stdout + finished.stderr
        (log,) = json.loads((tmp_path / "validation.sarif").read_text(encoding="utf-8-sig"))["runs"]
        return Counter(result["ruleId"] for result in log["results"])

    return run


def log_of(report: Report) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(reporters.render(report, "sarif"))
    return log


def test_the_whole_corpus(validate: Validate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    report = report_of_files([str(path) for path in CORPUS.glob("*/*") if path.suffix != ".out"])
    assert len({diagnostic.rule for diagnostic in report.diagnostics}) > 20
    assert set(validate(log_of(report))) <= NOTES


def test_a_report_that_was_cut(validate: Validate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 1)
    log = log_of(report_of_text(toml(workers=1, backend="local", name="")))
    assert len(log["runs"][0]["results"]) == 1
    assert set(validate(log)) <= NOTES


def test_runs_without_findings(validate: Validate) -> None:
    assert set(validate(log_of(Report([], [])))) <= NOTES
    assert set(validate(log_of(report_of_text(toml())))) <= NOTES


def test_files_that_cannot_be_read(validate: Validate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "not.toml").write_text("= [")
    (tmp_path / "latin.toml").write_bytes(b"name = 'caf\xe9'")
    report = report_of_files(["not.toml", "latin.toml", "none.toml", str(tmp_path)])
    assert [diagnostic.rule for diagnostic in report.diagnostics] == ["syntax-error", *["unreadable"] * 3]
    assert set(validate(log_of(report))) <= NOTES


def test_odd_names(validate: Validate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    checked = [report_of_text(toml(backend="[{0}](1) %SRCROOT% \\u0000"), name) for name in NAMES]
    report = Report([*NAMES], [diagnostic for one in checked for diagnostic in one.diagnostics])
    assert len(report.diagnostics) == len(NAMES)
    assert set(validate(log_of(report))) <= NOTES


def test_files_elsewhere(validate: Validate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    found = validate(log_of(report_of_text(toml(workers=0), "../a b.toml")))
    # Not in the repository: GitHub takes the report (it knows the checkout) and does not show this one.
    assert {rule for rule in found if rule not in NOTES} == {"GH1006", "SARIF2016"}


def _without_help(run: dict[str, Any]) -> None:
    del run["tool"]["driver"]["rules"][0]["help"]


def _without_a_region(run: dict[str, Any]) -> None:
    del run["results"][0]["locations"][0]["physicalLocation"]["region"]


def _with_a_foreign_place(run: dict[str, Any]) -> None:
    run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] = {"uri": "https://example.org/a"}


def _with_a_wrong_index(run: dict[str, Any]) -> None:
    run["results"][0]["ruleIndex"] = len(RULES)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (_without_help, "GH2012"),
        (_without_a_region, "GH1003"),
        (_with_a_foreign_place, "GH1005"),
        (_with_a_wrong_index, "SARIF1009"),
    ],
)
def test_the_validator_sees_what_is_not_there(spoil: Callable[..., None], rule: str, validate: Validate) -> None:
    log = log_of(report_of_text(toml(workers=0)))
    spoil(log["runs"][0])
    assert rule in validate(log)

from __future__ import annotations

import gzip
import json
import os
import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest
from hypothesis import example, given

from findings import DIRECTORIES, report_of_files, report_of_text, reports
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report, Severity
from parallel_stage.lint.reporters import sarif
from parallel_stage.lint.reporters.line_hash import line_hashes
from parallel_stage.lint.reporters.sarif import MOST_RESULTS
from parallel_stage.lint.rules import RULES
from support import toml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LINK = re.compile(r"\[([^\\\[\]]|\\[\\\[\]])*\]\(")
"""The start of a link in a plain message, by the standard (3.11.6)."""


def run(report: Report) -> dict[str, Any]:
    """The only run of a log."""
    log = json.loads(reporters.render(report, "sarif"))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    value: dict[str, Any] = log["runs"][0]
    return value


def location(result: dict[str, Any]) -> dict[str, Any]:
    (found,) = result["locations"]
    value: dict[str, Any] = found["physicalLocation"]
    return value


def _report_saying(message: str) -> Report:
    (diagnostic,) = report_of_text(toml(workers=0)).diagnostics
    return Report([diagnostic.path], [diagnostic._replace(message=message)])


def line_hash(report: Report) -> str:
    (result,) = run(report)["results"]
    value: str = result["partialFingerprints"]["primaryLocationLineHash"]
    return value


def test_a_result_for_each_finding() -> None:
    result, warned = run(report_of_text(toml(workers=1, name=""), "stages/a.toml"))["results"]
    assert result == {
        "ruleId": "empty-value",
        "ruleIndex": [*RULES].index("empty-value"),
        "level": "error",
        "message": {"text": 'name is ""; write text that is not blank'},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "stages/a.toml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 10},
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": line_hashes('name = ""')[0]},
    }
    assert warned["level"] == "warning"
    (note,) = run(report_of_text(toml(workers=8, backend="local")))["results"]
    assert note["level"] == "note"


def test_every_rule_explains_itself() -> None:
    described = run(Report([], []))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == [*RULES]
    for rule in described:
        page = RULES[rule["id"]].docs
        assert rule["help"]["text"] == page
        assert rule["shortDescription"]["text"] == page.splitlines()[0]
        assert 0 < len(rule["fullDescription"]["text"]) < 1024
        assert "Bad:" not in rule["fullDescription"]["text"]
        assert rule["helpUri"].endswith(f"/docs/rules.md#{rule['id']}")
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}


def test_markdown_has_a_blank_line_before_each_snippet() -> None:
    for rule in run(Report([], []))["tool"]["driver"]["rules"]:
        lines = rule["help"]["markdown"].splitlines()
        for before, line in pairwise(lines):
            assert not line.startswith("    ") or not before or before.startswith("    ")
        assert [line for line in lines if line] == [line for line in RULES[rule["id"]].docs.splitlines() if line]


def test_without_findings_the_run_was_still_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = run(Report([], []))
    assert log["results"] == []
    assert log["columnKind"] == "unicodeCodePoints"
    root = {"uri": f"{tmp_path.as_uri()}/"}
    assert log["invocations"] == [{"executionSuccessful": True, "workingDirectory": root}]
    assert log["originalUriBaseIds"] == {"%SRCROOT%": root}


def test_a_line_is_hashed_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(toml(workers=0).replace("\n", "\r\n").encode())
    expected = line_hashes(toml(workers=0))[5]
    assert line_hash(report_of_files([str(path)])) == expected
    path.write_bytes(b"# one\r\n\r\n" + path.read_bytes())
    moved = report_of_files([str(path)])
    assert moved.diagnostics[0].start.line == 8
    assert line_hash(moved) == expected


def test_lone_carriage_returns_shift_lines_as_they_do_for_the_uploader(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a":\r 1,\n"a": 2}')
    report = report_of_files([str(path)])
    assert report.diagnostics[0].start.line == 2
    assert line_hash(report) == line_hashes(path.read_text())[1]


def test_a_file_that_is_no_text_is_hashed_as_the_uploader_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("name = 1", encoding="utf-16")
    report = report_of_files([str(path)])
    assert report.diagnostics[0].rule == "unreadable"
    assert line_hash(report) == line_hashes(path.read_bytes().decode("utf-8", "replace"))[0]


def _changed(path: Path) -> None:
    path.write_text("# another\n" * 9)


def _shortened(path: Path) -> None:
    path.write_text("")


def _gone(path: Path) -> None:
    path.unlink()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _too_large(path: Path) -> None:
    path.write_text(path.read_text() + "#" * (1 << 20))


@pytest.mark.parametrize("happen", [_changed, _shortened, _gone, _pipe, _directory, _too_large])
def test_what_is_no_longer_the_file_that_was_checked(happen: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(toml(workers=0))
    report = report_of_files([str(path)])
    happen(path)
    assert line_hash(report) == line_hashes("workers = 0")[0]


def test_a_file_elsewhere_has_its_whole_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    (result,) = run(report_of_text(toml(workers=0), "../a b.toml"))["results"]
    assert location(result)["artifactLocation"] == {"uri": (tmp_path / "a b.toml").as_uri()}


@pytest.mark.parametrize("name", ["..", "../..", "/"])
def test_what_the_checkout_is_in_has_its_whole_address(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (result,) = run(report_of_files([name]))["results"]
    assert location(result)["artifactLocation"] == {"uri": (tmp_path / name).resolve().as_uri()}


def test_the_checkout_itself_is_a_place_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (result,) = run(report_of_files(["."]))["results"]
    assert location(result)["artifactLocation"] == {"uri": ".", "uriBaseId": "%SRCROOT%"}


def test_a_message_is_no_link() -> None:
    (result,) = run(report_of_text(toml(backend="[x](1)")))["results"]
    assert 'backend is "[x\\](1)"' in result["message"]["text"]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (r"[x](1)", r"[x\](1)"),
        (r"[x\](1)", r"[x\](1)"),
        (r"[x\\](1)", r"[x\\\](1)"),
        (r"](](", r"\](\]("),
        (r"[x] (1)", r"[x] (1)"),
    ],
)
def test_backslashes_of_a_message_make_no_link(message: str, text: str) -> None:
    (result,) = run(_report_saying(message))["results"]
    assert result["message"]["text"] == text
    assert not LINK.search(text)


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b%20.toml", "a%20b%2520.toml"),
        ("c:d?e#f", "c%3Ad%3Fe%23f"),
        ("é\n", "%C3%A9%0A"),
        (os.fsdecode(b"\xff"), "%FF"),
        ("..a", "..a"),
        (".", "."),
    ],
)
def test_odd_names(name: str, uri: str) -> None:
    (result,) = run(report_of_text(toml(workers=0), name))["results"]
    assert location(result)["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


@given(reports())
@example(report_of_files(DIRECTORIES))
@example(_report_saying(r"\]("))
def test_every_place_reads_back(report: Report) -> None:
    log = run(report)
    for result, diagnostic in zip(log["results"], report.diagnostics, strict=True):
        artifact = location(result)["artifactLocation"]
        base = log["originalUriBaseIds"][artifact["uriBaseId"]]["uri"] if "uriBaseId" in artifact else ""
        assert ".." not in artifact["uri"].split("/")
        assert _path(urljoin(base, artifact["uri"])) == os.fsencode(os.path.realpath(diagnostic.path))
        text = result["message"]["text"]
        assert not LINK.search(text)
        assert re.sub(r"\\+\]\(", "](", text) == re.sub(r"\\+\]\(", "](", diagnostic.message)
        assert _region(location(result)["region"]) == (diagnostic.start, diagnostic.end)
        assert RULES[result["ruleId"]] is [*RULES.values()][result["ruleIndex"]]


def _path(address: str) -> bytes:
    """The path that an address means; a directory's may end in a slash."""
    return unquote_to_bytes(urlsplit(address).path).rstrip(b"/") or b"/"


def _region(region: dict[str, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    return (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])


def test_a_file_of_findings_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parallel_stage.lint.reporters import sarif

    path = tmp_path / "a.toml"
    path.write_text(toml(workers=0, split="x", name=""))
    report = report_of_files([str(path)])
    assert len(report.diagnostics) == 3
    read: list[str] = []
    monkeypatch.setattr(sarif, "line_hashes", lambda text: read.append(text) or line_hashes(text))  # type: ignore[func-returns-value]
    reporters.render(report, "sarif")
    assert read == [path.read_text()]


def test_what_cannot_be_read_has_a_place(tmp_path: Path) -> None:
    report = report_of_files([str(tmp_path / "none.toml"), str(tmp_path)])
    assert [diagnostic.rule for diagnostic in report.diagnostics] == ["unreadable"] * 2
    for result in run(report)["results"]:
        region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
        assert location(result)["region"] == region
        assert result["partialFingerprints"] == {"primaryLocationLineHash": line_hashes("")[0]}


def _many(severities: Iterable[Severity], message: str = "words") -> Report:
    (diagnostic,) = report_of_text(toml(workers=0)).diagnostics
    found = [
        diagnostic._replace(severity=severity, message=f"{index} {message}")
        for index, severity in enumerate(severities)
    ]
    return Report([diagnostic.path], found)


def test_of_more_results_than_github_shows_the_most_severe_are_kept_in_their_order() -> None:
    """And the report and the caller are told."""
    kinds = [*Severity][::-1]
    severities = [kinds[index % 3] for index in range(MOST_RESULTS + 1_000)]
    told: list[str] = []
    log = json.loads(reporters.render(_many(severities), "sarif", notify=told.append))["runs"][0]
    assert told == ["the report has the 5,000 most severe of 6,000 findings, as many as GitHub takes; json has all"]
    (notification,) = log["invocations"][0]["toolExecutionNotifications"]
    assert notification == {"level": "warning", "message": {"text": told[0]}}
    kept = [int(result["message"]["text"].split()[0]) for result in log["results"]]
    notes = [index for index, severity in enumerate(severities) if severity is Severity.INFO]
    assert set(range(len(severities))) - set(kept) == set(notes[-1_000:])
    assert kept == sorted(kept)


def test_as_many_results_as_github_shows_are_all_there() -> None:
    told: list[str] = []
    report = _many([Severity.INFO] * MOST_RESULTS)
    log = json.loads(reporters.render(report, "sarif", notify=told.append))["runs"][0]
    assert (len(log["results"]), told) == (MOST_RESULTS, [])
    assert "toolExecutionNotifications" not in log["invocations"][0]


def test_a_report_fits_into_what_github_takes_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_BYTES", 200_000)
    letters = random.Random(0)  # noqa: S311 -- text that does not compress well
    report = _many([Severity.ERROR] * 400)
    found = [
        each._replace(message="".join(letters.choices("абвгдежзийклмноп", k=1_000))) for each in report.diagnostics
    ]
    told: list[str] = []
    text = reporters.render(Report(report.paths, found), "sarif", notify=told.append)
    assert 100_000 < len(gzip.compress(text.encode())) <= 200_000
    assert told[0].endswith("most severe of 400 findings, as many as GitHub takes; json has all")
    assert 100 < len(json.loads(text)["runs"][0]["results"]) < 400

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from parallel_stage.lint.reporters import FORMATS, sarif
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

NAME = "parallel_stage.toml"


@pytest.fixture(autouse=True)
def contract(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(toml(workers=0))
    return path


@pytest.mark.parametrize("format_", FORMATS)
def test_the_file_gets_what_would_be_printed(format_: str, command: Command, tmp_path: Path) -> None:
    code, printed, _ = command("check", "--format", format_, NAME)
    to_file = ("check", "--format", format_, "--output-file", "out/report", NAME)
    assert command(*to_file, FORCE_COLOR="1") == (1, "", "1 contract checked: 1 error\n")
    assert (code, printed) == (1, (tmp_path / "out" / "report").read_text(encoding="utf-8"))


def test_an_older_report_is_replaced(command: Command, contract: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("older " * 10_000)
    assert command("check", "--format=json", "--output-file=report.json", NAME)[0] == 1
    assert json.loads(report.read_text())["status"] == "fail"
    contract.write_text(toml())
    assert command("check", "--format=json", "--output-file=report.json", NAME) == (
        0,
        "",
        "1 contract checked: no problems\n",
    )
    assert json.loads(report.read_text())["status"] == "pass"
    assert sorted(os.listdir(tmp_path)) == [NAME, "report.json"]


def test_a_link_stays_one(command: Command, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "report.json").symlink_to("real/report.json")
    for _ in range(2):
        assert command("check", "--format=json", "--output-file=report.json", NAME) == (
            1,
            "",
            "1 contract checked: 1 error\n",
        )
        assert (tmp_path / "report.json").is_symlink()
        assert json.loads((tmp_path / "real" / "report.json").read_text())["status"] == "fail"


def test_without_contracts_the_report_says_so(command: Command, contract: Path, tmp_path: Path) -> None:
    contract.unlink()
    code, out, err = command("check", "--format=json", "--output-file=report.json")
    assert (code, out, err.partition(":")[0]) == (0, "", "no contracts found")
    assert json.loads((tmp_path / "report.json").read_text())["summary"]["file_count"] == 0


def test_a_contract_is_not_lost_to_its_report(command: Command, contract: Path) -> None:
    for arguments in ([NAME], [], [f"./{NAME}"]):
        code, out, err = command("check", "--output-file", NAME, *arguments)
        assert (code, out) == (2, "")
        assert err == f"error: {NAME} was checked, and would be lost to the report\nhelp: name another file\n"
    assert contract.read_text() == toml(workers=0)


@pytest.mark.parametrize("place", ["directory", "/dev/null"])
def test_what_is_no_file(place: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    code, out, err = command("check", "--output-file", place, NAME)
    assert (code, out) == (2, "")
    assert err == f"error: {place} is not a file, so it cannot hold the report\nhelp: name a file\n"


def test_a_file_that_cannot_be_written(command: Command) -> None:
    code, out, err = command("check", "--output-file", f"{NAME}/report", NAME)
    assert (code, out) == (2, "")
    assert f"{NAME}/report cannot be written: " in err
    assert "help: " in err


@pytest.mark.parametrize("options", [[], ["--output-file", "report.sarif"]])
def test_a_report_that_github_would_cut_is_cut_with_a_note(
    options: list[str], command: Command, contract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract.write_text(toml(workers=0, backend="x"))
    monkeypatch.setattr(sarif, "MOST_RESULTS", 1)
    code, _, err = command("check", "--format", "sarif", *options, NAME)
    assert code == 1
    assert "note: the report has the 1 most severe of 2 findings, as many as GitHub takes; json has all\n" in err

"""A case is a file: `corpus/<rule>/bad_*` with its expected output beside it, or `good_*`, on which the rule is silent.

A case is checked in a directory of its own, with the modules in its comments unpacked beside it (see `projects`).

`UPDATE_CORPUS=1` rewrites the expected outputs; read the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallel_stage.lint import engine, reporters
from parallel_stage.lint.diagnostics import Report
from parallel_stage.lint.rules import RULES
from projects import unpack

CORPUS = Path(__file__).parent.parent / "corpus"
CONTRACTS = sorted(path for path in CORPUS.glob("*/*") if path.suffix in {".toml", ".yaml", ".json"})
BAD = [path for path in CONTRACTS if path.name.startswith("bad_")]
GOOD = [path for path in CONTRACTS if path.name.startswith("good_")]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _report(path: Path, monkeypatch: pytest.MonkeyPatch, directory: Path) -> Report:
    (directory / path.name).write_bytes(path.read_bytes())
    unpack(path.read_text(encoding="utf-8", errors="replace"), directory)
    monkeypatch.chdir(directory)
    return Report([path.name], engine.check_file(path.name))


@pytest.mark.parametrize("path", BAD, ids=_name)
def test_a_bad_contract_has_the_expected_output(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = _report(path, monkeypatch, tmp_path)
    shown, expected = reporters.render(report, "concise"), path.with_name(f"{path.name}.out")
    if os.environ.get("UPDATE_CORPUS"):
        expected.write_text(shown, encoding="utf-8")
    assert expected.read_text(encoding="utf-8") == shown
    assert path.parent.name in {diagnostic.rule for diagnostic in report.diagnostics}


@pytest.mark.parametrize("path", GOOD, ids=_name)
def test_a_good_contract_is_not_reported(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = _report(path, monkeypatch, tmp_path)
    assert path.parent.name not in {diagnostic.rule for diagnostic in report.diagnostics}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_bad_and_a_good_case(rule: str) -> None:
    assert rule in {path.parent.name for path in BAD}
    assert rule in {path.parent.name for path in GOOD}


def test_nothing_in_the_corpus_is_left_over() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(RULES)
    expected = {f"{_name(path)}.out" for path in BAD}
    assert {_name(path) for path in CORPUS.glob("*/*")} == expected | set(map(_name, CONTRACTS))
    assert set(CONTRACTS) == {*BAD, *GOOD}

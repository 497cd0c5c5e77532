"""What the rules say of themselves, compared with what they do in the cases of the corpus."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract import document
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.validation import violations
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import Overrides, Settings
from parallel_stage.lint.discovery.walk import contracts
from parallel_stage.lint.engine import check_document
from parallel_stage.lint.engine.check_files import Job, check_files
from parallel_stage.lint.rules import RULES
from projects import unpack
from support import OF_A_CHANGE

if TYPE_CHECKING:
    from parallel_stage.lint.rule import Rule

HERE = Path(__file__).parents[1]
CORPUS = HERE / "corpus"
CHECKED = [rule for rule in RULES.values() if rule.check]
MADE_BY_THE_ENGINE = [rule for rule in RULES.values() if not (rule.check or rule.needs_revision) and rule.can_disable]
OPENED: list[str] = []
"""What is opened and listed, in the order of events."""


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"open", "os.listdir", "os.scandir"} and isinstance(arguments[0], str):
        OPENED.append(os.path.abspath(arguments[0]))


@pytest.fixture(scope="module", autouse=True)
def _watch() -> None:
    """An audit hook stays until the process ends; it sees each file that Python opens, whoever opens it."""
    sys.addaudithook(_record)


def _cases(rule: Rule, directory: Path) -> list[tuple[Path, str]]:
    """The cases of a rule, each unpacked in a directory of its own: the contract, and its text."""
    found = []
    for case in sorted((CORPUS / rule.id).iterdir()):
        if case.suffix in {".toml", ".yaml", ".json"}:
            home = directory / case.name
            home.mkdir()
            (home / case.name).write_bytes(case.read_bytes())
            text = case.read_text(encoding="utf-8", errors="replace")
            unpack(text, home)
            found.append((home / case.name, text))
    return found


def _read(rule: Rule, contract: Path) -> set[str]:
    """The files and directories of a case that a rule reads when it runs alone, the configuration left out."""
    try:
        parsed = document.read(str(contract))
    except NotADocumentError:
        return set()
    misshapen = check_document._misshapen(parsed.data, violations(parsed.data))
    if not misshapen.isdisjoint(rule.fields):
        return set()
    subject = check_document._subject(parsed, Settings(check_inputs=True), {})
    assert rule.check
    OPENED.clear()
    list(rule.check(subject))
    inside = {path for path in OPENED if path.startswith(f"{contract.parent}{os.sep}")}
    return inside - {str(contract), str(contract.with_name("pyproject.toml"))}


@pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.id)
def test_a_rule_looks_at_what_it_says(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cases = [contract for contract, _ in _cases(rule, tmp_path)]
    assert cases
    read = {path for contract in cases for path in _read(rule, contract)}
    source = {path for path in read if path.endswith(".py")}
    data = {path for path in read - source if os.path.isfile(path)}
    assert bool(source) is rule.reads_source, source
    assert not data or rule.reads_data, data
    assert bool(read) is (rule.looks_at != ("text",)), read


@pytest.mark.parametrize("rule", MADE_BY_THE_ENGINE, ids=lambda rule: rule.id)
def test_only_a_rule_that_compares_needs_other_contracts(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {rule.id: rule.severity} if rule.opt_in else {}
    for contract, _ in _cases(rule, tmp_path):
        if contract.name.startswith("bad_"):
            monkeypatch.chdir(contract.parent)
            configurations = Configurations(Overrides(severity=settings))
            alone, together = (
                check_files([Job(path, configurations.settings_for(path)) for path in paths])[0]
                for paths in ([contract.name], [*contracts([contract.name, "."], configurations.excluded)])
            )
            assert rule.id in {each.rule for each in [*together, *configurations.unknown_rule_names()]}
            if rule.id in {each.rule for each in together}:
                assert (rule.id in {each.rule for each in alone}) is not rule.compares


def test_the_rules_about_a_change_say_so() -> None:
    assert {rule.id for rule in RULES.values() if rule.needs_revision} == OF_A_CHANGE
    assert all(rule.looks_at == ("another version",) for rule in RULES.values() if rule.needs_revision)


def test_every_rule_says_since_when_it_is_there() -> None:
    changes = (HERE.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d+\.\d+\.\d+)", changes, re.MULTILINE)
    assert {rule.since for rule in RULES.values()} <= set(released)


def test_facts_are_complete() -> None:
    """Each fact of a rule is among those that lists and pages show."""
    shown = {name for rule in RULES.values() for name in rule.facts}
    assert shown == {"severity", "since", "looks_at", "fixes", "fields", "opt_in"}
    kinds = {"text", "source", "data", "other contracts", "another version"}
    assert {kind for rule in RULES.values() for kind in rule.looks_at} == kinds
    assert {kind for rule in RULES.values() for kind in rule.fixes} == {"safe", "unsafe"}

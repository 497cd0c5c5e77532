"""A case is a file: `corpus/<rule>/bad_*` with its expected output beside it, or `good_*`, on which the rule is silent.

A case is checked in a directory of its own, with what stands in its comments unpacked beside it (see
`projects`): modules, data, other contracts, configurations, a baseline. Data is looked at where the rule
does, and an opt-in rule is selected. The Python that checks is called Python 3.N. Where a finding can be
fixed, `bad_*.fixed` is the contract afterwards.

`UPDATE_CORPUS=1` rewrites the expected outputs; read the difference before committing it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract import document as documents
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.validation import violations
from parallel_stage.lint import reporters
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import Overrides
from parallel_stage.lint.diagnostic import Diagnostic, Report
from parallel_stage.lint.discovery.walk import contracts
from parallel_stage.lint.engine.check_files import Job, check_files
from parallel_stage.lint.rule import Subject
from parallel_stage.lint.rules import RULES
from projects import unpack
from support import OF_A_CHANGE

if TYPE_CHECKING:
    from parallel_stage.lint.engine.check_files import Rewritten

CORPUS = Path(__file__).parent.parent / "corpus"
PYTHON = f"Python 3.{sys.version_info.minor}"
CONTRACTS = sorted(path for path in CORPUS.glob("*/*") if path.suffix in {".toml", ".yaml", ".json"})
BAD = [path for path in CONTRACTS if path.name.startswith("bad_")]
GOOD = [path for path in CONTRACTS if path.name.startswith("good_")]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _checked(path: Path, directory: Path, *, fix: bool = False) -> tuple[list[Diagnostic], list[Rewritten]]:
    (directory / path.name).write_bytes(path.read_bytes())
    unpack(path.read_text(encoding="utf-8", errors="replace"), directory)
    rule = RULES[path.parent.name]
    chosen = {rule.id: rule.severity} if rule.opt_in else {}
    configurations = Configurations(Overrides(check_inputs=rule.reads_data, severity=chosen))
    paths = contracts([path.name, "."], configurations.excluded)
    jobs = [Job(path, configurations.settings_for(path)) for path in paths]
    found, rewritten, _ = check_files(jobs, fix=fix, unsafe=True)
    return [*configurations.unknown_rule_names(), *found], rewritten


def _rules(found: list[Diagnostic]) -> set[str]:
    return {diagnostic.rule for diagnostic in found}


def _compare(text: str, expected: Path) -> None:
    text = text.replace(PYTHON, "Python 3.N")
    if os.environ.get("UPDATE_CORPUS"):
        expected.write_text(text, encoding="utf-8", newline="")
    with expected.open(encoding="utf-8", newline="") as file:
        assert file.read() == text


@pytest.mark.parametrize("path", BAD, ids=_name)
def test_a_bad_contract_has_the_expected_output(path: Path, directory: Path) -> None:
    found, _ = _checked(path, directory)
    _compare(reporters.render(Report([], found), "concise"), path.with_name(f"{path.name}.out"))
    assert path.parent.name in _rules(found)


@pytest.mark.parametrize("path", BAD, ids=_name)
def test_what_can_be_fixed_is(path: Path, directory: Path) -> None:
    found, _ = _checked(path, directory)
    fixable = [each for each in found if each.fix]
    after, rewritten = _checked(path, directory, fix=True)
    assert bool(rewritten) is bool(fixable)
    assert not any(each.fix for each in after)
    left = {(each.rule, each.route) for each in after if each.route}
    for each in rewritten:
        assert not left & {(fixed.rule, fixed.route) for fixed in each.fixed}
        _compare(each.after, path.with_name(f"{path.name}.fixed"))


def test_the_pages_of_the_rules_that_are_fixed_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    all_fixed = []
    for path in (path for path in BAD if path.with_name(f"{path.name}.fixed").exists()):
        directory = tmp_path / _name(path)
        directory.mkdir(parents=True)
        monkeypatch.chdir(directory)
        rewritten = _checked(path, directory, fix=True)[1]
        all_fixed += [(path.parent.name, fixed) for each in rewritten for fixed in each.fixed]
    documented = {rule.id for rule in RULES.values() if rule.fixes}
    assert {fixed.rule for _, fixed in all_fixed} == documented
    assert {fixed.rule for folder, fixed in all_fixed if fixed.rule == folder} == documented
    for kind, is_safe in (("safe", True), ("unsafe", False)):
        said = {rule.id for rule in RULES.values() if kind in rule.fixes}
        assert {fixed.rule for _, fixed in all_fixed if fixed.fix and fixed.fix.safe is is_safe} == said


@pytest.mark.parametrize("path", GOOD, ids=_name)
def test_a_good_contract_is_not_reported(path: Path, directory: Path) -> None:
    assert path.parent.name not in _rules(_checked(path, directory)[0])


@pytest.mark.parametrize("rule", sorted(set(RULES) - OF_A_CHANGE))
def test_every_rule_has_a_bad_and_a_good_case(rule: str) -> None:
    assert rule in {path.parent.name for path in BAD}
    assert rule in {path.parent.name for path in GOOD}


def test_nothing_in_the_corpus_is_left_over() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(RULES) - OF_A_CHANGE
    expected = {f"{_name(path)}.out" for path in BAD}
    fixed = {_name(path) for path in CORPUS.glob("*/*.fixed")}
    assert {_name(path) for path in CORPUS.glob("*/*")} == expected | fixed | set(map(_name, CONTRACTS))
    assert {name.removesuffix(".fixed") for name in fixed} <= set(map(_name, BAD))
    assert set(CONTRACTS) == {*BAD, *GOOD}


@pytest.mark.parametrize("path", GOOD + BAD, ids=_name)
def test_rules_use_no_field_that_they_do_not_declare(path: Path, directory: Path) -> None:
    """What a rule finds in source is remembered by the fields that it declares."""
    unpack(path.read_text(encoding="utf-8", errors="replace"), directory)
    try:
        fields = documents.parse(path.read_bytes(), path.name).data
    except NotADocumentError:
        return
    if violations(fields):
        return
    whole = Subject(fields, str(directory / path.name), str(directory), (), True, {}, {})
    for rule in RULES.values():
        if rule.check:
            declared = {key: fields[key] for key in rule.fields if key in fields}
            assert [*rule.check(whole)] == [*rule.check(whole._replace(fields=declared, cache={}))], rule.id

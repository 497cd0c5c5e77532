from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from parallel_stage.contract import document
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.rules import RULES
from projects import unpack
from support import BEYOND_ONE_CONTRACT, VALID, toml

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.lint.rule import Rule

WITH_SNIPPETS = [rule for rule in RULES.values() if "Bad:" in rule.docs]


def test_ids_are_kebab_case_and_their_own_keys() -> None:
    for identifier, rule in RULES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", identifier)
        assert rule.id == identifier


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_page_has_a_summary_a_reason_and_examples(rule: Rule) -> None:
    summary, *paragraphs = re.split(r"\n{2,}", rule.docs)
    assert rule.summary == summary
    assert "\n" not in summary
    assert summary.endswith(".")
    assert len(summary) <= 100
    assert "\n    \n" not in rule.docs
    heads = [paragraph.partition("\n")[0] for paragraph in paragraphs]
    if rule.id in {"unreadable", "syntax-error", *BEYOND_ONE_CONTRACT}:  # no snippet of TOML can show these
        assert len(paragraphs) == 1
    else:
        assert heads[-2:] == ["Bad:", "Good:"]
    assert "Bad:" in heads[:1] or len(paragraphs[0]) > 20


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.can_disable], ids=lambda rule: rule.id)
def test_a_page_says_when_to_ignore_what_can_be_ignored(rule: Rule) -> None:
    prose = " ".join(rule.docs.partition("Bad:")[0].split())
    assert re.search(r"Ignore it where |There is no good reason to ignore it: ", prose)


def _snippet(rule: Rule, head: str) -> str:
    body = re.search(rf"^{head}:\n((?:    .*\n?)+)", rule.docs, re.MULTILINE)
    assert body is not None
    return "".join(line.removeprefix("    ") + "\n" for line in body.group(1).splitlines())


def _over_valid(snippet: str) -> str:
    """The valid contract as TOML with the lines of the snippet in place of its own."""
    keys = {line.partition("=")[0].strip() for line in snippet.splitlines()}
    return snippet + toml(**dict.fromkeys(keys & set(VALID)))


def _project(text: str, directory: Path) -> str:
    """Unpack the modules and the data of a snippet; returns the path that its contract would have."""
    directory.mkdir(exist_ok=True)
    unpack(text, directory)
    return str(directory / "parallel_stage.toml")


def _asking(rule: Rule) -> Settings:
    """Settings with which a rule is asked besides the others."""
    return Settings(check_inputs=rule.reads_data, severity={rule.id: rule.severity} if rule.opt_in else {})


def _rules(text: str, path: str = "parallel_stage.toml", settings: Settings = DEFAULT) -> list[str]:
    try:
        return [diagnostic.rule for diagnostic in check_document(document.parse(text.encode(), path), settings)]
    except NotADocumentError as error:
        return [error.problem.rule]


@pytest.mark.parametrize("rule", WITH_SNIPPETS, ids=lambda rule: rule.id)
def test_the_bad_example_fires_and_the_good_one_is_silent(rule: Rule, tmp_path: Path) -> None:
    bad, good = _over_valid(_snippet(rule, "Bad")), _over_valid(_snippet(rule, "Good"))
    settings = _asking(rule)
    assert rule.id in _rules(bad, _project(bad, tmp_path / "bad"), settings)
    assert rule.id not in _rules(good, _project(good, tmp_path / "good"), settings)
    assert tomli.loads(good).keys() >= VALID.keys()


@pytest.mark.parametrize("rule", WITH_SNIPPETS, ids=lambda rule: rule.id)
def test_the_good_example_is_valid(rule: Rule, tmp_path: Path) -> None:
    good = _over_valid(_snippet(rule, "Good"))
    path, settings = _project(good, tmp_path), _asking(rule)
    assert not [
        d for d in check_document(document.parse(good.encode(), path), settings) if d.severity is Severity.ERROR
    ]


def test_the_valid_contract_pleases_every_rule() -> None:
    assert _rules(toml()) == []


SHAPELESS: dict[str, Any] = {
    "split": "file",
    "partition_strategy": 3,
    "target_partitions": -1,
    "min_partitions_per_worker": 0,
    "workers": True,
    "reducer": "concat",
    "backend": "ray",
    "input": " ",
    "output": "",
    "function": "process",
    "notes": 1,
    "reducer_function": "merge",
    "partition_by": {"column": "day"},
}
EVERYTHING_WRONG: dict[str, Any] = {
    "partition_strategy": "parameter-items",
    "workers": 1,
    "backend": "dask",
    "input": "../" * 40 + "/data\\*.csv",
    "partition_by": {"column": "day", "kind": "date"},
    "reducer_function": "my_pipeline.merge:merge_parts",
    "output": "/results.csv",
}


@pytest.mark.parametrize("field", SHAPELESS)
def test_a_misshapen_field_silences_only_the_rules_that_read_it(field: str) -> None:
    before = set(_rules(toml(**EVERYTHING_WRONG)))
    assert len(before) >= 9
    after = set(_rules(toml(**{**EVERYTHING_WRONG, field: SHAPELESS[field]})))
    readers = {rule.id for rule in RULES.values() if field in rule.fields}
    assert readers
    assert {rule for rule in after if RULES[rule].check} == {rule for rule in before if RULES[rule].check} - readers


@pytest.mark.parametrize("field", sorted(set(SHAPELESS) & set(VALID)))
def test_a_missing_field_silences_the_same_rules(field: str) -> None:
    misshapen = _rules(toml(**{**EVERYTHING_WRONG, field: SHAPELESS[field]}))
    missing = _rules(toml(**{**EVERYTHING_WRONG, field: None}))
    assert {rule for rule in missing if RULES[rule].check} == {rule for rule in misshapen if RULES[rule].check}


@pytest.mark.parametrize(
    ("output", "pattern", "matches"),
    [
        ("data/a.csv", "data/*.csv", True),
        ("data/a.csv", "**/*.csv", True),
        ("a.csv", "**/*.csv", True),
        ("data/deep/a.csv", "data/**/*.csv", True),
        ("data/a.csv", "data/**/*.csv", True),
        ("data/deep/a.csv", "data/*.csv", False),
        ("data/deep/a.csv", "data/**", True),
        ("data/.a.csv", "data/*", False),
        ("data/.a.csv", "data/.*", True),
        ("data/.deep/a.csv", "data/**/*.csv", False),
        (".deep/a.csv", ".deep/*.csv", True),
        ("data/a.csv", "data/[ab].csv", True),
        ("data/[ab].csv", "data/[ab].csv", True),
        ("data/a.csv", "data/?.csv", True),
        ("data/../data/a.csv", "./data/*.csv", True),
        ("data/A.CSV", "data/*.csv", False),
        ("a/a/a/b", "**/**/a/**/b", True),
        ("a/a.csv", "a/a/*.csv", False),
        ("a", "a/b", False),
        ("a/b", "a", False),
    ],
)
def test_an_output_that_the_input_would_find(output: str, pattern: str, matches: bool) -> None:  # noqa: FBT001
    assert ("output-is-input" in _rules(toml(input=pattern, output=output))) is matches


def _is_input(output: str, pattern: str, contract: str = "parallel_stage.toml") -> bool:
    """Whether the rule finds that the pattern of the input matches the output."""
    return "output-is-input" in _rules(toml(input=pattern, output=output), contract)


def test_matching_a_hostile_pattern_takes_no_time() -> None:
    """Tried one way after the other, these would take longer than the universe has."""
    assert not _is_input("/".join(["a"] * 60 + ["x"]), "/".join(["**", "a"] * 25 + ["z"]))
    assert _is_input("/".join(["a"] * 2000 + ["z"]), "/".join(["a"] * 2000 + ["z*"]))


def test_matching_agrees_with_glob(tmp_path: Path) -> None:
    import glob
    import os

    names = ["a.csv", "b/a.csv", "b/c/a.csv", "b/.h/a.csv", ".h/a.csv", "b/.a.csv", "b/c/d/e"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    contract = str(tmp_path / "parallel_stage.toml")
    for pattern in ["*.csv", "**/*.csv", "b/**/*", "**/c/**/*.csv", "*/*", "**/.*", ".h/*", "b/*/a.csv", "**/**/a.csv"]:
        found = {os.path.relpath(path, tmp_path) for path in glob.glob(str(tmp_path / pattern), recursive=True)}
        ours = {name for name in names if _is_input(name, pattern, contract)}
        assert ours == found & set(names), pattern


@pytest.mark.parametrize("marker", ["pyproject.toml", ".git"])
def test_a_path_may_climb_to_the_root_of_the_project(marker: str, tmp_path: Path) -> None:
    (tmp_path / marker).mkdir()
    (tmp_path / "apps" / "flights").mkdir(parents=True)
    contract = str(tmp_path / "apps" / "flights" / "parallel_stage.toml")
    assert "escapes-project" not in _rules(toml(input="../../data/*.csv"), contract)
    assert "escapes-project" in _rules(toml(input="../../../data/*.csv"), contract)
    assert "escapes-project" in _rules(toml(function="../../../process.py:process_file"), contract)


def test_without_a_project_the_contract_is_its_root(tmp_path: Path) -> None:
    contract = str(tmp_path / "parallel_stage.toml")
    assert "escapes-project" in _rules(toml(input="../data/*.csv"), contract)
    assert "escapes-project" in _rules(toml(input=f"../{tmp_path.name}x/*.csv"), contract)
    assert "escapes-project" not in _rules(toml(input=f"../{tmp_path.name}/*.csv"), contract)


def test_the_contract_is_known_by_its_place_however_it_is_written(tmp_path: Path) -> None:
    contract = str(tmp_path / "parallel_stage.toml")
    for output in ("parallel_stage.toml", "./parallel_stage.toml", "results/../parallel_stage.toml", contract):
        assert "output-is-contract" in _rules(toml(output=output), contract), output
    assert "output-is-contract" not in _rules(toml(output="results/parallel_stage.toml"), contract)

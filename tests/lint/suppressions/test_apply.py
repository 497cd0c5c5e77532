from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commented import (
    ABOUT_COMMENTS,
    AROUND,
    BETWEEN,
    CHANGES,
    NEWLINES,
    PATHS,
    SINGLE,
    check,
    ignore,
    messages,
    text_of,
)
from parallel_stage.contract import document
from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.locate import locate
from parallel_stage.lint.rule import Finding
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.suppressions.apply import apply_suppressions
from support import data

if TYPE_CHECKING:
    from commented import Around


def _rules(around: Around, settings: Settings = DEFAULT, **changes: Any) -> list[str]:
    return [diagnostic.rule for diagnostic in check(text_of(around, **changes), settings=settings)]


@pytest.mark.parametrize(
    "around",
    [
        {"workers": ([], f"  {SINGLE}")},
        {"workers": ([], f"{SINGLE} because 🐍")},
        {"workers": ([], "  ##parallel-stage:ignore[ single-worker ]")},
        {"workers": ([], f"  {ignore('unused-ignore', 'single-worker', 'target-ignored')}")},
        {"workers": ([SINGLE], "")},
        {"workers": (["\t" + SINGLE, "", "# more", "  ", ignore("dask-single-worker", "unused-ignore")], "")},
        {"output": ([ignore("single-worker", form="ignore-file")], "")},
        {"schema": ([ignore("single-worker", form="ignore-file")], "")},
    ],
)
def test_what_is_requested_to_be_ignored_is(around: Around) -> None:
    assert _rules(around, workers=1) == []
    assert _rules({}, workers=1) == ["single-worker"]


@pytest.mark.parametrize(
    "around",
    [
        {"input": ([], f"  {SINGLE}")},
        {"workers": ([SINGLE, "x-a = 1"], "")},
        {"partition_strategy": ([SINGLE], "")},
        {"schema": ([SINGLE], "")},
        {"workers": ([f"x-a = '{SINGLE}'"], "")},
        {"workers": (["x-a = '''", SINGLE, "'''"], "")},
        {"workers": ([f"# about parallel-stage: {SINGLE}"], "")},
    ],
)
def test_what_is_requested_elsewhere_or_in_other_words_is_reported(around: Around) -> None:
    assert "single-worker" in _rules(around, workers=1)


def test_json_has_nothing_to_ignore_with() -> None:
    text = json.dumps(data(workers=1, notes=ignore("single-worker", form="ignore-file")), indent=2)
    assert [found.rule for found in check(text, "parallel_stage.json")] == ["single-worker"]


def test_any_line_of_a_value_counts() -> None:
    text = text_of({}, input=None) + 'input = """\n/data/*.csv"""  # parallel-stage: ignore[absolute-path]\n'
    assert check(text) == []
    assert check(text.replace("/data", "data"))[0].rule == "unused-ignore"


YAML = text_of({}, between=": ", workers=None, input=None)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (f"\ufeff{SINGLE}\nworkers: 1\ninput: data/*.csv\n", []),
        (f"workers: 1 {SINGLE}\ninput: data/*.csv\n", []),
        (f"workers: 1\n{SINGLE}\ninput: data/*.csv\n", ["single-worker", "unused-ignore"]),
        (f"workers:\n  {SINGLE}\n  1\ninput: data/*.csv\n", []),
        (f"{SINGLE}\nworkers:\n  1\ninput: data/*.csv\n", []),
        (f"workers: {SINGLE}\n  1\ninput: data/*.csv\n", []),
        (f"x-a: &a\n  1\nworkers: *a {SINGLE}\ninput: a\n", ["single-worker", "unused-ignore"]),
        (f"workers: 1\ninput: |-\n  {SINGLE}\n", ["single-worker"]),
        ("workers: auto\ninput: >- # parallel-stage: ignore[absolute-path]\n  /data\n  /*.csv\n", []),
        ("workers: auto\n# parallel-stage: ignore[absolute-path]\ninput: '/data\n  /*.csv'\n", []),
        ("workers: auto\ninput: '/data\n  /*.csv' # parallel-stage: ignore[absolute-path]\n", []),
    ],
)
def test_yaml(text: str, rules: list[str]) -> None:
    assert [diagnostic.rule for diagnostic in check(text + YAML, "parallel_stage.yaml")] == rules


@pytest.mark.parametrize("path", PATHS.values())
def test_a_comment_above_a_key_is_not_about_the_table_before_it(path: str) -> None:
    tables = "x-a:\n  b: 1\n\n{0}\nx-c:\n  b: 1\n" if path.endswith("yaml") else "[x-a]\nb = 1\n\n{0}\n[x-c]\nb = 1\n"
    parsed = document.parse(tables.format(ignore("target-ignored")).encode(), path)

    def rules(key: str) -> list[str]:
        found = locate(parsed, RULES["target-ignored"], Finding("words", (key,)))
        return [each.rule for each in apply_suppressions(parsed, [found], DEFAULT)]

    assert rules("x-a") == ["target-ignored", "unused-ignore"]
    assert rules("x-c") == []


def test_errors_of_the_schema_stay() -> None:
    around: Around = {"workers": ([], f" {ignore('wrong-type', 'out-of-range')}")}
    assert _rules(around, workers=0) == ["out-of-range", "unused-ignore"]
    assert _rules({"name": ([ignore("missing-key", form="ignore-file")], "")}, split=None) == [
        "missing-key",
        "unused-ignore",
    ]


@pytest.mark.parametrize(
    ("names", "settings", "changes"),
    [
        (["single-worker"], Settings(ignore=frozenset({"single-worker"})), {}),
        (["single-worker"], Settings(select=frozenset({"unused-ignore", "target-ignored"})), {}),
        (["single-worker"], Settings(ignore=frozenset({"unused-ignore"})), {}),
        (["duplicate-output", "duplicate-name", "stale-baseline"], DEFAULT, {}),
        ([rule.id for rule in RULES.values() if rule.reads_data], DEFAULT, {}),
        (["column-missing", "grid-empty"], Settings(check_inputs=True), {"input": "nowhere/*.csv"}),
        (["single-worker"], DEFAULT, {"workers": "atuo"}),
        (["single-worker"], DEFAULT, {"split": None}),
        (["global-state", "function-arity"], DEFAULT, {"function": "no_such_module:process_file"}),
        (["global-state"], Settings(ignore=frozenset({"function-not-found"})), {}),
        (["global-state"], Settings(ignore=frozenset({"function-unreadable"})), {}),
        (["unused-ignore"], DEFAULT, {}),
        (["unused-ignore", "single-worker"], DEFAULT, {}),
    ],
)
def test_what_cannot_be_judged_is_not_reported(names: list[str], settings: Settings, changes: dict[str, Any]) -> None:
    around = {"workers": ([ignore(*names)], ""), "input": ([ignore(*names, form="ignore-file")], "")}
    assert names
    assert "unused-ignore" not in _rules(around, settings, **changes)


def test_what_can_be_judged_is_reported() -> None:
    """The counterpart of the cases above."""
    around = {"name": ([ignore("single-worker", "global-state", "unknown-rule")], "")}
    assert _rules(around) == ["unused-ignore"]
    assert _rules(around, Settings(select=frozenset({"unused-ignore", "single-worker"}))) == ["unused-ignore"]
    assert _rules(around, Settings(select=frozenset({"single-worker"}))) == []


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        ([ignore("single-wroker", "unknown-rule")], []),
        ([ignore("unknown-rule"), "# parallel-stage: ignor"], []),
        (["# parallel-stage: ignor", ignore("unknown-rule")], ["unknown-rule", "unused-ignore"]),
        ([ignore("unused-ignore"), ignore("dask-single-worker")], []),
        ([ignore("unused-ignore", form="ignore-file"), ignore("dask-single-worker", "wrong-type")], []),
        ([ignore("unknown-rule", form="ignore-file"), ignore("single-wroker")], []),
        ([ignore("unknown-rule", form="ignore-file")], ["unused-ignore"]),
    ],
)
def test_findings_about_comments_can_be_ignored_too(lines: list[str], rules: list[str]) -> None:
    assert _rules({"workers": (lines, "")}) == rules


def test_comments_are_not_looked_at_where_their_rules_are_off() -> None:
    around = {"workers": (["# parallel-stage: ignor", ignore("single-wroker", "single-worker")], "")}
    assert _rules(around, Settings(ignore=frozenset({"unknown-rule"}))) == ["unused-ignore"]
    assert _rules(around, Settings(ignore=frozenset({"unused-ignore"}))) == ["unknown-rule"] * 2


def test_the_severity_of_findings_about_comments_can_be_set() -> None:
    found = check(text_of({"workers": ([SINGLE], "")}), settings=Settings(strict=True))
    assert [(diagnostic.rule, diagnostic.severity.value) for diagnostic in found] == [("unused-ignore", "error")]


def _asked(comments: list[str]) -> set[str]:
    return {
        name
        for comment in comments
        if "[" in comment
        for name in comment[: comment.index("]")].split("[")[1].split(", ")
    }


def _is_for_file(comment: str) -> bool:
    return "ignore-file" in comment


@given(CHANGES, AROUND, BETWEEN, NEWLINES)
def test_findings_are_ignored_at_their_field_and_nowhere_else(
    changes: dict[str, Any], around: Around, between: str, newline: str
) -> None:
    path = PATHS[between]
    everywhere = _asked([c for above, behind in around.values() for c in [*above, behind] if _is_for_file(c)])
    asked = {key: everywhere | _asked([*above, behind]) for key, (above, behind) in around.items()}
    plain = check(text_of({}, newline, between, **changes), path)
    expected = [found for found in plain if found.rule not in asked.get(str(found.route[0]), everywhere)]
    found = check(text_of(around, newline, between, **changes), path)
    assert messages([each for each in found if each.rule not in ABOUT_COMMENTS]) == messages(expected)


@given(CHANGES, AROUND, BETWEEN, NEWLINES, st.data())
def test_an_ignore_above_any_optional_finding_takes_it_away_and_nothing_else(
    changes: dict[str, Any],
    around: Around,
    between: str,
    newline: str,
    pick: st.DataObject,
) -> None:
    path, text = PATHS[between], text_of(around, newline, between, **changes)
    found = check(text, path)
    if not found:
        return
    chosen = pick.draw(st.sampled_from(found))
    lines = text.split("\n")
    lines.insert(chosen.start.line - 1, ignore(chosen.rule))
    last = chosen.start.line  # on the lines between the comment and the next key there may be other comments
    while lines[last].strip()[:1] in ("", "#") and last + 1 < len(lines):
        last += 1
    gone = [each for each in found if each.rule == chosen.rule and chosen.start.line <= each.start.line <= last]
    assert messages(check("\n".join(lines), path)) + messages(gone) == messages(found)

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_stage.contract import document
from parallel_stage.contract.edits import applied
from parallel_stage.lint import engine
from parallel_stage.lint.fixes import edits
from parallel_stage.lint.rules import RULES, Finding
from parallel_stage.lint.settings import DEFAULT, Settings
from support import data

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostics import Diagnostic

    Around = dict[str, tuple[list[str], str]]
    """The fields of a contract with the lines above them and what is behind them on their line."""

ABOUT_COMMENTS = {"unused-ignore", "unknown-rule"}
PATHS = {" = ": "parallel_stage.toml", ": ": "parallel_stage.yaml"}
"""What stands between key and value, and the name of a file where it does."""


def _check(text: str, path: str = "parallel_stage.toml", settings: Settings = DEFAULT) -> list[Diagnostic]:
    return engine.check(document.parse(text.encode(), path), settings)


def _told(found: list[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((diagnostic.rule, diagnostic.message) for diagnostic in found)


def _text(around: Around, newline: str = "\n", between: str = " = ", **changes: Any) -> str:
    """A contract, a field a line, with lines above some fields and something behind them on their line."""
    lines = []
    for key, value in data(**changes).items():
        above, behind = around.get(key, ([], ""))
        lines += [*above, f"{key}{between}{json.dumps(value, ensure_ascii=False)}{behind}"]
    return "".join(line + newline for line in lines)


def _rules(around: Around, settings: Settings = DEFAULT, **changes: Any) -> list[str]:
    return [diagnostic.rule for diagnostic in _check(_text(around, **changes), settings=settings)]


def _ignore(*names: str, form: str = "ignore") -> str:
    return f"# parallel-stage: {form}[{', '.join(names)}]"


SINGLE = _ignore("single-worker")


@pytest.mark.parametrize(
    "around",
    [
        {"workers": ([], f"  {SINGLE}")},
        {"workers": ([], f"{SINGLE} because 🐍")},
        {"workers": ([], "  ##parallel-stage:ignore[ single-worker ]")},
        {"workers": ([], f"  {_ignore('unused-ignore', 'single-worker', 'target-ignored')}")},
        {"workers": ([SINGLE], "")},
        {"workers": (["\t" + SINGLE, "", "# more", "  ", _ignore("dask-single-worker", "unused-ignore")], "")},
        {"output": ([_ignore("single-worker", form="ignore-file")], "")},
        {"schema": ([_ignore("single-worker", form="ignore-file")], "")},
    ],
)
def test_what_is_asked_to_be_ignored_is(around: Around) -> None:
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
def test_what_is_asked_elsewhere_or_in_other_words_is_reported(around: Around) -> None:
    assert "single-worker" in _rules(around, workers=1)


def test_json_has_nothing_to_ignore_with() -> None:
    text = json.dumps(data(workers=1, notes=_ignore("single-worker", form="ignore-file")), indent=2)
    assert [found.rule for found in _check(text, "parallel_stage.json")] == ["single-worker"]


def test_any_line_of_a_value_counts() -> None:
    text = _text({}, input=None) + 'input = """\n/data/*.csv"""  # parallel-stage: ignore[absolute-path]\n'
    assert _check(text) == []
    assert _check(text.replace("/data", "data"))[0].rule == "unused-ignore"


YAML = _text({}, between=": ", workers=None, input=None)


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
    assert [diagnostic.rule for diagnostic in _check(text + YAML, "parallel_stage.yaml")] == rules


@pytest.mark.parametrize("path", PATHS.values())
def test_a_comment_above_a_key_is_not_about_the_table_before_it(path: str) -> None:
    tables = "x-a:\n  b: 1\n\n{0}\nx-c:\n  b: 1\n" if path.endswith("yaml") else "[x-a]\nb = 1\n\n{0}\n[x-c]\nb = 1\n"
    parsed = document.parse(tables.format(_ignore("target-ignored")).encode(), path)

    def rules(key: str) -> list[str]:
        findings = [(RULES["target-ignored"], Finding("words", (key,)))]
        return [found.rule for found in engine.diagnostics(parsed, findings, DEFAULT)]

    assert rules("x-a") == ["target-ignored", "unused-ignore"]
    assert rules("x-c") == []


def _remarks(text: str, path: str = "parallel_stage.toml", settings: Settings = DEFAULT) -> list[tuple[int, str, str]]:
    lines = text.split("\n")
    return [
        (found.start.line, lines[found.start.line - 1][found.start.column - 1 : found.end.column - 1], found.message)
        for found in _check(text, path, settings)
        if found.rule in ABOUT_COMMENTS
    ]


@pytest.mark.parametrize(
    ("comment", "marked", "words"),
    [
        (SINGLE, SINGLE, "single-worker finds nothing to ignore here; remove the comment"),
        (
            _ignore("single-worker", "wrong-type"),
            _ignore("single-worker", "wrong-type"),
            "; wrong-type is an error of shape, which cannot be ignored; correct it; remove the comment",
        ),
        (
            "#  parallel-stage: ignore[unused-ignores,single-worker]",
            "unused-ignores",
            "there is no rule 'unused-ignores'; did you mean unused-ignore?",
        ),
        (_ignore("xyz"), "xyz", "there is no rule 'xyz'; parallel-stage rules lists them all"),
        (_ignore("single worker"), "single worker", "did you mean single-worker?"),
        *(
            (f"# {said}", f"# {said}", f'"{said}" is not understood; write parallel-stage: ignore[rule], or')
            for said in (
                "parallel-stage: ignore",
                "parallel-stage: ignore[]",
                "parallel-stage: ignore[ , ]",
                "parallel-stage: ignore [single-worker]",
                "parallel-stage: ignor[single-worker]",
                "parallel-stage: ignore[single-worker",
                "parallel-stage: ignore-files[single-worker]",
                "parallel-stage:",
            )
        ),
        (f"# parallel-stage: {'é' * 90}", f"# parallel-stage: {'é' * 90}", f'"parallel-stage: {"é" * 43}…" is not'),
    ],
)
def test_remarks_are_about_the_exact_place(comment: str, marked: str, words: str) -> None:
    remarks = _remarks(_text({"workers": (["x-a = '🐍🐍'", f"  {comment}"], "")}))
    assert remarks[0][:2] == (7, marked)
    assert words in remarks[0][2]
    assert _remarks(_text({"workers": ([], comment)}))[0][1:] == remarks[0][1:]


def test_errors_of_shape_stay() -> None:
    around: Around = {"workers": ([], f" {_ignore('wrong-type', 'out-of-range')}")}
    assert _rules(around, workers=0) == ["out-of-range", "unused-ignore"]
    assert _rules({"name": ([_ignore("missing-key", form="ignore-file")], "")}, split=None) == [
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
        (["unused-ignore"], DEFAULT, {}),
        (["unused-ignore", "single-worker"], DEFAULT, {}),
    ],
)
def test_what_cannot_be_judged_is_not_reported(names: list[str], settings: Settings, changes: dict[str, Any]) -> None:
    around = {"workers": ([_ignore(*names)], ""), "input": ([_ignore(*names, form="ignore-file")], "")}
    assert names
    assert "unused-ignore" not in _rules(around, settings, **changes)


def test_what_can_be_judged_is_reported() -> None:
    """The counterpart of the cases above."""
    around = {"name": ([_ignore("single-worker", "global-state", "unknown-rule")], "")}
    assert _rules(around) == ["unused-ignore"]
    assert _rules(around, Settings(select=frozenset({"unused-ignore", "single-worker"}))) == ["unused-ignore"]
    assert _rules(around, Settings(select=frozenset({"single-worker"}))) == []


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        ([_ignore("single-wroker", "unknown-rule")], []),
        ([_ignore("unknown-rule"), "# parallel-stage: ignor"], []),
        (["# parallel-stage: ignor", _ignore("unknown-rule")], ["unknown-rule", "unused-ignore"]),
        ([_ignore("unused-ignore"), _ignore("dask-single-worker")], []),
        ([_ignore("unused-ignore", form="ignore-file"), _ignore("dask-single-worker", "wrong-type")], []),
        ([_ignore("unknown-rule", form="ignore-file"), _ignore("single-wroker")], []),
        ([_ignore("unknown-rule", form="ignore-file")], ["unused-ignore"]),
    ],
)
def test_remarks_can_be_ignored_too(lines: list[str], rules: list[str]) -> None:
    assert _rules({"workers": (lines, "")}) == rules


def test_remarks_are_not_asked_where_their_rules_are_off() -> None:
    around = {"workers": (["# parallel-stage: ignor", _ignore("single-wroker", "single-worker")], "")}
    assert _rules(around, Settings(ignore=frozenset({"unknown-rule"}))) == ["unused-ignore"]
    assert _rules(around, Settings(ignore=frozenset({"unused-ignore"}))) == ["unknown-rule"] * 2


def test_the_severity_of_remarks_can_be_set() -> None:
    found = _check(_text({"workers": ([SINGLE], "")}), settings=Settings(strict=True))
    assert [(diagnostic.rule, diagnostic.severity.value) for diagnostic in found] == [("unused-ignore", "error")]


def _mended(text: str, found: list[Diagnostic], path: str = "parallel_stage.toml") -> str:
    chosen = [diagnostic for diagnostic in found if diagnostic.rule == "unused-ignore"]
    assert all(diagnostic.fix and diagnostic.fix.safe for diagnostic in chosen)
    after = applied(text, edits(chosen))
    assert document.parse(after.encode(), path).data == document.parse(text.encode(), path).data
    return after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"a = 1 \t{SINGLE} why\nb = 2", "a = 1\nb = 2"),
        (f"a = 1{SINGLE}\r\nb = 2", "a = 1\r\nb = 2"),
        (f"{SINGLE} why\n\na = 1", "\na = 1"),
        (f"a = 1\r\n \t{SINGLE}\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n"),
        (f"a = 1\n{SINGLE}", "a = 1\n"),
        (f"x-a = [ {SINGLE}\n  # b\n  {SINGLE}\n  1 {SINGLE}\n]", "x-a = [\n  # b\n  1\n]"),
        ("# parallel-stage: ignore[ xyz , single-worker ] why", "# parallel-stage: ignore[ xyz ] why"),
        ("# parallel-stage: ignore[ single-worker , xyz ] why", "# parallel-stage: ignore[ xyz ] why"),
        ("# parallel-stage: ignore[idle-workers,single-worker, xyz]", "# parallel-stage: ignore[xyz]"),
        ("# parallel-stage: ignore[xyz,idle-workers, single-worker,]", "# parallel-stage: ignore[xyz,]"),
        (
            "# parallel-stage: ignore[wrong-type, xyz, idle-workers, zyx,, single-worker]",
            "# parallel-stage: ignore[xyz, zyx]",
        ),
        ("# parallel-stage: ignore-file[wrong-type, xyz]", "# parallel-stage: ignore-file[xyz]"),
    ],
)
def test_fixes_take_out_what_is_unused(before: str, after: str) -> None:
    rest = _text({}) + "\n[x-rest]\n"
    assert _mended(rest + before, _check(rest + before)) == rest + after


@pytest.mark.parametrize("end", ["  \n", "     \n", "\n\n"])
def test_a_comment_that_ends_a_text_of_yaml_has_no_fix(end: str) -> None:
    """Without it the blank lines would belong to the text."""
    text = f"{_text({}, between=': ')}notes: |+\n  parts in order\n{SINGLE}\n{end}x-a: 1 {SINGLE}\n"
    found = _check(text, "parallel_stage.yaml")
    assert [(diagnostic.rule, diagnostic.fix) for diagnostic in found] == [("unused-ignore", None)] * 2
    kept = text.replace("|+", '"a"\nx-text:').replace("  parts in order\n", "")
    assert SINGLE not in _mended(kept, _check(kept, "parallel_stage.yaml"), "parallel_stage.yaml")


def test_a_comment_without_which_a_text_cannot_be_read_has_no_fix() -> None:
    """A byte order mark is text except where a file starts."""
    found = _check(f"{_ignore('wrong-type')}\n\ufeff|b", "parallel_stage.yaml")
    assert ("unused-ignore", None) in [(diagnostic.rule, diagnostic.fix) for diagnostic in found]


def test_a_comment_before_a_deeper_one_has_no_fix() -> None:
    """The deeper one would belong to the text."""
    text = f"{_text({}, between=': ')}notes: |\n  parts\n {SINGLE}\n   {SINGLE}\n"
    found = _check(text, "parallel_stage.yaml")
    assert [diagnostic.fix is None for diagnostic in found] == [True, False]
    assert _mended(text, found[1:], "parallel_stage.yaml") + f"   {SINGLE}\n" == text


# Contracts in which many rules find something, with comments at many places.
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "workers": st.sampled_from([1, 8]),
        "backend": st.sampled_from(["dask", "local"]),
        "input": st.sampled_from(["/data/*.csv", "../../../../../../data/*.csv", "data\\*.csv"]),
        "output": st.sampled_from(["/results.csv", "results/é🐍.csv", "parallel_stage.toml"]),
        "target_partitions": st.sampled_from([0, 1]),
        "partition_strategy": st.sampled_from(["one-file-per-partition", "parameter-items"]),
        "reducer": st.just("custom"),
        "name": st.just(f"🐍 {SINGLE}"),
        "x-owner": st.just(_ignore("absolute-path", form="ignore-file")),
    },
)
_NAMES = st.sampled_from(
    [
        *("single-worker", "dask-single-worker", "local-ignores-workers", "absolute-path", "backslash-path"),
        *("escapes-project", "output-suffix", "target-ignored", "chunks-without-target", "custom-without-notes"),
        *("strategy-mismatch", "unused-ignore", "unknown-rule", "duplicate-output", "wrong-type", "no-such-rule"),
    ]
)
_IGNORES = st.builds(
    lambda names, form, reason: _ignore(*names, form=form) + reason,
    st.lists(_NAMES, min_size=1, max_size=4),
    st.sampled_from(["ignore", "ignore", "ignore-file"]),
    st.sampled_from(["", " é🐍 why"]),
)
_ABOVE = st.lists(_IGNORES | st.sampled_from(["", "# é🐍", "  "]), max_size=3)
_BEHIND = st.just("") | _IGNORES.map("  {}".format)
AROUND = st.dictionaries(st.sampled_from([*data()]), st.tuples(_ABOVE, _BEHIND), max_size=4)
BETWEEN = st.sampled_from([*PATHS])
NEWLINES = st.sampled_from(["\n", "\r\n"])


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
    plain = _check(_text({}, newline, between, **changes), path)
    expected = [found for found in plain if found.rule not in asked.get(str(found.route[0]), everywhere)]
    found = _check(_text(around, newline, between, **changes), path)
    assert _told([each for each in found if each.rule not in ABOUT_COMMENTS]) == _told(expected)


@settings(max_examples=50)
@given(CHANGES, AROUND, BETWEEN, NEWLINES)
def test_an_unused_ignore_can_be_taken_out_alone_or_with_all_others(
    changes: dict[str, Any], around: Around, between: str, newline: str
) -> None:
    path, text = PATHS[between], _text(around, newline, between, **changes)
    found = _check(text, path)
    for unused in found:
        if unused.rule == "unused-ignore":
            assert _told(_check(_mended(text, [unused], path), path)) + _told([unused]) == _told(found)
    others = [each for each in found if each.rule != "unused-ignore"]
    assert _told(_check(_mended(text, found, path), path)) == _told(others)


@given(CHANGES, AROUND, BETWEEN, NEWLINES, st.data())
def test_an_ignore_above_any_optional_finding_takes_it_away_and_nothing_else(
    changes: dict[str, Any],
    around: Around,
    between: str,
    newline: str,
    pick: st.DataObject,
) -> None:
    path, text = PATHS[between], _text(around, newline, between, **changes)
    found = _check(text, path)
    if not found:
        return
    chosen = pick.draw(st.sampled_from(found))
    lines = text.split("\n")
    lines.insert(chosen.start.line - 1, _ignore(chosen.rule))
    last = chosen.start.line  # on the lines between the comment and the next key there may be other remarks
    while lines[last].strip()[:1] in ("", "#") and last + 1 < len(lines):
        last += 1
    gone = [each for each in found if each.rule == chosen.rule and chosen.start.line <= each.start.line <= last]
    assert _told(_check("\n".join(lines), path)) + _told(gone) == _told(found)

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from commented import AROUND, BETWEEN, CHANGES, NEWLINES, PATHS, SINGLE, check, ignore, text_of
from parallel_stage.contract import document
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.suppressions.add import add_ignores, can_ignore
from support import data

if TYPE_CHECKING:
    from commented import Around
    from parallel_stage.lint.diagnostic import Diagnostic

REASON = "as of today 🐍"


def added(text: str, path: str = "parallel_stage.toml", reason: str = "") -> str:
    """The text with comments that ignore everything that may be ignored: its data is the same, and a check silent."""
    parsed = document.parse(text.encode(), path)
    found = [each for each in check(text, path) if can_ignore(each)]
    after, ignored = add_ignores(parsed, found, reason)
    assert sorted(map(_key, ignored)) == sorted(map(_key, found))
    assert document.parse(after.encode(), path).data == parsed.data
    left = check(after, path)
    assert not [each for each in left if can_ignore(each)]
    assert _idle(left) <= _idle(check(text, path))
    assert add_ignores(document.parse(after.encode(), path), [], reason) == (after, [])
    return after


def _key(found: Diagnostic) -> tuple[Any, ...]:
    return found.rule, found.start, found.message


def _idle(found: list[Diagnostic]) -> set[str]:
    """The rules that are ignored for nothing."""
    messages = [each.message for each in found if each.rule == "unused-ignore"]
    return {
        name for message in messages for name in re.findall(r"([\w-]+) (?:finds nothing|is a schema rule)", message)
    }


def changed_lines(text: str, path: str = "parallel_stage.toml", reason: str = "") -> list[str]:
    """The lines of the text that were not there before."""
    before = text.splitlines()
    return [line for line in added(text, path, reason).splitlines() if line not in before]


@pytest.mark.parametrize(
    ("around", "reason", "lines"),
    [
        ({}, "", [f"workers = 1  {SINGLE}"]),
        ({}, "old", [f"workers = 1  {SINGLE} old"]),
        ({"workers": ([], "  ")}, "", [f"workers = 1  {SINGLE}"]),
        # A comment of others stays as it is, and where it is: their tools read it, too.
        ({"workers": ([], "  # as agreed")}, "old", [f"{SINGLE} old"]),
        ({"workers": (["# as agreed"], "")}, "", [f"workers = 1  {SINGLE}"]),
        # One of ours gets the rule.
        (
            {"workers": ([], f"  {ignore('unused-ignore')}")},
            "",
            [f"workers = 1  {ignore('unused-ignore', 'single-worker')}"],
        ),
        ({"workers": ([ignore("unused-ignore")], "")}, "", [ignore("unused-ignore", "single-worker")]),
        (
            {"workers": ([f"{ignore('unused-ignore')} since May"], "")},
            "old",
            [f"{ignore('unused-ignore', 'single-worker')} since May; old"],
        ),
        (
            {"workers": ([f"{ignore('unused-ignore')} very old"], "")},
            "old",
            [f"{ignore('unused-ignore', 'single-worker')} very old"],
        ),
        # But not one for the whole file, nor one that is not understood.
        ({"workers": ([ignore("unused-ignore", form="ignore-file")], "")}, "", [f"workers = 1  {SINGLE}"]),
        ({"workers": ([], "  # parallel-stage: ignore[]")}, "", [SINGLE]),
    ],
)
def test_a_comment_stands_behind_the_value_or_joins_the_one_that_is_there(
    around: Around, reason: str, lines: list[str]
) -> None:
    assert changed_lines(text_of(around, workers=1), reason=reason) == lines


def test_findings_of_one_line_share_a_comment() -> None:
    text = text_of({}, workers=1, backend="dask", output="/a\\b.csv")
    assert changed_lines(text, reason="old") == [
        f"workers = 1  {SINGLE} old",
        f'backend = "dask"  {ignore("dask-single-worker")} old',
        f'output = "/a\\\\b.csv"  {ignore("output-suffix", "absolute-path", "backslash-path")} old',
    ]


TOML = text_of({}, input=None, partition_strategy=None)
INPUT = 'partition_strategy = "file-chunks"\n'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f'{TOML}{INPUT}input = """\n/data/*.csv"""\n', [f'/data/*.csv"""  {ignore("absolute-path")}']),
        (f'{TOML}{INPUT}input = """\n/data/*.csv"""  # mine\n', [ignore("absolute-path")]),
        (f'{TOML}{INPUT}input = "/data/*.csv"', [f'input = "/data/*.csv"  {ignore("absolute-path")}']),
        (f'{TOML}{INPUT}"input" = "/data/#.csv"\n', [f'"input" = "/data/#.csv"  {ignore("absolute-path")}']),
        (
            f'{TOML}{INPUT}input = "a.jsonl"\n[input_format]\nkind = "jsonl"\n\nheader = true\n',
            [f"header = true  {ignore('header-in-jsonl')}"],
        ),
        (
            f'{TOML}{INPUT}input = "a.jsonl"\ninput_format = {{ kind = "jsonl", header = true }}\n',
            [f'input_format = {{ kind = "jsonl", header = true }}  {ignore("header-in-jsonl")}'],
        ),
        (
            f'{TOML}{INPUT}input = "a"\n\n[partition_by]  # mine\ncolumn = "day"\nkind = "key"\n',
            [ignore("partition-by-mismatch")],
        ),
        (
            f'{TOML}{INPUT}input = "a"\n\n[partition_by]\ncolumn = "day"\nkind = "key"\n',
            [f"[partition_by]  {ignore('partition-by-mismatch')}"],
        ),
    ],
)
def test_toml(text: str, lines: list[str]) -> None:
    assert changed_lines(text) == lines
    assert changed_lines(text.replace("\n", "\r\n")) == lines


YAML = text_of({}, between=": ", workers=None, input=None)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("workers: 1\ninput: a\n", [f"workers: 1  {SINGLE}"]),
        ("\ufeffworkers: 1 # mine\ninput: a\n", [f"\ufeff{SINGLE}", "workers: 1 # mine"]),
        ("workers:\n  1\ninput: a\n", [f"workers:  {SINGLE}"]),
        ("workers: &a\n  1\ninput: a\n", [f"workers: &a  {SINGLE}"]),
        ("workers: auto\ninput: >-\n  /data\n  /*.csv\n", [ignore("absolute-path")]),
        ("workers: auto\ninput: |\n  /data/a.csv\n\n\n", [ignore("absolute-path")]),
        ("workers: auto\ninput: '/data\n  /*.csv'\n", [f"  /*.csv'  {ignore('absolute-path')}"]),
        ("workers: auto\ninput: /data\n  /*.csv\n", [f"  /*.csv  {ignore('absolute-path')}"]),
        ("workers: auto\ninput: '/data#1'\n", [f"input: '/data#1'  {ignore('absolute-path')}"]),
        ("workers: auto\nnotes: |\n  text\ninput: |\n  /data/a.csv\n", [ignore("absolute-path")]),
        (
            "workers: auto\ninput: a.jsonl\ninput_format:\n  kind: jsonl\n  header: true # mine\n",
            [f"  {ignore('header-in-jsonl')}"],
        ),
        (
            "workers: auto\ninput: a.jsonl\ninput_format: {kind: jsonl,\n  header: true}\n",
            [f"  header: true}}  {ignore('header-in-jsonl')}"],
        ),
    ],
)
def test_yaml(text: str, lines: list[str]) -> None:
    assert changed_lines(text + YAML, "parallel_stage.yaml") == lines


def test_a_block_of_text_is_ignored_from_above_and_keeps_its_lines() -> None:
    text = f"{YAML}workers: auto\ninput: |\n  # /data\n  /a.csv\n"
    parsed = document.parse(text.encode(), "parallel_stage.yaml")
    (found,) = check(f"{YAML}workers: auto\ninput: |\n  /data\n  /a.csv\n", "parallel_stage.yaml")
    after, _ = add_ignores(parsed, [found])
    assert after.splitlines()[-4:] == [ignore("absolute-path"), "input: |", "  # /data", "  /a.csv"]


def test_json_has_no_comments() -> None:
    text = json.dumps(data(workers=1), indent=2)
    assert add_ignores(document.parse(text.encode(), "a.json"), check(text, "a.json")) == (text, [])


def test_what_is_to_be_corrected_is_not_ignored() -> None:
    text = text_of({"name": ([ignore("single-worker")], ""), "split": ([ignore("singel-worker")], "")}, workers=0)
    found = check(text)
    assert {each.rule for each in found} == {"out-of-range", "unknown-rule"}
    assert not any(map(can_ignore, found))
    cannot = {rule.id for rule in RULES.values() if not rule.can_disable}
    (example, *_) = found
    refused = {rule for rule in RULES if not can_ignore(example._replace(rule=rule))}
    assert refused == cannot | {"unused-ignore", "unknown-rule", "stale-baseline"}


@given(CHANGES, AROUND, BETWEEN, NEWLINES)
def test_whatever_is_found_is_ignored_and_nothing_else_changes(
    changes: dict[str, Any], around: Around, between: str, newline: str
) -> None:
    text = text_of(around, newline, between, **changes)
    after = added(text, PATHS[between], REASON)
    assert ("\r\n" in after) is ("\r\n" in text)
    kept = iter(after.splitlines())
    for line in text.splitlines():  # every line is still there, in that order, but for what was added
        before = re.sub(r"\s*# parallel-stage: .*", "", line.rstrip())
        assert any(other.startswith(before) for other in kept), line

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from opened_contracts import NAMES, applied, contract, opened
from parallel_stage.contract.text import Span
from parallel_stage.editor import actions
from parallel_stage.editor.open_document import diagnose

if TYPE_CHECKING:
    from pathlib import Path

TOML, YAML, JSON = NAMES


def offered(path: Path, text: str, where: Span | None = None, only: list[str] | None = None) -> dict[str, str]:
    """The text after each action, by the action's title."""
    found = opened(path, text)
    there = where or Span(0, len(text))
    after = {}
    for action in actions.actions(found, diagnose(found), there, only):
        assert action.edit
        assert action.edit.changes
        after[action.title] = applied(text, list(action.edit.changes[found.uri]))
    return after


@pytest.mark.parametrize("name", NAMES)
def test_a_fix_is_reported_by_what_it_writes(root: Path, name: str) -> None:
    text = contract(name, backend="Local")
    found = offered(root / name, text, only=["quickfix"])
    assert list(found.values()) == [text.replace("Local", "local")]
    (title,) = found
    assert title.startswith("Write")
    assert '"local"' in title


def test_an_unsafe_fix_is_offered_as_such_and_not_part_of_fixing_all(root: Path) -> None:
    text = contract(TOML, output="results/delays.csv")
    found = opened(root / TOML, text)
    fix = next(actions.actions(found, diagnose(found), Span(0, len(text)), None))
    assert fix.is_preferred is False
    assert "may change" in fix.title
    assert not offered(root / TOML, text, only=["source.fixAll"])


def test_all_that_is_safe_is_fixed_at_once(root: Path) -> None:
    text = contract(TOML, backend="Local", reducer="concat_jsonl", output="😀\\a.jsonl")
    (after,) = offered(root / TOML, text, only=["source"]).values()
    assert after == contract(TOML, output="😀/a.jsonl", backend="local")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", [TOML, YAML])
def test_ignoring_a_rule_writes_a_comment_above(root: Path, name: str, end: str) -> None:
    text = contract(name, workers=1).replace("\n", end)
    found = offered(root / name, text)
    after = found["Ignore single-worker here"]
    assert f"# parallel-stage: ignore[single-worker]{end}workers" in after
    assert diagnose(opened(root / name, after)).found == []


def test_a_comment_is_indented_as_the_key_below_it(root: Path) -> None:
    text = (
        contract(YAML, split="data-partitions", workers=2) + "partition_by:\n  kind: group\n  unit: day\n  column: a\n"
    )
    found = offered(root / YAML, text)
    assert "  # parallel-stage: ignore[partition-by-mismatch]\n  unit" in found["Ignore partition-by-mismatch here"]


def test_there_is_no_ignoring_in_json_nor_of_the_schema(root: Path) -> None:
    assert not any("Ignore" in title for title in offered(root / JSON, contract(JSON, workers=1)))
    assert not any("Ignore" in title for title in offered(root / TOML, contract(TOML, workers=0)))


def test_actions_are_those_of_the_place_and_kind_that_are_requested(root: Path) -> None:
    text = contract(TOML, workers=1)
    at = text.index("workers")
    assert offered(root / TOML, text, Span(0, 0)) == {}
    assert list(offered(root / TOML, text, Span(at + 11, at + 11))) == ["Ignore single-worker here"]
    assert offered(root / TOML, text, only=["refactor"]) == {}
    assert list(offered(root / TOML, text, only=[""])) == ["Ignore single-worker here"]


def test_nothing_is_offered_for_what_cannot_be_read(root: Path) -> None:
    assert offered(root / TOML, "name = ") == {}


def test_an_action_names_the_finding_that_it_is_about(root: Path) -> None:
    found = opened(root / TOML, contract(TOML, backend="Local"))
    (fix, every) = actions.actions(found, diagnose(found), Span(0, len(found.text)), None)
    assert [each.code for each in fix.diagnostics or []] == ["unknown-value"]
    assert every.kind == f"{types.CodeActionKind.SourceFixAll.value}.parallelStage"

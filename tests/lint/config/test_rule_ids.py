from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.errors import UsageError
from parallel_stage.lint.config.rule_ids import unknown_rule_message, validated_rule_ids, why_not_selectable
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from parallel_stage.lint.rule import Rule


@pytest.mark.parametrize(
    ("name", "near"),
    [("single-wroker", "single-worker"), ("Single_Worker", "single-worker"), ("idle", None), ("", None), ("\n", None)],
)
def test_a_name_of_no_rule_is_reported_with_the_nearest(name: str, near: str | None) -> None:
    hint = f"did you mean {near}?" if near else "parallel-stage rules lists them all"
    assert unknown_rule_message(name) == why_not_selectable(name) == f"there is no rule {name!r}; {hint}"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_only_schema_rules_cannot_be_selected(rule: Rule) -> None:
    assert bool(why_not_selectable(rule.id)) is not rule.can_disable
    assert (
        rule.can_disable or why_not_selectable(rule.id) == f"{rule.id} is a schema rule, which always runs; remove it"
    )


def test_names_are_taken_as_a_set() -> None:
    assert validated_rule_ids(["idle-workers", "single-worker", "idle-workers"]) == {"idle-workers", "single-worker"}
    assert validated_rule_ids([]) == frozenset()


def test_every_name_at_fault_is_reported() -> None:
    with pytest.raises(UsageError) as error:
        validated_rule_ids(["single-worker", "zzz", "wrong-type"])
    assert error.value.message.splitlines() == [why_not_selectable("wrong-type"), why_not_selectable("zzz")]
    assert error.value.hint

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.errors import UsageError
from parallel_stage.lint.config.rule_ids import checked_rules, fault, no_such_rule
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from parallel_stage.lint.rule import Rule


@pytest.mark.parametrize(
    ("name", "near"),
    [("single-wroker", "single-worker"), ("Single_Worker", "single-worker"), ("idle", None), ("", None), ("\n", None)],
)
def test_a_name_of_no_rule_is_told_with_the_nearest(name: str, near: str | None) -> None:
    remedy = f"did you mean {near}?" if near else "parallel-stage rules lists them all"
    assert no_such_rule(name) == fault(name) == f"there is no rule {name!r}; {remedy}"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_only_rules_of_shape_are_at_fault(rule: Rule) -> None:
    assert bool(fault(rule.id)) is not rule.optional
    assert rule.optional or fault(rule.id) == f"{rule.id} is a rule of shape, which cannot be turned off; remove it"


def test_names_are_taken_as_a_set() -> None:
    assert checked_rules(["idle-workers", "single-worker", "idle-workers"]) == {"idle-workers", "single-worker"}
    assert checked_rules([]) == frozenset()


def test_every_name_at_fault_is_told() -> None:
    with pytest.raises(UsageError) as error:
        checked_rules(["single-worker", "zzz", "wrong-type"])
    assert error.value.message.splitlines() == [fault("wrong-type"), fault("zzz")]
    assert error.value.remedy

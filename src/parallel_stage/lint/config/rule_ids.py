"""Rules by the names that people write, in configurations, comments and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown_rule_message(name: str) -> str:
    """The words for a name that no rule has: the nearest one, or where they are listed."""
    from parallel_stage.contract.validation.suggest import closest

    near = closest(name, RULES)
    return f"there is no rule {name!r}; " + (f"did you mean {near}?" if near else "parallel-stage rules lists them all")


def why_not_selectable(name: str) -> str:
    """Why a name chooses no rule that could be asked or not; empty where it does."""
    if name not in RULES:
        return unknown_rule_message(name)
    return "" if RULES[name].can_disable else f"{name} is a rule of shape, which cannot be turned off; remove it"


def validated_rule_ids(names: Iterable[str]) -> frozenset[str]:
    """The names as a set.

    Raises:
        UsageError: Where one of them is no rule, or a rule of shape.
    """
    from parallel_stage.errors import UsageError

    chosen = frozenset(names)
    faults = [words for words in map(why_not_selectable, sorted(chosen)) if words]
    if faults:
        raise UsageError("\n".join(faults), "parallel-stage rules lists them all")
    return chosen

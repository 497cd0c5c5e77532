"""Rule ids that people write in configurations, in comments and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown_rule_message(name: str) -> str:
    """Return the message for an unknown rule id: the nearest one, or the command that lists them."""
    from parallel_stage.contract.validation.suggest import closest

    near = closest(name, RULES)
    return f"there is no rule {name!r}; " + (f"did you mean {near}?" if near else "parallel-stage rules lists them all")


def why_not_selectable(name: str) -> str:
    """Return why an id cannot select or ignore a rule; empty where it can."""
    if name not in RULES:
        return unknown_rule_message(name)
    return "" if RULES[name].can_disable else f"{name} is a schema rule, which always runs; remove it"


def validated_rule_ids(names: Iterable[str]) -> frozenset[str]:
    """Return the ids as a set.

    Raises:
        UsageError: Where one of them is unknown, or a schema rule.
    """
    from parallel_stage.errors import UsageError

    chosen = frozenset(names)
    faults = [words for words in map(why_not_selectable, sorted(chosen)) if words]
    if faults:
        raise UsageError("\n".join(faults), "parallel-stage rules lists them all")
    return chosen

"""Every rule by its id, in the order of the documentation: what it is about, and what finds it.

A rule's docstring is its page: a summary line, why it hurts, then `Bad:` and `Good:` snippets that the tests lay
over a valid contract and check.
"""

from __future__ import annotations

from parallel_stage.lint.rules import (
    across,
    editors,
    function,
    ignoring,
    inputs,
    paths,
    reducer,
    shape,
    source,
    split,
    workers,
)
from parallel_stage.lint.rules.rule import Finding, Rule, Subject

__all__ = ["RULES", "Finding", "Rule", "Subject"]

_CONCERNS = (shape, function, source, split, workers, reducer, paths, inputs, across, editors, ignoring)
RULES: dict[str, Rule] = {rule.id: rule for concern in _CONCERNS for rule in concern.RULES}

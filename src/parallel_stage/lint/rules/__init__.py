"""Every rule by its id, in the order of the documentation.

A rule's docstring is its documentation: a summary line, why it matters, then `Bad:` and `Good:` snippets,
which the tests merge into a valid contract and check.
"""

from __future__ import annotations

from parallel_stage.lint.rule import Finding, Rule, Subject
from parallel_stage.lint.rules import (
    changes,
    cross_file,
    editors,
    function,
    function_module,
    inputs,
    neighbours,
    paths,
    reducer,
    shape,
    side_effects,
    split,
    suppressions,
    workers,
)

__all__ = ["RULES", "Finding", "Rule", "Subject"]

_CONCERNS = (
    *(shape, function_module, function, side_effects, neighbours, split, workers, reducer, paths),
    *(inputs, cross_file, changes, editors, suppressions),
)
RULES: dict[str, Rule] = {rule.id: rule for concern in _CONCERNS for rule in concern.RULES}

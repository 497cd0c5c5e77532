"""Is the document what the schema says? A fast yes by the gate; else every violation, explained."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.schema import CONTRACT, schema
from parallel_stage.contract.validation.fast_path import fast_test

if TYPE_CHECKING:
    from parallel_stage.contract.problem import Problem
    from parallel_stage.contract.validation.fast_path import Test


def violations(data: Any, identifier: str = CONTRACT) -> list[Problem]:
    """Everything about the data that breaks the schema of that id; empty for a valid document."""
    if _fast_test(identifier)(data):
        return []
    from parallel_stage.contract.validation.explain import explain

    return explain(data, identifier)


@cache
def _fast_test(identifier: str) -> Test:
    return fast_test(schema(identifier))

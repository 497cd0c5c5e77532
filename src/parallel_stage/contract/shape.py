"""Is the document what the schema says? A fast yes by the gate; else every violation, explained."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.gate import gate
from parallel_stage.contract.schema import CONTRACT, schema

if TYPE_CHECKING:
    from parallel_stage.contract.gate import Test
    from parallel_stage.contract.problem import Problem


def violations(data: Any, identifier: str = CONTRACT) -> list[Problem]:
    """Everything about the data that breaks the schema of that id; empty for a valid document."""
    if _gate(identifier)(data):
        return []
    from parallel_stage.contract.explain import explain

    return explain(data, identifier)


@cache
def _gate(identifier: str) -> Test:
    return gate(schema(identifier))

"""Validate data against a schema: a fast test accepts most valid data, jsonschema explains the rest."""

from __future__ import annotations

from functools import cache

from parallel_stage.contract.schema import CONTRACT, schema
from parallel_stage.contract.validation.fast_path import fast_test
from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from parallel_stage.contract.problem import Problem
    from parallel_stage.contract.validation.fast_path import Test


def violations(data: Any, identifier: str = CONTRACT) -> list[Problem]:
    """Return every violation of the schema of that id; none for valid data."""
    if _fast_test(identifier)(data):
        return []
    from parallel_stage.contract.validation.explain import explain

    return explain(data, identifier)


@cache
def _fast_test(identifier: str) -> Test:
    return fast_test(schema(identifier))

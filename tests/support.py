"""What many tests start from: one valid contract, and the ways to vary it."""

from __future__ import annotations

from typing import Any

import tomli_w
from hypothesis import HealthCheck

VALID: dict[str, Any] = {
    "schema": "agilab.parallel_stage.v1",
    "name": "delays",
    "function": "my_pipeline.process:process_file",
    "split": "files",
    "input": "data/*.csv",
    "workers": "auto",
    "partition_strategy": "file-chunks",
    "target_partitions": 64,
    "min_partitions_per_worker": 2,
    "reducer": "concat-jsonl",
    "backend": "pool",
    "output": "results/delays.jsonl",
}
"""A contract that no rule has anything to say about."""

OF_A_CHANGE = {"result-changes", "cuts-change", "consumers-break", "only-execution-changes"}
"""The rules about the difference of two versions of a contract."""

BEYOND_ONE_CONTRACT = {"duplicate-output", "duplicate-name", "stale-baseline", *OF_A_CHANGE}
"""The rules of which no single contract can be an example: they are about several, a baseline or a change."""

REUSED_FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
"""What a property suppresses that writes each example over the last one; naming one leaves those of the profile out."""


def data(**changes: Any) -> dict[str, Any]:
    """The valid contract with some fields changed; None takes a field out."""
    return {name: value for name, value in {**VALID, **changes}.items() if value is not None}


def toml(**changes: Any) -> str:
    """The same as TOML."""
    return tomli_w.dumps(data(**changes))

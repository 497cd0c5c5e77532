"""Parallel Stage: function + split rule + reducer = parallel stage.

The public API. A contract is checked, planned, run:

    diagnostics = check("parallel_stage.toml")   # everything that the linter finds
    contract = load("parallel_stage.toml")       # or InvalidContractError
    plan = make_plan("parallel_stage.toml")      # all partitions; nothing runs
    found = verify("parallel_stage.toml")        # on a sample: does the result depend on the cuts?
    run = run_stage("parallel_stage.toml", backend="pool", workers=4)
    print(run.result)

A user's function may ask for `Chunk`, as the annotation of its parameter, and call `current_partition()`. The
functions are not called `plan` and `run`, since the packages of these names would hide them once imported.
"""

from __future__ import annotations

import importlib

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from parallel_stage.api import check, load, make_plan, run_stage, verify
    from parallel_stage.contract.model import Contract, InputFormat, PartitionBy
    from parallel_stage.errors import (
        BackendLostError,
        InputChangedError,
        Interrupted,
        MissingExtraError,
        NoInputError,
        ParallelStageError,
        PartitionsFailedError,
        PlanRefusedError,
        ReducerFailedError,
        UsageError,
    )
    from parallel_stage.lint.diagnostic import Diagnostic, Fix, InvalidContractError, Position, Replacement, Severity
    from parallel_stage.plan.chunk import Chunk
    from parallel_stage.plan.partition import (
        ByteRange,
        Group,
        Input,
        InputNote,
        Parameters,
        Partition,
        Piece,
        RowGroups,
        WholeFile,
        WholeTable,
    )
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import Observer, Started
    from parallel_stage.run.runner import RunResult
    from parallel_stage.run.verify.compare import Comparison
    from parallel_stage.run.verify.partial import Partial
    from parallel_stage.run.verify.verify import Check, Verification
    from parallel_stage.run.worker.current import CurrentPartition, current_partition
    from parallel_stage.version import __version__

__all__ = [
    "BackendLostError",
    "ByteRange",
    "Check",
    "Chunk",
    "Comparison",
    "Contract",
    "CurrentPartition",
    "Diagnostic",
    "Fix",
    "Group",
    "Input",
    "InputChangedError",
    "InputFormat",
    "InputNote",
    "Interrupted",
    "InvalidContractError",
    "MissingExtraError",
    "NoInputError",
    "Observer",
    "ParallelStageError",
    "Parameters",
    "Partial",
    "Partition",
    "PartitionBy",
    "PartitionsFailedError",
    "Piece",
    "Plan",
    "PlanRefusedError",
    "Position",
    "ReducerFailedError",
    "Replacement",
    "RowGroups",
    "RunResult",
    "Severity",
    "Started",
    "UsageError",
    "Verification",
    "WholeFile",
    "WholeTable",
    "__version__",
    "check",
    "current_partition",
    "load",
    "make_plan",
    "run_stage",
    "verify",
]

_HOMES = {
    "api": (
        "check",
        "load",
        "make_plan",
        "run_stage",
        "verify",
    ),
    "contract.model": (
        "Contract",
        "InputFormat",
        "PartitionBy",
    ),
    "errors": (
        "BackendLostError",
        "InputChangedError",
        "Interrupted",
        "MissingExtraError",
        "NoInputError",
        "ParallelStageError",
        "PartitionsFailedError",
        "PlanRefusedError",
        "ReducerFailedError",
        "UsageError",
    ),
    "lint.diagnostic": (
        "Diagnostic",
        "Fix",
        "InvalidContractError",
        "Position",
        "Replacement",
        "Severity",
    ),
    "plan.chunk": ("Chunk",),
    "plan.partition": (
        "ByteRange",
        "Group",
        "Input",
        "InputNote",
        "Parameters",
        "Partition",
        "Piece",
        "RowGroups",
        "WholeFile",
        "WholeTable",
    ),
    "plan.plan": ("Plan",),
    "run.request": (
        "Observer",
        "Started",
    ),
    "run.runner": ("RunResult",),
    "run.verify.compare": ("Comparison",),
    "run.verify.partial": ("Partial",),
    "run.verify.verify": (
        "Check",
        "Verification",
    ),
    "run.worker.current": (
        "CurrentPartition",
        "current_partition",
    ),
    "version": ("__version__",),
}
"""The names that each module defines.

A module is imported with the first of them, so the linter loads no runner.
"""


def __getattr__(name: str) -> Any:
    """Import a name of the API on first use (PEP 562)."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The names of the API, also those that are not imported yet."""
    return sorted({*globals(), *__all__})

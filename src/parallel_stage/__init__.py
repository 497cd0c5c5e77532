"""Parallel Stage: function + split rule + reducer = parallel stage.

The curated API. A contract is checked, planned, run:

    contract = load("parallel_stage.toml")     # or InvalidContractError
    diagnostics = check("parallel_stage.toml")  # everything that a linter has to say
    plan = make_plan(contract, root)            # all partitions, nothing run
    document = read("parallel_stage.toml")      # the file itself, of which a run keeps a copy
    outcome = run_stage(Order(contract=contract, document=document))

and what a user's function may ask for: `Chunk` as the annotation of its parameter, `current_partition()`.
The functions are not called `plan` and `run`, since the packages of these names would hide them once imported.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parallel_stage.contract import load
    from parallel_stage.contract.document import read
    from parallel_stage.contract.model import Contract
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.engine.check_document import check_file as check
    from parallel_stage.plan.chunk import Chunk
    from parallel_stage.plan.planner import make_plan
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.runner import run as run_stage
    from parallel_stage.run.worker.current import current_partition

__all__ = [
    "Chunk",
    "Contract",
    "ParallelStageError",
    "RunRequest",
    "check",
    "current_partition",
    "load",
    "make_plan",
    "read",
    "run_stage",
]

# Where each name lives. They are imported when asked for: the linter must not pay for the runner.
_HOMES = {
    "Chunk": ("plan.chunk", "Chunk"),
    "Contract": ("contract.model", "Contract"),
    "ParallelStageError": ("errors", "ParallelStageError"),
    "check": ("lint.engine.check_document", "check_file"),
    "current_partition": ("run.worker.current", "current_partition"),
    "load": ("contract", "load"),
    "make_plan": ("plan.planner", "make_plan"),
    "RunRequest": ("run.request", "RunRequest"),
    "read": ("contract.document", "read"),
    "run_stage": ("run.runner", "run"),
}


def __getattr__(name: str) -> Any:
    """Import a name of the API on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)

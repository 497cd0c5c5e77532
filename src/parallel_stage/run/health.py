"""The health check before the first partition: every worker can do the work, and has the same code."""

from __future__ import annotations

import platform
from functools import partial
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import parse
from parallel_stage.errors import BackendLostError, PlanRefusedError
from parallel_stage.pysource.closure import code_of
from parallel_stage.run.backends.protocol import INSTALL_THERE, WorkerLostError
from parallel_stage.run.worker.elsewhere import probe
from parallel_stage.run.worker.execute import WorkerInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.plan.partition import Input
    from parallel_stage.pysource.closure import Code
    from parallel_stage.run.backends.protocol import Workers
    from parallel_stage.run.task import Stage

_SAMPLE = 32
"""The number of inputs that every worker checks; each partition checks its own, too."""

_SHOWN = 3
_BY_SCHEDULER = "deserialization of the task graph"
"""What Dask says where its scheduler cannot load what a worker is to do."""
_AGAIN = "run the stage again"


def check(workers: Workers, stage: Stage, inputs: Sequence[Input], *, needs_directory: bool = False) -> None:
    """Probe all workers and compare the answers, also of those that join later.

    Those that do not see the run directory are added to `workers.elsewhere`.

    Args:
        workers: The workers.
        stage: The stage.
        inputs: Its inputs, of which some are looked for.
        needs_directory: Whether every worker has to see the run directory.

    Raises:
        PlanRefusedError: When the function cannot be imported.
        BackendLostError: When a worker does not answer, runs another Python, sees other source, or misses
            files.
    """
    paths = tuple(planned.path for planned in inputs[:: max(1, len(inputs) // _SAMPLE)])
    look = partial(probe, stage, paths, needs_directory=needs_directory)
    try:
        answers = workers.run_on_all(look)
    except WorkerLostError as error:
        message = f"importing {stage.contract.function!r} ended its process: {error.message}"
        raise PlanRefusedError(message, "import the module by hand to see what it does") from None
    code = code_of(parse(stage.contract.function), stage.search)
    if stage.source_digest and code.digest != stage.source_digest:
        message = f"code changed: {stage.contract.function!r}, or what it imports, was edited since the plan was made"
        raise PlanRefusedError(message, _AGAIN)
    for name, facts in answers.items():
        _check(code, workers.elsewhere, name, facts)
    workers.admit(look, partial(_check, code, workers.elsewhere))


def _check(code: Code, elsewhere: set[str], name: str, facts: Any) -> None:
    where = "" if name in ("local", "pool") else f"the worker {name}"
    if isinstance(facts, BackendLostError):
        raise facts
    if not isinstance(facts, WorkerInfo):
        message = f"{where} cannot run this package: {type(facts).__name__}: {facts}"
        if _BY_SCHEDULER in str(facts):
            message = "the scheduler cannot load this package, or has another version of Dask"
        raise BackendLostError(message, INSTALL_THERE)
    here = ".".join(platform.python_version_tuple()[:2])
    if facts.python != here:
        message = f"{where} on {facts.host} runs Python {facts.python}, the runner Python {here}"
        raise BackendLostError(message, "run both with the same Python")
    if facts.missing:
        message = f"{where} on {facts.host} cannot see {facts.missing}"
        raise BackendLostError(message, "copy it there, to the same path, or give both one shared file system")
    different = [key for key in {**code.modules, **facts.modules} if code.modules.get(key) != facts.modules.get(key)]
    if different and not where:
        raise PlanRefusedError(f"code changed: {_listed(different)} was edited while the workers started", _AGAIN)
    if different:
        raise BackendLostError(_difference(where, facts, different), "bring the same code to all workers")
    if facts.problem:
        message = f"{where}: {facts.problem}" if where else facts.problem
        raise PlanRefusedError(message, facts.hint, facts.details)
    if not facts.sees_directory:
        elsewhere.add(name)


def _difference(where: str, facts: WorkerInfo, different: list[str]) -> str:
    absent = [name for name in different if name not in facts.modules]
    if absent:
        return f"{where} on {facts.host} does not have {_listed(absent)}, which the function needs"
    return f"{where} on {facts.host} has other source of {_listed(different)} than the runner"


def _listed(names: list[str]) -> str:
    """Return the names of modules, at most three of them."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")

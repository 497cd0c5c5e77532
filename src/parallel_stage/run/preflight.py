"""Checks before a run leaves a trace: partition, reducer and the place of the result."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.contract import formats, output_names, project
from parallel_stage.contract.function import parse
from parallel_stage.errors import PlanRefusedError, UsageError
from parallel_stage.pysource.closure import code_of
from parallel_stage.run import scheduler as scheduler_of
from parallel_stage.run.backends.isolated import run_here, run_isolated
from parallel_stage.run.backends.protocol import WorkerLostError
from parallel_stage.run.reducers import custom
from parallel_stage.run.storage import directory
from parallel_stage.run.storage.output import check_writable, recover
from parallel_stage.run.task import Stage
from parallel_stage.run.worker.load import load
from parallel_stage.run.worker.process_state import stage_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import RunRequest

_HINT = "choose another `output`, in the contract or with --output"


def check_scheduler(request: RunRequest) -> None:
    """Raise UsageError where a scheduler is none, or is given to a run that is not on Dask."""
    backend = request.effective.backend
    if backend == "dask":
        scheduler = scheduler_of.find(request.scheduler, request.tls)
        if scheduler:
            from parallel_stage.run.backends.certificates import security_of

            security_of(scheduler)
        if request.worker_root and not os.path.isabs(request.worker_root):
            message = f"the workers' root is {request.worker_root}, which starts at no directory that they know"
            raise UsageError(message, "give an absolute path to --worker-root")
    elif request.scheduler or any(request.tls) or request.worker_root:
        message = f"a scheduler is for the dask backend, and this run is on {backend}"
        raise UsageError(message, "leave the scheduler and what belongs to it out, or run on dask")


def check_timeout(request: RunRequest) -> None:
    """Raise UsageError where no partition can keep the time limit."""
    if request.timeout is not None and not 0 < request.timeout < float("inf"):
        message = f"a partition cannot take {request.timeout} seconds"
        raise UsageError(message, "give a time limit above 0, or none")


def check_resume(request: RunRequest) -> None:
    """Raise UsageError where one partition is to be resumed."""
    if request.resume and request.partition is not None:
        message = "one partition alone is run anew, and nothing of it is resumed"
        raise UsageError(message, "leave out --partition, or --resume")


def check_request(request: RunRequest, plan: Plan) -> Path | None:
    """Check that a request can be carried out, and make the directory of its result.

    Returns:
        The absolute path of the result; None where it goes into the run directory.

    Raises:
        UsageError: Where the plan does not have the partition.
        PlanRefusedError: Where `reducer_function` cannot be imported, or the result may not be written.
    """
    contract, alone = request.effective, request.partition is not None
    if request.partition is not None and not 0 <= request.partition < plan.count:
        message = f"there is no partition {request.partition}; the plan has {plan.count}, numbered from 0"
        raise UsageError(message, f"choose one between 0 and {plan.count - 1}")
    if contract.reducer == "custom" and contract.reducer_function and not alone:
        _check_reducer(request, contract.reducer_function)
    if alone or names_contract(contract.output, request.directory, request.absolute_path):
        return None
    return check_output(contract, request.directory, request.search, plan.inputs)


def _check_reducer(request: RunRequest, function: str) -> None:
    stage = Stage(request.effective, request.directory, request.search, Path())
    try:
        (run_isolated if request.isolated else run_here)(_load, stage, function)
    except WorkerLostError as error:
        message = f"importing {function!r} ended its process: {error.message}"
        raise PlanRefusedError(message, "import the module by hand to see what it does") from None


def _load(stage: Stage, function: str) -> None:
    with stage_environment(stage, function):
        load(function, stage.search)


def names_contract(output: str, root: str, contract_path: str) -> bool:
    """Whether an output is the contract file itself, also by links.

    The result then goes into the run directory.
    """
    if not contract_path:
        return False
    same = os.path.realpath(os.path.join(root, output)) == os.path.realpath(contract_path)
    return same or output_names.names_contract(output, contract_path, root)


def leaves_directory(contract: Contract) -> bool:
    """Whether the result is a directory of parts and not a file."""
    return contract.reducer == "custom" and not contract.reducer_function


def check_output(contract: Contract, root: str, search: tuple[str, ...], inputs: Iterable[Input]) -> Path:
    """Check that the result may be written, and make its directory.

    Args:
        contract: The contract.
        root: The absolute directory where relative paths start.
        search: Where modules are searched: a result must not replace a function's source.
        inputs: The files that the plan reads.

    Returns:
        The absolute path of the result.

    Raises:
        PlanRefusedError: For an output that something else needs: an input, a function's source, another
            contract, the run directories, a device; and for one that cannot be written.
    """
    output = Path(os.path.abspath(os.path.join(root, contract.output)))
    try:
        recover(output, partial(directory.has_ended, root))
        _check_place(output, contract, root, search, inputs)
        output.parent.mkdir(parents=True, exist_ok=True)
        check_writable(output, directory.new_run(datetime.now(timezone.utc)))
    except OSError as error:
        message = f"the output {output} cannot be written: {error.strerror}"
        raise PlanRefusedError(message, f"make its directory writable, or {_HINT}") from None
    return output


def _check_place(output: Path, contract: Contract, root: str, search: tuple[str, ...], inputs: Iterable[Input]) -> None:
    if leaves_directory(contract):
        _check_directory(output)
    elif output.exists() and not output.is_file():
        raise PlanRefusedError(f"the output {output} is there and is not a file", _HINT)
    if output.exists() and formats.is_contract_name(output.name):
        raise PlanRefusedError(f"the output {output} is a contract; contracts are never overwritten", _HINT)
    if output.exists() and output.name in project.CONFIGURATION:
        raise PlanRefusedError(f"the output {output} would replace the project's configuration", _HINT)
    if any(part.lower() in project.VERSION_CONTROL for part in (*output.parent.resolve().parts, output.name)):
        raise PlanRefusedError(f"the output {output} lies in the files of version control", _HINT)
    if output.is_relative_to(Path(root, directory.HOME)):
        raise PlanRefusedError(f"the output {output} is where runs keep their evidence", _HINT)
    for what, path in _needed(contract, root, search, inputs):
        if _lies_at(Path(path), output):
            raise PlanRefusedError(f"the output {output} would replace the {what} {path}, which must stay", _HINT)


def _needed(
    contract: Contract, root: str, search: tuple[str, ...], inputs: Iterable[Input]
) -> Iterator[tuple[str, str]]:
    """Yield every file that no result may replace, with the word for it."""
    for name in (contract.function, contract.reducer_function):
        for source in code_of(parse(name), search).files.values() if name else ():
            yield "source", source
    yield "input", os.path.join(root, contract.input)  # a manifest is not one of the inputs that it names
    for planned in inputs:
        yield "input", os.path.join(root, planned.path)


def _lies_at(path: Path, output: Path) -> bool:
    """Whether a file is the output, or below it where the output is a directory."""
    if output.is_dir():
        return path.resolve().is_relative_to(output.resolve())
    try:
        return output.exists() and path.samefile(output)
    except (OSError, ValueError):
        return False


def _check_directory(output: Path) -> None:
    if output.exists() and not output.is_dir():
        message = f"the output {output} is a file; without reducer_function the parts go into a directory"
        raise PlanRefusedError(message, f"{_HINT}, or give the contract a reducer_function")
    if output.is_dir() and any(output.iterdir()) and not custom.is_ours(output):
        message = f"the output {output} is a directory with something in it that no earlier run has left there"
        raise PlanRefusedError(message, f"empty it, or {_HINT}")

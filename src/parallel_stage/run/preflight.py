"""What is looked at before a run leaves any trace: that the result may go where the contract says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.contract import results
from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.reducers import custom

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input

_REMEDY = "choose another `output`, in the contract or with --output"


def names_contract(output: str, root: str, contract_path: str) -> bool:
    """Whether `output` is the contract file itself, also by links: the result then goes into the run directory."""
    same = os.path.realpath(os.path.join(root, output)) == os.path.realpath(contract_path)
    return same or results.names_contract(output, contract_path, root)


def leaves_directory(contract: Contract) -> bool:
    """Whether the result is a directory of parts and not a file."""
    return contract.reducer == "custom" and not contract.reducer_function


def check_output(contract: Contract, root: str, inputs: Iterable[Input]) -> Path:
    """Prove that the result may be written, and make its directory.

    Returns:
        The absolute path of the result.

    Raises:
        PlanRefusedError: For an output that is an input, that is something else than a result of this contract,
            or whose directory cannot be written.
    """
    output = Path(os.path.abspath(os.path.join(root, contract.output)))
    if leaves_directory(contract):
        _check_directory(output)
    elif output.is_dir():
        raise PlanRefusedError(f"the output {output} is a directory", _REMEDY)
    clash = next((name for name in _read_files(contract, inputs) if _is_same(os.path.join(root, name), output)), None)
    if clash is not None:
        raise PlanRefusedError(f"the output {output} is the input {clash}; inputs are never overwritten", _REMEDY)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output.parent):
            pass
    except OSError as error:
        message = f"the directory of the output, {output.parent}, cannot be written: {error.strerror}"
        raise PlanRefusedError(message, f"make it writable, or {_REMEDY}") from None
    return output


def _read_files(contract: Contract, inputs: Iterable[Input]) -> Iterable[str]:
    yield contract.input
    yield from (planned.path for planned in inputs)


def _is_same(path: str, output: Path) -> bool:
    try:
        return output.exists() and os.path.samefile(path, output)
    except (OSError, ValueError):
        return False


def _check_directory(output: Path) -> None:
    if output.exists() and not output.is_dir():
        message = f"the output {output} is a file; without reducer_function the parts go into a directory"
        raise PlanRefusedError(message, f"{_REMEDY}, or give the contract a reducer_function")
    if output.is_dir() and any(output.iterdir()) and not custom.is_ours(output):
        message = f"the output {output} is a directory with something in it that no earlier run has left there"
        raise PlanRefusedError(message, f"empty it, or {_REMEDY}")

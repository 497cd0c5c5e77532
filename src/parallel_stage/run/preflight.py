"""What is looked at before a run leaves any trace: that the result may go where the contract says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.contract import formats, output_names
from parallel_stage.contract.function import locate, parse
from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.reducers import custom
from parallel_stage.run.storage import directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input

_HINT = "choose another `output`, in the contract or with --output"


def names_contract(output: str, root: str, contract_path: str) -> bool:
    """Whether `output` is the contract file itself, also by links: the result then goes into the run directory."""
    if not contract_path:
        return False
    same = os.path.realpath(os.path.join(root, output)) == os.path.realpath(contract_path)
    return same or output_names.names_contract(output, contract_path, root)


def leaves_directory(contract: Contract) -> bool:
    """Whether the result is a directory of parts and not a file."""
    return contract.reducer == "custom" and not contract.reducer_function


def check_output(contract: Contract, root: str, search: tuple[str, ...], inputs: Iterable[Input]) -> Path:
    """Prove that the result may be written, and make its directory.

    Args:
        contract: What is run.
        root: The absolute directory where relative paths start.
        search: Where modules are searched, since a function's source is no place for a result either.
        inputs: The files that the plan reads.

    Returns:
        The absolute path of the result.

    Raises:
        PlanRefusedError: For an output that something else needs: an input, a function's source, another contract,
            the run directories, a device; and for one that cannot be written.
    """
    output = Path(os.path.abspath(os.path.join(root, contract.output)))
    try:
        _check_place(output, contract, root, search, inputs)
        output.parent.mkdir(parents=True, exist_ok=True)
        # By the longest name that is used beside it, which the file system must take.
        with tempfile.NamedTemporaryFile(dir=output.parent, prefix=f".{os.getpid()}-old-", suffix=output.name):
            pass
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
    if output.is_relative_to(Path(root, directory.HOME)):
        raise PlanRefusedError(f"the output {output} is where runs keep their evidence", _HINT)
    for what, path in _needed(contract, root, search, inputs):
        if _lies_at(Path(path), output):
            raise PlanRefusedError(f"the output {output} would replace the {what} {path}, which must stay", _HINT)


def _needed(
    contract: Contract, root: str, search: tuple[str, ...], inputs: Iterable[Input]
) -> Iterator[tuple[str, str]]:
    """What no result may replace, with the word for it."""
    for name in (contract.function, contract.reducer_function):
        source = locate(parse(name), search) if name else None
        if source:
            yield "source", source
    yield "input", os.path.join(root, contract.input)  # a manifest is not among the inputs that it names
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

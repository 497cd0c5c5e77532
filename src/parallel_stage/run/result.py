"""Merge parts into the result: into a temporary file, then rename, so the old result survives a failure."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import ReducerFailedError
from parallel_stage.run.backends.isolated import run_here
from parallel_stage.run.backends.protocol import WorkerLostError
from parallel_stage.run.processes.interruption import ignore_interrupts
from parallel_stage.run.reducers import REDUCERS, custom
from parallel_stage.run.storage import layout, output
from parallel_stage.run.storage.digest import measure
from parallel_stage.run.storage.part import PartitionOutput, Parts, replacing
from parallel_stage.run.worker.capture import capturing
from parallel_stage.run.worker.load import load, message_of, user_traceback
from parallel_stage.run.worker.process_state import is_interrupt, stage_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from parallel_stage.run.storage.digest import Measure
    from parallel_stage.run.task import Receipt, Stage

_KEPT = "the parts are kept in the run directory, and the old result stands"


@dataclass(frozen=True, slots=True)
class Result:
    """A result: a file or a directory. `bytes` and `digest` are its `Measure`."""

    path: Path
    bytes: int
    digest: str


def merge(
    stage: Stage, receipts: Iterable[Receipt], count: int, target: Path, call: Callable[..., Any] = run_here
) -> Result:
    """Merge the outputs of all partitions into `target`.

    Args:
        stage: What ran.
        receipts: One for each partition, in plan order; those that failed are left out of the result.
        count: The number of partitions.
        target: The absolute path of the result.
        call: Calls a function with its arguments: user code runs where it does that.

    Raises:
        ReducerFailedError: Where outputs do not fit together, `reducer_function` fails, or the disk is full.
    """
    run = stage.directory.name
    temporary = output.temporary(target, run)
    try:
        size, digest = _merge(stage, receipts, count, temporary, call)
        ignore_interrupts()  # from here on, there is a result
        output.put(target, run)
    except OSError as error:
        message = f"the result {target} cannot be written: {error.strerror or error}"
        raise ReducerFailedError(message, _KEPT) from None
    finally:
        output.remove(temporary)
    return Result(target, size, digest)


def alone(stage: Stage, receipt: Receipt) -> Result:
    """Write the output of one partition into a file of its own in the run directory."""
    path = stage.directory / f"partition-{receipt.index}{receipt.suffix}"
    with replacing(path) as file, closing(Parts(stage.directory)) as parts:
        file.writelines(parts.blocks(receipt))
    return Result(path, receipt.length, receipt.digest)


def _outputs(parts: Parts, receipts: Iterable[Receipt], count: int) -> Iterator[PartitionOutput]:
    found = 0
    for receipt in receipts:
        if receipt.index != found:
            break
        if receipt.failure is None:
            yield PartitionOutput(receipt, parts)
        found += 1
    if found != count:
        raise ReducerFailedError(f"the ledger has no receipt of partition {found} of {count}", _KEPT)


def _merge(stage: Stage, receipts: Iterable[Receipt], count: int, temporary: Path, call: Callable[..., Any]) -> Measure:
    reducer, name = REDUCERS[stage.contract.reducer], stage.contract.reducer_function
    with closing(Parts(stage.directory)) as parts:
        outputs = _outputs(parts, receipts, count)
        if stage.contract.reducer != "custom" or not name:
            return reducer.merge(outputs, temporary)
        ordered = stage.directory / layout.ORDERED
        shutil.rmtree(ordered, ignore_errors=True)
        custom.arrange(outputs, ordered)
    files = sorted((path for path in ordered.iterdir() if path.name != custom.MANIFEST), key=_index)
    try:
        call(_reduce, stage, name, files, temporary)
    except WorkerLostError as error:
        raise ReducerFailedError(f"reducer_function {name!r} failed: {error.message}", _KEPT) from None
    if not temporary.exists():
        message = f"reducer_function {name!r} has returned without writing its second argument, the output"
        raise ReducerFailedError(message, f"write to the path it is called with; {_KEPT}")
    return measure(temporary, to_disk=True)


def _index(path: Path) -> int:
    return int(path.name.partition(".")[0])


def _reduce(stage: Stage, name: str, parts: list[Path], temporary: Path) -> None:
    log = layout.reducer_log(stage.directory)
    with stage_environment(stage, name), capturing(log.with_suffix(".tmp")) as capture:
        try:
            load(name, stage.search)(parts, temporary)
        except BaseException as error:  # sys.exit is a failure too
            if is_interrupt(error):
                raise
            message = f"reducer_function {name!r} failed: {type(error).__name__}: {message_of(error)}"
            raise ReducerFailedError(message, _KEPT, user_traceback(error)) from None
        finally:
            capture.take(log)

"""Parts to result: merged beside the output under another name, then renamed, so that the old result stands until."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.errors import ReducerFailedError
from parallel_stage.run.reducers import REDUCERS, custom
from parallel_stage.run.storage.part import BLOCK, PartitionOutput, new_digest, replacing
from parallel_stage.run.worker.capture import capturing
from parallel_stage.run.worker.load import load, message_of, user_traceback
from parallel_stage.run.worker.process_state import stage_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_stage.run.task import Receipt, Stage

_KEPT = "the parts are kept in the run directory, and the old result stands"


@dataclass(frozen=True, slots=True)
class Result:
    """What was made: a file or a directory; `bytes` and `digest` (BLAKE2b) are those of all files in it."""

    path: Path
    bytes: int
    digest: str


def merge(stage: Stage, receipts: Iterable[Receipt], count: int, target: Path) -> Result:
    """Merge the outputs of all `count` partitions into `target`; `receipts` are one for each, in plan order.

    Raises:
        ReducerFailedError: Where outputs do not go together, `reducer_function` fails, or the disk is full.
    """
    # The suffix stays at the end: libraries choose a format by it.
    temporary = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        _merge(stage, _slices(stage, receipts, count), temporary)
        made = _measure(temporary)
        _put(temporary, target)
    except OSError as error:
        message = f"the result {target} cannot be written: {error.strerror or error}"
        raise ReducerFailedError(message, _KEPT) from None
    finally:
        _remove(temporary)
    return Result(target, *made)


def alone(stage: Stage, receipt: Receipt) -> Result:
    """The output of one partition in a file of its own in the run directory."""
    path = Path(stage.directory, f"partition-{receipt.index}{receipt.suffix}")
    with replacing(path) as file:
        file.writelines(slice_of(stage, receipt).blocks())
    return Result(path, receipt.length, receipt.digest)


def slice_of(stage: Stage, receipt: Receipt) -> PartitionOutput:
    """Where the output of a partition that has one stands."""
    return PartitionOutput(
        path=Path(stage.directory, receipt.part),
        offset=receipt.offset,
        length=receipt.length,
        header=receipt.header,
        suffix=receipt.suffix,
        digest=receipt.digest,
        records=receipt.records,
        index=receipt.index,
        id=receipt.id,
    )


def _slices(stage: Stage, receipts: Iterable[Receipt], count: int) -> Iterator[PartitionOutput]:
    found = 0
    for receipt in receipts:
        if receipt.index != found:
            break
        yield slice_of(stage, receipt)
        found += 1
    if found != count:
        raise ReducerFailedError(f"the ledger has no output of partition {found} of {count}", _KEPT)


def _merge(stage: Stage, slices: Iterable[PartitionOutput], temporary: Path) -> None:
    if not stage.contract.reducer_function or stage.contract.reducer != "custom":
        REDUCERS[stage.contract.reducer].merge(slices, temporary)
        return
    ordered = Path(stage.directory, "ordered")
    custom.merge(slices, ordered)
    parts = sorted((path for path in ordered.iterdir() if path.name != custom.MANIFEST), key=_index)
    _call(stage, stage.contract.reducer_function, parts, temporary)


def _index(path: Path) -> int:
    return int(path.name.partition(".")[0])


def _call(stage: Stage, name: str, parts: list[Path], temporary: Path) -> None:
    log = Path(stage.directory, "logs", "reducer.log")
    with stage_environment(stage), capturing(log.with_suffix(".tmp")) as capture:
        try:
            load(name, stage.search)(parts, temporary)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  sys.exit is a failure too
            reason = user_traceback(error) or f"{type(error).__name__}: {message_of(error)}"
            message = f"reducer_function {name!r} failed: {reason}"
            raise ReducerFailedError(message, _KEPT) from None
        finally:
            capture.take(log)
    if not temporary.exists():
        message = f"reducer_function {name!r} has returned without writing its second argument, the output"
        raise ReducerFailedError(message, f"write to the path it is called with; {_KEPT}")


def _measure(path: Path) -> tuple[int, str]:
    """The size and the digest of what was made, which is on the disk afterwards."""
    size, digest = 0, new_digest()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("r+b") as content:
                while block := content.read(BLOCK):
                    size += len(block)
                    digest.update(block)
                os.fsync(content.fileno())
    return size, digest.hexdigest()


def _put(temporary: Path, target: Path) -> None:
    if not target.is_dir():
        temporary.replace(target)
        return
    # A directory with content cannot be replaced in one step: the old one steps aside.
    aside = target.with_name(f".{os.getpid()}-old-{target.name}")
    target.rename(aside)
    try:
        temporary.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    """Remove what may be there; what cannot be removed, or even named, is not worth an error."""
    with suppress(OSError):
        _unlink(path)


def _unlink(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()

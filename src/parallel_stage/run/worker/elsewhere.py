"""A worker that does not see the run directory: it works in a directory of its own, and its files travel back."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.run.storage import directory, layout
from parallel_stage.run.worker.execute import WorkerInfo, execute, info_of
from parallel_stage.run.worker.mounted import mounted, mounted_task, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.run.task import Stage, Task, TaskReceipt

WITH_RECEIPT = 1 << 18
"""The bytes of small files that travel with the receipt."""

CHUNK = 1 << 22
"""The bytes that travel at once: what scheduler and runner have in memory for one worker at most."""


class Parcel(NamedTuple):
    """What a task has left in a directory of its worker.

    Attributes:
        receipt: Its receipt.
        worker: The address of the worker.
        directory: The directory there, laid out as a run directory.
        contents: The contents of small files, by their names below the directory.
        sizes: The sizes of the other files, by their names; they are still to be fetched.
    """

    receipt: TaskReceipt
    worker: str
    directory: str
    contents: dict[str, bytes]
    sizes: dict[str, int]


class Chunk(NamedTuple):
    """Some bytes of a file of a parcel, `CHUNK` at most; `is_last` says that no others of the parcel are wanted."""

    name: str
    offset: int
    is_last: bool


def sees(run_directory: Path) -> bool:
    """Whether this process can write into the run directory."""
    return os.access(run_directory, os.W_OK | os.X_OK)


@contextmanager
def own_directory() -> Iterator[Path]:
    """Make a directory laid out as a run directory; remove it where the `with` block raises."""
    worker = _dask_worker()
    where = Path(tempfile.mkdtemp(prefix="parallel-stage-", dir=worker.local_directory if worker else None))
    try:
        directory.make_folders(where)
        yield where
    except BaseException:
        shutil.rmtree(where, ignore_errors=True)
        raise


def probe(stage: Stage, paths: tuple[str, ...], *, needs_directory: bool = False) -> WorkerInfo:
    """Import the function here, and check that the project and these inputs are visible.

    Args:
        stage: The stage.
        paths: Some of its inputs.
        needs_directory: Whether the stage cannot do without the run directory.
    """
    if _is_mounted_elsewhere(stage):
        stage, paths = mounted(stage), tuple(moved(stage, path) for path in paths)
    missing = _missing(stage, paths)
    if sees(stage.directory):
        return info_of(stage, missing)
    if needs_directory and not missing:
        missing = f"the run directory {stage.directory}, where the table is split"
    with own_directory() as where:
        info = info_of(replace(stage, directory=where), missing)
    shutil.rmtree(where, ignore_errors=True)
    return info._replace(sees_directory=False)


def _is_mounted_elsewhere(stage: Stage) -> bool:
    return bool(stage.worker_root) and not sees(stage.directory)


def _missing(stage: Stage, paths: tuple[str, ...]) -> str:
    if not os.path.isdir(stage.root):
        return f"the project {stage.root}"
    files = (os.path.join(stage.root, path) for path in paths)
    return next((f"the input {path}" for path in files if not os.path.exists(path)), "")


def execute_anywhere(stage: Stage, task: Task) -> TaskReceipt | Parcel:
    """Run a task's partitions as `execute` does, also where the run directory cannot be seen.

    Returns:
        The receipt; of a worker of Dask that does not see the run directory, it comes in a parcel.
    """
    if _is_mounted_elsewhere(stage):
        stage, task = mounted(stage), mounted_task(stage, task)
    worker = None if sees(stage.directory) else _dask_worker()
    if worker is None:
        return execute(stage, task)
    with own_directory() as where:
        receipt = execute(replace(stage, directory=where), task)
        return _parcel(receipt, worker.address, where)


def _parcel(receipt: TaskReceipt, worker: str, where: Path) -> Parcel:
    """Pack what a task has written: a part, and logs."""
    contents, sizes, left = dict[str, bytes](), dict[str, int](), WITH_RECEIPT
    files = [path for path in where.rglob("*") if path.is_file() and layout.scratch(where) not in path.parents]
    for path in sorted(files, key=lambda path: path.stat().st_size):
        name, size = path.relative_to(where).as_posix(), path.stat().st_size
        if size <= left:
            contents[name] = path.read_bytes()
            left -= size
        else:
            sizes[name] = size
    if not sizes:
        shutil.rmtree(where, ignore_errors=True)
    return Parcel(receipt, worker, str(where), contents, sizes)


def fetch(where: str, chunk: Chunk) -> bytes:
    """Return bytes of a file of a parcel; with the last ones, its directory is removed."""
    with open(os.path.join(where, chunk.name), "rb") as file:
        file.seek(chunk.offset)
        data = file.read(CHUNK)
    if chunk.is_last:
        shutil.rmtree(where, ignore_errors=True)
    return data


def _dask_worker() -> Any:
    """Return the worker of Dask that executes this; None elsewhere."""
    distributed = sys.modules.get("distributed")
    try:
        return distributed.get_worker() if distributed else None
    except ValueError:
        return None

"""The function's argument: a partition as a file, a chunk of one, or a parameter set."""

from __future__ import annotations

import inspect
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from parallel_stage.errors import MissingExtraError
from parallel_stage.plan.chunk import Chunk
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.partition import ByteRange, Group, RowGroups, WholeFile, WholeTable, paths_of
from parallel_stage.run.reducers.encoded import UnfitValueError
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.unwritable import FULL, unwritable, writing_to
from parallel_stage.run.worker import group_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.plan.partition import FileWork
    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.task import Stage

_BLOCK = 1 << 20


def wants_chunk(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated `parallel_stage.Chunk`, evaluated or as text."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    annotation = next((parameter.annotation for parameter in parameters.values()), None)
    if isinstance(annotation, str):
        return _means_chunk(annotation, getattr(inspect.unwrap(function), "__globals__", {}))
    return annotation is Chunk


def _means_chunk(text: str, names: dict[str, Any]) -> bool:
    name = text.strip().strip("'\"")
    first, *rest = name.split(".")
    value = names.get(first)
    for attribute in rest:
        value = getattr(value, attribute, None)
    # A name imported only under TYPE_CHECKING has no value here: its spelling decides.
    return value is Chunk if first in names else name in ("Chunk", "parallel_stage.Chunk")


class Argument(NamedTuple):
    """The function's argument, and the name of the temporary directory that it is in; empty where there is none."""

    value: Any
    temporary: str = ""


@contextmanager
def argument(work: FileWork, stage: Stage, *, as_chunk: bool) -> Iterator[Argument]:
    """Provide the function's argument during a `with` block; the root is the current directory.

    Yields:
        The path of a file that holds the partition (the input itself, by its path from the root, where that is
        the whole partition; else a temporary file with the input's own name and directories); or a Chunk.

    Raises:
        MissingExtraError: For Parquet without pyarrow.
        OSError: When an input cannot be read.
        RunDirectoryError: When the run directory cannot be written.
    """
    name, written = next(iter(paths_of(work)), ""), ""
    if isinstance(work, Group) and (piece := group_file.as_range(work, stage)):
        written, work = group_file.scratch_name(work, stage), piece
    if isinstance(work, (ByteRange, WholeFile)) and as_chunk:
        yield Argument(Chunk.of(work, "", stage.contract.input_format), written)
    elif isinstance(work, WholeFile):
        yield Argument(Path(work.path))
    else:
        with _scratch(stage) as directory:
            path = directory / _below(name)
            _write(work, stage, path)
            yield Argument(_whole(path, stage) if as_chunk else path, directory.name)


def refusing(temporary: str, write: Write) -> Write:
    """Return a `write` that raises UnfitValueError where an output holds the name of a temporary directory."""
    if not temporary:
        return write
    name, before = os.fsencode(temporary), b""

    def checked(data: bytes) -> None:
        nonlocal before
        recent = before + data
        if name in recent:
            message = "the output holds the path of the partition's temporary file, which is another in each run"
            raise UnfitValueError(message, "write current_partition().input_path instead")
        before = recent[1 - len(name) :]
        write(data)

    return checked


def _below(path: str) -> Path:
    """Return a path without what would lead out of the directory that it is put in."""
    pure = Path(path)
    return Path(*(part for part in pure.parts if part not in (pure.anchor, os.pardir)))


def _whole(path: Path, stage: Stage) -> Chunk:
    return Chunk.of(WholeFile(str(path), path.stat().st_size), stage.root, stage.contract.input_format)


@contextmanager
def _scratch(stage: Stage) -> Iterator[Path]:
    with writing_to(stage.directory):
        directory = tempfile.mkdtemp(prefix="partition-", dir=layout.scratch(stage.directory))
    try:
        yield Path(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _write(work: ByteRange | RowGroups | WholeTable | Group, stage: Stage, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        copy_work(work, stage, path)
    except OSError as error:
        if error.errno in FULL:  # else it is that of an input that cannot be read
            raise unwritable(stage.directory, error) from error
        raise


def copy_work(work: ByteRange | RowGroups | WholeTable | Group, stage: Stage, path: Path) -> None:
    """Write a file that holds a partition. Raise MissingExtraError for Parquet without pyarrow, OSError."""
    if isinstance(work, Group):
        group_file.write(work, stage, path)
    elif isinstance(work, RowGroups):
        _write_parquet([os.path.join(stage.root, work.path)], path, range(work.first, work.stop))
    elif isinstance(work, ByteRange):
        with Chunk.of(work, stage.root, stage.contract.input_format).open() as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, _BLOCK)
    elif dialect_of(work.paths[0], stage.contract.input_format).kind == "parquet":
        _write_parquet([os.path.join(stage.root, name) for name in work.paths], path, None)
    else:
        with path.open("wb") as target:
            for number, (name, header) in enumerate(zip(work.paths, work.headers, strict=True)):
                with open(os.path.join(stage.root, name), "rb") as source:
                    _append(source, target, header if number else 0)


def _append(source: BinaryIO, target: BinaryIO, start: int) -> None:
    """Copy a file from `start` on, and add a line end where the last line has none."""
    source.seek(start)
    last = b""
    while block := source.read(_BLOCK):
        target.write(block)
        last = block[-1:]
    if last not in (b"", b"\n", b"\r"):
        target.write(b"\n")


def _write_parquet(paths: list[str], target: Path, groups: range | None) -> None:
    """Write row groups (None: all) of files with the same schema to one file."""
    try:
        from pyarrow import parquet
    except ImportError:
        message = "Parquet is read with pyarrow, which is not installed"
        raise MissingExtraError(message, "pip install 'parallel-stage[parquet]'") from None
    with parquet.ParquetFile(paths[0]) as first, parquet.ParquetWriter(target, first.schema_arrow) as writer:
        for path in paths:
            with parquet.ParquetFile(path) as file:
                for group in range(file.num_row_groups) if groups is None else groups:
                    writer.write_table(file.read_row_group(group))

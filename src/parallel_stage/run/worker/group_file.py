"""The records of one partition of a table with `partition_by`: a range of a file, or a file of their own."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, BinaryIO

from parallel_stage.errors import MissingExtraError
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.partition import ByteRange
from parallel_stage.run.storage import layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.plan.partition import Group, Piece
    from parallel_stage.run.task import Stage

_BLOCK = 1 << 20
_AT_ONCE = 1 << 26
"""The bytes of Parquet rows that become one row group at least."""


def text_scratch(directory: Path, first: str) -> Path:
    """Return the file that has all records of a text table, partition by partition, behind the header.

    `first` is the first file of the table, whose suffix says how both are read.
    """
    return layout.split_table(directory) / f"records{os.path.splitext(first)[1]}"


def parquet_scratch(directory: Path, number: int) -> Path:
    """Return one of the files that have all rows of a Parquet table, each sorted by partition.

    Their last column is the number of rows that come before the row's partition.
    """
    return layout.split_table(directory) / f"{number:06d}.arrow"


def scratch_name(work: Group, stage: Stage) -> str:
    """Return the name that only the path of a partition's scratch has; empty where its records are in an input."""
    return "" if work.pieces[0].path else layout.split_table(stage.directory).name


def as_range(work: Group, stage: Stage) -> ByteRange | None:
    """Return the records as a range of a text file with the table's header; None where they are not that."""
    (path, start, stop), *others = work.pieces
    if others or path not in ("", work.paths[0]) or _is_parquet(work, stage):
        return None
    return ByteRange(path or str(text_scratch(stage.directory, work.paths[0])), start, stop, work.header, work.rows)


def write(work: Group, stage: Stage, path: Path) -> None:
    """Write the records into a file: those of text unchanged behind the header, of Parquet with the same schema.

    Raises:
        MissingExtraError: For Parquet without pyarrow.
        OSError: Where something cannot be read or written.
    """
    if _is_parquet(work, stage):
        _write_parquet(work, stage, path)
        return
    with path.open("wb") as target:
        with open(os.path.join(stage.root, work.paths[0]), "rb") as first:
            target.write(first.read(work.header))
        for number, piece in enumerate(work.pieces, start=1):
            with open(os.path.join(stage.root, piece.path), "rb") as source:
                last = _copy(source, target, piece)
            if number < len(work.pieces) and last not in (b"\n", b"\r"):
                target.write(b"\n")


def _is_parquet(work: Group, stage: Stage) -> bool:
    return dialect_of(work.paths[0], stage.contract.input_format).kind == "parquet"


def _copy(source: BinaryIO, target: BinaryIO, piece: Piece) -> bytes:
    """Copy a range, and return its last byte."""
    source.seek(piece.start)
    left, last = piece.stop - piece.start, b""
    while left and (block := source.read(min(left, _BLOCK))):
        target.write(block)
        left -= len(block)
        last = block[-1:]
    return last


def _write_parquet(work: Group, stage: Stage, path: Path) -> None:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        message = "Parquet is read with pyarrow, which is not installed"
        raise MissingExtraError(message, "pip install 'parallel-stage[parquet]'") from None
    with parquet.ParquetFile(os.path.join(stage.root, work.paths[0])) as first:
        schema = first.schema_arrow
    tables = _from_scratch(work, stage) if not work.pieces[0].path else _from_files(work, stage)
    with parquet.ParquetWriter(path, schema) as writer:
        waiting: list[Any] = []
        for table in tables:
            waiting.append(table)
            if sum(each.nbytes for each in waiting) >= _AT_ONCE:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))


def _from_files(work: Group, stage: Stage) -> Iterator[Any]:
    """Yield the rows of ranges of Parquet files."""
    from pyarrow.parquet import ParquetFile

    from parallel_stage.plan.groups.parquet_records import row_bounds, row_groups_of

    for name, start, stop in work.pieces:
        path = os.path.join(stage.root, name)
        bounds = row_bounds(path)
        with ParquetFile(path) as file:
            for group in range(*row_groups_of(bounds, start, stop)):
                first = max(start, bounds[group])
                table = file.read_row_group(group)
                yield table.slice(first - bounds[group], min(stop, bounds[group + 1]) - first)


def _from_scratch(work: Group, stage: Stage) -> Iterator[Any]:
    """Yield the rows of a partition from each of the files that the run has written, without reading the others."""
    import pyarrow as pa
    from pyarrow import ipc

    start, number = work.pieces[0].start, 0
    while (path := parquet_scratch(stage.directory, number)).exists():
        with pa.memory_map(str(path)) as mapped:
            table = ipc.open_file(mapped).read_all()
            last = table.num_columns - 1
            starts = table.column(last)

            def value(row: int, starts: Any = starts) -> int:
                found: int = starts[row].as_py()
                return found

            rows = range(table.num_rows)
            first, stop = bisect_left(rows, start, key=value), bisect_right(rows, start, key=value)
            if stop > first:
                yield table.remove_column(last).slice(first, stop - first)
        number += 1

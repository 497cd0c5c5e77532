"""The rows of a Parquet file, with the values of one column as JSON."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.groups.batch import Batch
from parallel_stage.plan.groups.json_records import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_stage.plan.groups.scan import Runs
    from parallel_stage.plan.inputs import DataFile

_AT_ONCE = 1 << 16
"""The number of rows that are read at once."""
_MOST_READ_AGAIN = 4
"""How many times all rows may be read, where partitions are parts of row groups."""


def parquet_records(file: DataFile, column: str) -> Iterator[Batch]:
    """Yield the rows of a file in batches; their numbers are in place of offsets.

    Raises:
        PlanRefusedError: Where values of the column's type cannot be keys.
    """
    for _, batch in _read(file, column, [column]):
        yield batch


def whole_rows(file: DataFile, column: str) -> Iterator[tuple[Any, Batch]]:
    """Yield the same with all columns, as record batches of pyarrow. Raise as `parquet_records`."""
    return _read(file, column, None)


def _read(file: DataFile, column: str, columns: list[str] | None) -> Iterator[tuple[Any, Batch]]:
    from pyarrow.parquet import ParquetFile

    seen = 0
    with ParquetFile(file.path) as opened:
        for rows in opened.iter_batches(batch_size=_AT_ONCE, columns=columns):
            texts = value_texts(file.item.path, column, rows.column(rows.schema.get_field_index(column)))
            yield rows, Batch(seen + 1, seen, b"", range(len(texts)), range(1, len(texts) + 1), texts)
            seen += len(texts)


def value_texts(path: str, column: str, values: Any) -> list[str]:
    """Return the values of a column as canonical JSON; dates, times and decimal numbers are texts in it.

    Raises:
        PlanRefusedError: Where values of this type cannot be keys.
    """
    from pyarrow import ArrowException, types

    kind = values.type
    try:
        if types.is_dictionary(kind):
            values, kind = values.cast(kind.value_type), kind.value_type
        encoded = values.dictionary_encode(null_encoding="encode")
        distinct = encoded.dictionary
        if not any(is_kind(kind) for is_kind in (types.is_integer, types.is_floating, types.is_boolean)):
            distinct = distinct.cast("string")
        texts = [value_text(value) for value in distinct.to_pylist()]
    except (ArrowException, ValueError) as error:
        message = f"{path} cannot be cut by {column!r}, which is of the type {kind}: {error}"
        raise PlanRefusedError(message, "choose a column of texts, whole numbers or dates") from None
    return [texts[place] for place in encoded.indices.to_pylist()]


def reads_too_often(paths: Sequence[str], runs: Runs) -> bool:
    """Whether ranges of rows are such small parts of row groups that to read these for each costs more than a copy."""
    bounds = [row_bounds(path) for path in paths]
    read = 0
    for file, start, end in zip(runs.files, runs.starts, runs.ends, strict=True):
        first, stop = row_groups_of(bounds[file], start, end)
        read += bounds[file][stop] - bounds[file][first]
    return read > _MOST_READ_AGAIN * sum(ends[-1] for ends in bounds)


def row_bounds(path: str) -> list[int]:
    """Return the row at which each row group of a file starts, and at which the last one ends."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        groups = range(file.metadata.num_row_groups)
        return list(accumulate((file.metadata.row_group(group).num_rows for group in groups), initial=0))


def row_groups_of(bounds: Sequence[int], start: int, stop: int) -> tuple[int, int]:
    """Return the first row group that has rows of a range, and the one after the last."""
    return bisect_right(bounds, start) - 1, bisect_left(bounds, stop)

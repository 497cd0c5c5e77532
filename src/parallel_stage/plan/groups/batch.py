"""Some of a table's records, with the value of the column that decides each one's partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.errors import PlanRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Batch(NamedTuple):
    """Consecutive records of a file.

    Attributes:
        first: The number of its first record in the file, from 1.
        offset: The offset of the data in the file; of Parquet, the number of rows before.
        data: Bytes that hold the records; of Parquet, nothing.
        starts, ends: Where each record starts and ends in the data; of Parquet, the number of its row.
        values: The column's value in each record: bytes of a cell without its quotes, or JSON text.
    """

    first: int
    offset: int
    data: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    values: Sequence[Any]


def unfit_record(path: str, number: int, offset: int, fault: str, hint: str) -> PlanRefusedError:
    """Return the error for a record that has no key: with its number, from 1, and the offset of its first byte."""
    return PlanRefusedError(f"{path}, record {number} at byte {offset}: {fault}", hint)

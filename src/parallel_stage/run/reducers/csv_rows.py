"""Rows and frames that a function returned, as rows of CSV: refused where CSV would lose something."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from parallel_stage.run.reducers.encoded import UnfitValueError, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

HINT = "return an iterable of dicts, a data frame, CSV text with a header, or the pathlib.Path of a CSV file"

_CONTAINERS = (Mapping, list, tuple, set, frozenset, bytes, bytearray)
_CONTAINER_HINT = "write it as text, such as json.dumps(...), or as columns of its own"

_SCALARS = (
    *(str, int, float, type(None), decimal.Decimal, uuid.UUID),
    *(dt.date, dt.time, dt.timedelta),
)
"""What a cell may hold, besides numpy's scalars: everything that its text gives back."""


def from_mappings(rows: Iterator[object]) -> Iterator[Sequence[Any]]:
    """Yield the header, of the first mapping, and the cells of each. Raise UnfitValueError for what does not fit."""
    first = next(rows, None)
    if first is None:
        return
    columns = list(first) if isinstance(first, Mapping) else []
    for name in columns:
        if not isinstance(name, str):
            raise UnfitValueError(f"row 1 has the column {name!r}, which is not text", HINT)
    if isinstance(first, Mapping):
        yield columns
    for number, row in enumerate(chain((first,), rows), start=1):
        yield _cells(row, columns, number)


def _cells(row: object, columns: list[str], number: int) -> list[Any]:
    if not isinstance(row, Mapping):
        raise UnfitValueError(f"row {number} is of type {kind_of(row)}, not a dict", HINT)
    if len(row) != len(columns) or not all(name in row for name in columns):
        message = f"row {number} has the columns {', '.join(map(str, row))}; row 1 has {', '.join(columns)}"
        raise UnfitValueError(message, "give every row the same columns; use None for an empty cell")
    for name in columns:
        if type(row[name]) is not str:
            _refuse_cell(row[name], f"row {number} has", f"in the column {name!r}")
    return [row[name] for name in columns]


def _refuse_cell(cell: Any, subject: str, place: str) -> None:
    """Refuse what its text would not give back."""
    is_scalar = isinstance(cell, _SCALARS) or _is_numpy_scalar(cell)
    if not is_scalar or isinstance(cell, enum.Enum):
        hint = _CONTAINER_HINT if isinstance(cell, _CONTAINERS) else "return text, numbers, dates or None"
        raise UnfitValueError(f"{subject} a {kind_of(cell)} {place}", hint)
    # NaN and NaT are not equal to themselves. Infinity may be one of numpy or decimal, too.
    if cell != cell or cell in (math.inf, -math.inf):  # noqa: PLR0124
        raise UnfitValueError(f"{subject} {cell} {place}", "use None for an empty cell")


def _is_numpy_scalar(cell: Any) -> bool:
    return hasattr(cell, "dtype") and getattr(cell, "ndim", None) == 0 and cell.dtype.kind in "biufMm"


def refuse_lost_labels(frame: object) -> None:
    """Refuse a data frame of pandas, or its like, with labels that CSV without an index would lose.

    Filtering and sorting leave numbers without a name, which may be lost.
    """
    index, columns = getattr(frame, "index", None), getattr(frame, "columns", None)
    if getattr(columns, "nlevels", 1) > 1:
        message = f"the {kind_of(frame)} has columns of {columns.nlevels} levels, and CSV has one header"  # type: ignore[union-attr]
        raise UnfitValueError(message, "give it one row of names, such as frame.columns.map('_'.join)")
    levels, names = getattr(index, "nlevels", 1), [name for name in getattr(index, "names", ()) if name is not None]
    kind = getattr(index, "inferred_type", "integer")
    if levels > 1 or names or kind not in ("integer", "empty"):
        named = f" ({', '.join(map(str, names))})" if names else ""
        what = f"an index of {levels} levels" if levels > 1 else "an index with a name" if names else f"a {kind} index"
        message = f"the {kind_of(frame)} has {what}{named}, which would be lost"
        raise UnfitValueError(message, "call .reset_index() to make it a column, or .reset_index(drop=True)")


def refuse_containers(frame: Any) -> None:
    """Refuse lists and the like in the columns of any object, of which CSV would hold their `repr`."""
    table = frame.to_frame() if hasattr(frame, "to_frame") else frame
    for name, column in table.items() if hasattr(table, "items") else ():
        held = (
            next((cell for cell in column if isinstance(cell, _CONTAINERS)), None) if column.dtype == object else None
        )
        if held is not None:
            raise UnfitValueError(f"the column {name!r} has a {kind_of(held)}", _CONTAINER_HINT)

"""`concat-csv`: one CSV file with one header. Each output is CSV, too, with its header and LF line ends."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import decimal
import enum
import io
import math
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.output_names import SUFFIXES, suffix
from parallel_stage.errors import ReducerFailedError
from parallel_stage.plan.dialect import cells_of_any_length
from parallel_stage.run.reducers.encoded import (
    Encoded,
    UnfitValueError,
    kind_of,
    refuse_file_name,
    refuse_open_file,
)
from parallel_stage.wording import first_difference

if TYPE_CHECKING:
    from _csv import Writer
    from collections.abc import Sequence
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.storage.part import PartitionOutput

_SUFFIX = suffix("concat-csv")
_HINT = "return an iterable of dicts, a data frame, CSV text with a header, or the pathlib.Path of a CSV file"

_OTHER_SUFFIXES = {end for ends in SUFFIXES.values() for end in ends} - {_SUFFIX} | {".tsv"}

_CONTAINERS = (Mapping, list, tuple, set, frozenset, bytes, bytearray)
_CONTAINER_HINT = "write it as text, such as json.dumps(...), or as columns of its own"

_SCALARS = (
    *(str, int, float, type(None), decimal.Decimal, uuid.UUID),
    *(dt.date, dt.time, dt.timedelta),
)
"""What a cell may hold, besides numpy's scalars: everything that its text gives back."""


def encode(value: object, write: Write) -> Encoded:
    """Take an iterable of mappings, a data frame, CSV text or the path of a CSV file.

    The columns are those of the first row, in its order; cells are written as Python's `csv` writes them. An
    index of numbers without a name is left out. In a table of one column a blank line is a row, too.

    Raises:
        UnfitValueError: For anything else, rows whose columns differ, cells that are no scalars, NaN and
            infinity in dicts, and data frames with an index or column levels that would be lost; for text
            that names a file or has no line end, and for files that are no CSV by their suffix.
    """
    with cells_of_any_length():
        return _encode(_rows(value), write)


def merge(outputs: Iterable[PartitionOutput], target: Path) -> None:
    """Write one file with the first header and all rows. Raise ReducerFailedError where columns differ."""
    first: tuple[int, bytes] | None = None
    with target.open("wb") as file:
        for output in outputs:
            blocks = output.blocks()
            header, rest = _split(blocks, output.receipt.header)
            if header and first is None:
                first = output.receipt.index, header
                file.write(header)
            elif header and first is not None and header != first[1]:
                raise _different(first, (output.receipt.index, header))
            file.write(rest)
            file.writelines(blocks)


def _split(blocks: Iterator[bytes], length: int) -> tuple[bytes, bytes]:
    start = b""
    while len(start) < length:
        start += next(blocks)
    return start[:length], start[length:]


def _different(one: tuple[int, bytes], other: tuple[int, bytes]) -> ReducerFailedError:
    names = [next(csv.reader([header.decode("utf-8")])) for _, header in (one, other)]
    message = f"partitions {one[0]} and {other[0]} have other columns: {first_difference(*names)}"
    return ReducerFailedError(message, "return the same columns in the same order from every partition")


class _Lines:
    """Collects the rows that csv writes.

    They end in CRLF, so that cells with either half of it are quoted.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._rows: list[str] = []
        self._size = 0
        self.written = 0

    def write(self, row: str) -> None:
        """Take a row; called by csv."""
        self._rows.append(row[:-2])
        self._size += len(row)
        if self._size > io.DEFAULT_BUFFER_SIZE:
            self.flush()

    def flush(self) -> None:
        """Write the rows, ended by LF; `written` counts their bytes."""
        data = _utf8("".join(f"{row}\n" for row in self._rows))
        self._rows.clear()
        self._size = 0
        self._write(data)
        self.written += len(data)


def _encode(rows: Iterator[Sequence[Any]], write: Write) -> Encoded:
    lines = _Lines(write)
    writer = csv.writer(lines)
    columns = next(rows, None)
    if columns is None:
        return Encoded(0, _SUFFIX)
    _write_row(writer, columns, "the header")
    lines.flush()
    header, records = lines.written, 0
    for records, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            message = f"row {records} has {len(row)} cells, the header has {len(columns)}"
            raise UnfitValueError(message, "give every row a cell for each column")
        _write_row(writer, row, f"row {records}")
    lines.flush()
    return Encoded(records, _SUFFIX, header)


def _write_row(writer: Writer, row: Sequence[Any], which: str) -> None:
    try:
        writer.writerow(row)
    except csv.Error as error:  # a NUL, before Python 3.11
        raise UnfitValueError(f"{which} cannot be written as CSV: {error}", "return text without it") from None


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        message = f"a cell has {text[error.start]!a}, a lone surrogate, which UTF-8 cannot hold"
        raise UnfitValueError(message, "return text that was decoded without surrogateescape") from None


def _rows(value: object) -> Iterator[Sequence[Any]]:
    """Yield the header, then the rows, of the function's value."""
    if isinstance(value, os.PathLike):
        return _from_file(value)
    if isinstance(value, str):
        refuse_file_name(value)
        return _from_text(value)
    if callable(getattr(value, "write_csv", None)):
        return _from_text(value.write_csv())  # type: ignore[attr-defined]
    if callable(getattr(value, "to_csv", None)):
        _refuse_lost_labels(value)
        _refuse_containers(value)
        return _from_text(value.to_csv(index=False))  # type: ignore[attr-defined]
    refuse_open_file(value)
    if isinstance(value, (bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise UnfitValueError(f"concat-csv cannot take a value of type {kind_of(value)}", _HINT)
    return _from_mappings(iter(value))


def _refuse_lost_labels(frame: object) -> None:
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


def _refuse_containers(frame: Any) -> None:
    """Refuse lists and the like in the columns of any object, of which CSV would hold their `repr`."""
    table = frame.to_frame() if hasattr(frame, "to_frame") else frame
    for name, column in table.items() if hasattr(table, "items") else ():
        held = (
            next((cell for cell in column if isinstance(cell, _CONTAINERS)), None) if column.dtype == object else None
        )
        if held is not None:
            raise UnfitValueError(f"the column {name!r} has a {kind_of(held)}", _CONTAINER_HINT)


def _from_file(path: os.PathLike[str]) -> Iterator[Sequence[str]]:
    name = f"the file that the function returned, {os.fspath(path)!r},"
    if os.path.splitext(os.fspath(path))[1].lower() in _OTHER_SUFFIXES:
        raise UnfitValueError(f"{name} is no CSV by its suffix", "write it with commas and a header, as a .csv file")
    try:
        file = open(path, encoding="utf-8-sig", newline="")  # noqa: SIM115  closed below; its errors are others
    except OSError as error:
        raise UnfitValueError(f"{name} cannot be read: {error.strerror}", _HINT) from None
    with file:
        yield from _records(file, name)


def _from_text(text: str) -> Iterator[Sequence[str]]:
    mark = codecs.BOM_UTF8.decode("utf-8")
    return _records(io.StringIO(text.removeprefix(mark), newline=""), "the text that the function returned")


def _records(lines: Iterable[str], name: str) -> Iterator[Sequence[str]]:
    reader = csv.reader(lines, strict=True)
    try:
        columns = next(filter(None, reader), None)
        if columns is None:
            return
        yield columns
        # A blank line is an empty cell of one column, as polars and csv write it, and no row of several.
        yield from (row or [""] for row in reader if row or len(columns) == 1)
    except (csv.Error, UnicodeError, OSError) as error:
        raise UnfitValueError(f"{name} is not CSV in UTF-8, line {reader.line_num}: {error}", _HINT) from None


def _from_mappings(rows: Iterator[object]) -> Iterator[Sequence[Any]]:
    first = next(rows, None)
    if first is None:
        return
    columns = list(first) if isinstance(first, Mapping) else []
    for name in columns:
        if not isinstance(name, str):
            raise UnfitValueError(f"row 1 has the column {name!r}, which is not text", _HINT)
    if isinstance(first, Mapping):
        yield columns
    for number, row in enumerate(chain((first,), rows), start=1):
        yield _cells(row, columns, number)


def _cells(row: object, columns: list[str], number: int) -> list[Any]:
    if not isinstance(row, Mapping):
        raise UnfitValueError(f"row {number} is of type {kind_of(row)}, not a dict", _HINT)
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

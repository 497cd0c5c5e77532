"""`concat-csv`: one CSV file with one header. Each output is CSV, too, with its header and LF line ends."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from parallel_stage.contract.output_names import SUFFIXES, suffix
from parallel_stage.errors import ReducerFailedError
from parallel_stage.plan.dialect import cells_of_any_length
from parallel_stage.run.reducers import plain_csv
from parallel_stage.run.reducers.csv_rows import HINT, from_mappings, refuse_containers, refuse_lost_labels
from parallel_stage.run.reducers.encoded import (
    Encoded,
    UnfitValueError,
    kind_of,
    refuse_file_name,
    refuse_open_file,
)
from parallel_stage.run.storage.digest import MeasuredFile
from parallel_stage.wording import first_difference

if TYPE_CHECKING:
    from _csv import Writer
    from collections.abc import Sequence
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.storage.digest import Measure
    from parallel_stage.run.storage.part import PartitionOutput

_SUFFIX = suffix("concat-csv")

_OTHER_SUFFIXES = {end for ends in SUFFIXES.values() for end in ends} - {_SUFFIX} | {".tsv"}


def encode(value: object, write: Write) -> Encoded:
    """Take an iterable of mappings, a data frame, CSV text or the path of a CSV file.

    The columns are those of the first row, in its order; cells are written as Python's `csv` writes them. An
    index of numbers without a name is left out. In a table of one column a blank line is a row, too.

    Raises:
        UnfitValueError: For anything else, rows whose columns differ, cells that are no scalars, NaN and
            infinity in dicts, and data frames with an index or column levels that would be lost; for text
            that names a file or has no line end, and for files that are no CSV by their suffix.
    """
    with cells_of_any_length(), ExitStack() as stack:
        text = _text_of(value)
        if text is None:
            return _encode(from_mappings(_iterated(value)), write)
        return _encode_text(stack.enter_context(text.file), text.name, write)


def merge(outputs: Iterable[PartitionOutput], target: Path) -> Measure:
    """Write one file with the first header and all rows. Raise ReducerFailedError where columns differ."""
    first: tuple[int, bytes] | None = None
    with MeasuredFile(target) as file:
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
    return file.measure


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
        self.header = 0

    def write(self, row: str) -> None:
        """Take a row; called by csv."""
        self._rows.append(row[:-2])
        self._size += len(row)
        if self._size > io.DEFAULT_BUFFER_SIZE:
            self.flush()

    def flush(self) -> None:
        """Write the rows, ended by LF; `header` has the length of what is written first."""
        data = _utf8("".join(f"{row}\n" for row in self._rows))
        self._rows.clear()
        self._size = 0
        self._write(data)
        self.header = self.header or len(data)


def _encode(rows: Iterator[Sequence[Any]], write: Write) -> Encoded:
    lines = _Lines(write)
    columns = next(rows, None)
    if columns is None:
        return Encoded(0, _SUFFIX)
    _write_row(csv.writer(lines), columns, "the header")
    lines.flush()
    return Encoded(_write_rows(rows, len(columns), lines), _SUFFIX, lines.header)


def _encode_text(file: BinaryIO, name: str, write: Write) -> Encoded:
    taken = plain_csv.take(file, write)
    encoding = "utf-8" if taken.columns else "utf-8-sig"
    with io.TextIOWrapper(file, encoding, newline="") as lines:
        rest = _records(lines, name, taken)
        if not taken.columns:
            return _encode(rest, write)
        records = _write_rows(rest, len(taken.columns), _Lines(write), taken.records)
        return Encoded(records, _SUFFIX, taken.header)


def _write_rows(rows: Iterator[Sequence[Any]], columns: int, lines: _Lines, before: int = 0) -> int:
    """Write rows of so many columns; return their number with those before."""
    writer, records = csv.writer(lines), before
    for row in rows:
        records += 1
        if len(row) != columns:
            message = f"row {records} has {len(row)} cells, the header has {columns}"
            raise UnfitValueError(message, "give every row a cell for each column")
        _write_row(writer, row, f"row {records}")
    lines.flush()
    return records


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


class _Text(NamedTuple):
    """CSV text that the function returned: its bytes, and what it is, for messages."""

    file: BinaryIO
    name: str


def _text_of(value: object) -> _Text | None:
    """Return the function's value as CSV text; None where it is no text, file or data frame."""
    if isinstance(value, os.PathLike):
        return _opened(value)
    if isinstance(value, str):
        refuse_file_name(value)
        return _in_memory(value)
    if callable(getattr(value, "write_csv", None)):
        return _in_memory(value.write_csv())  # type: ignore[attr-defined]
    if callable(getattr(value, "to_csv", None)):
        refuse_lost_labels(value)
        refuse_containers(value)
        return _in_memory(value.to_csv(index=False))  # type: ignore[attr-defined]
    return None


def _iterated(value: object) -> Iterator[object]:
    refuse_open_file(value)
    if isinstance(value, (bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise UnfitValueError(f"concat-csv cannot take a value of type {kind_of(value)}", HINT)
    return iter(value)


def _opened(path: os.PathLike[str]) -> _Text:
    name = f"the file that the function returned, {os.fspath(path)!r},"
    if os.path.splitext(os.fspath(path))[1].lower() in _OTHER_SUFFIXES:
        raise UnfitValueError(f"{name} is no CSV by its suffix", "write it with commas and a header, as a .csv file")
    try:
        return _Text(open(path, "rb"), name)
    except OSError as error:
        raise UnfitValueError(f"{name} cannot be read: {error.strerror}", HINT) from None


def _in_memory(text: str) -> _Text:
    return _Text(io.BytesIO(_utf8(text)), "the text that the function returned")


def _records(lines: Iterable[str], name: str, taken: plain_csv.Taken) -> Iterator[Sequence[str]]:
    """Yield the rows of lines after those that were taken; the header first, where that was not."""
    reader = csv.reader(lines, strict=True)
    columns: Sequence[str] | None = taken.columns
    try:
        if not columns:
            columns = next(filter(None, reader), None)
            if columns is None:
                return
            yield columns
        # A blank line is an empty cell of one column, as polars and csv write it, and no row of several.
        yield from (row or [""] for row in reader if row or len(columns) == 1)
    except (csv.Error, UnicodeError, OSError) as error:
        line = taken.lines + reader.line_num
        raise UnfitValueError(f"{name} is not CSV in UTF-8, line {line}: {error}", HINT) from None

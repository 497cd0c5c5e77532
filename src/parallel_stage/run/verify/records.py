"""The records of a data file with the values of their columns: of text, and of Parquet."""

from __future__ import annotations

import csv
import io
import json
import os
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.dialect import cells_of_any_length, dialect_of
from parallel_stage.plan.groups.parquet_records import row_bounds
from parallel_stage.plan.partition import ByteRange, RowGroups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.plan import Plan

_BYTE_A_CHARACTER = "latin-1"
_ROWS_AT_ONCE = 1024


class Record(NamedTuple):
    """A record of a file.

    Attributes:
        start, stop: Its range in the file: bytes, or rows of Parquet.
        values: The value of each column, by its place from 0, or by its name in JSON Lines and Parquet.
    """

    start: int
    stop: int
    values: Mapping[int | str, Any]


class Table(Protocol):
    """A file whose records can be cut.

    Attributes:
        first: Where its records start.
    """

    first: int

    def start_of(self, work: Any) -> int:
        """Return where the records of a piece of the plan's work start."""

    def records(self, start: int) -> Iterator[Record]:
        """Yield the records from the start of one on; of Parquet, of the first one in a row group."""

    def copy(self, ranges: Sequence[tuple[int, int]], target: Path) -> Table:
        """Write a table that has the records of these ranges alone, and can be cut before each."""

    def piece(self, name: str, start: int, stop: int) -> ByteRange | RowGroups:
        """Return a range of a `copy` as work; the plan names the file so."""

    def place_of(self, start: int) -> str:
        """Return where a record starts, in words."""


def table_of(plan: Plan, work: ByteRange | RowGroups) -> Table:
    """Return the file of a piece of a plan's work as a table."""
    path = os.path.join(plan.root, work.path)
    if isinstance(work, RowGroups):
        return ParquetTable(path)
    return TextTable(path, dialect_of(work.path, plan.contract.input_format), work.header)


class TextTable:
    """A text file; its places are offsets in bytes."""

    def __init__(self, path: str, dialect: Dialect, header: int) -> None:
        self.first = header
        self._path, self._dialect = path, dialect

    def start_of(self, work: ByteRange) -> int:
        """Return where the records of a piece of work start."""
        return work.start

    def records(self, start: int) -> Iterator[Record]:
        """Yield the records from the start of one on; blank lines of CSV are records without values.

        Raises:
            OSError: Where the file cannot be read.
            PlanRefusedError: Where it is no CSV.
        """
        with open(self._path, "rb") as file:
            file.seek(start)
            rows = self._csv_rows(file) if self._dialect.kind == "csv" else self._lines(file)
            for values, length in rows:
                yield Record(start, start + length, values)
                start += length

    def copy(self, ranges: Sequence[tuple[int, int]], target: Path) -> TextTable:
        """Write the header and the records of these ranges."""
        with open(self._path, "rb") as source, target.open("wb") as file:
            for start, stop in [(0, self.first), *ranges]:
                source.seek(start)
                file.write(source.read(stop - start))
        return TextTable(str(target), self._dialect, self.first)

    def piece(self, name: str, start: int, stop: int) -> ByteRange:
        """Return a range as work."""
        return ByteRange(name, start, stop, self.first)

    def place_of(self, start: int) -> str:
        """Return the line that a record starts at, in words."""
        with open(self._path, "rb") as file, io.TextIOWrapper(file, _BYTE_A_CHARACTER, newline="") as text:
            seen = lines = 0
            while seen < start and (line := text.readline()):
                seen += len(line)
                lines += 1
        return f"line {lines + 1:,}"

    def _csv_rows(self, file: io.BufferedReader) -> Iterator[tuple[dict[int | str, Any], int]]:
        length = 0
        with io.TextIOWrapper(file, _BYTE_A_CHARACTER, newline="") as text, cells_of_any_length():

            def lines() -> Iterator[str]:
                nonlocal length
                for line in text:
                    length += len(line)
                    yield line

            before = 0
            try:
                for row in csv.reader(lines(), **self._dialect.csv_options_of_bytes()):
                    yield dict(enumerate(row)), length - before
                    before = length
            except csv.Error as error:
                message = f"{self._path} cannot be read as csv: {error}"
                raise PlanRefusedError(message, "correct the file, or say input_format.kind and quotechar") from None

    def _lines(self, file: io.BufferedReader) -> Iterator[tuple[dict[int | str, Any], int]]:
        for line in file:
            yield _object(line) if self._dialect.kind == "jsonl" else {0: line.rstrip(b"\r\n")}, len(line)


class ParquetTable:
    """A Parquet file; its places are numbers of rows."""

    def __init__(self, path: str) -> None:
        self.first = 0
        self._path = path
        self._bounds = row_bounds(path)

    def start_of(self, work: RowGroups) -> int:
        """Return the number of the first row of a piece of work."""
        return self._bounds[work.first]

    def records(self, start: int) -> Iterator[Record]:
        """Yield the rows from the first one of a row group on. Raise OSError where the file cannot be read."""
        from pyarrow.parquet import ParquetFile

        with ParquetFile(self._path) as file:
            groups = range(bisect_right(self._bounds, start) - 1, file.num_row_groups)
            for batch in file.iter_batches(_ROWS_AT_ONCE, row_groups=[*groups]):
                for values in batch.to_pylist():
                    yield Record(start, start + 1, values)
                    start += 1

    def copy(self, ranges: Sequence[tuple[int, int]], target: Path) -> ParquetTable:
        """Write the rows of these ranges, each as a row group."""
        from pyarrow.parquet import ParquetFile, ParquetWriter

        with ParquetFile(self._path) as file, ParquetWriter(target, file.schema_arrow) as writer:
            for group, (first, stop) in enumerate(pairwise(self._bounds)):
                if rows := [start - first for start, _ in ranges if first <= start < stop]:
                    writer.write_table(file.read_row_group(group).take(rows), row_group_size=1)
        return ParquetTable(str(target))

    def piece(self, name: str, start: int, stop: int) -> RowGroups:
        """Return a range as work."""
        return RowGroups(name, start, stop, stop - start)

    def place_of(self, start: int) -> str:
        """Return the number of a row from 1, in words."""
        return f"row {start + 1:,}"


def _object(line: bytes) -> dict[int | str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):  # the function says what it is
        return {}
    return found if isinstance(found, dict) else {0: found}

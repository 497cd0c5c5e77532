"""What stands before the records of a CSV file, where it is not one header; and JSON Lines that are none."""

from __future__ import annotations

import csv
import json
import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from parallel_stage.plan.dialect import cells_of_any_length, column_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.inputs import DataFile

_SAMPLE = 1 << 16
_MOST_ROWS = 50
_LEAST_ROWS = 2
"""The fewest rows below a first one that say how wide a table is."""
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
_YEARS = range(1900, 2101)


def unusual_head(file: DataFile) -> str:
    """Return what is unusual before a CSV file's records, and what to write, as a clause; else empty.

    Each test was chosen since it finds no fault in a thousand real tables: what other headers have in common
    with data, such as blank or numeric names, is left alone.

    Raises:
        OSError: Where the file cannot be read.
    """
    if file.dialect.kind != "csv":
        return ""
    lines = _lines(file)
    ends, rows = _rows(lines, file.dialect)
    return _before(lines, ends, rows) or _no_header(rows) or _second_header(ends, rows)


def no_json_line(file: DataFile) -> str:
    """Return why a file's first record is no JSON value on one line, as a clause; else empty.

    Raises:
        OSError: Where the file cannot be read.
    """
    if file.dialect.kind != "jsonl":
        return ""
    number, first = next(((n, line) for n, line in enumerate(_lines(file), start=1) if line.strip()), (0, "null"))
    try:
        json.loads(first)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else error
        return f"line {number} is not a JSON value ({reason})"
    return ""


def sample_rows(file: DataFile, size: int, most: int) -> tuple[list[str] | None, list[list[str]]]:
    """Return the names of a CSV file's columns, where it has them, and its first records that are not blank.

    Args:
        file: The file.
        size: The most bytes to read.
        most: The most rows to read.

    Raises:
        OSError: Where the file cannot be read.
    """
    lines, dialect = _lines(file, size), file.dialect
    ends, rows = _rows(lines, dialect, most)
    head = int(dialect.header) if dialect.head_lines is None else sum(end <= dialect.head_lines for end in ends)
    records = rows[head:]
    return (column_row(rows[:head], records[0]) if records else None), records


def _lines(file: DataFile, size: int = _SAMPLE) -> list[str]:
    """Return the whole lines at the start of a file, with their ends; none of a file of one long line."""
    with open(file.path, "rb") as opened:
        data = opened.read(size)
    text = data.decode(file.dialect.encoding, "replace").removeprefix("\ufeff")
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text)
    return lines if len(data) < size else lines[:-1]


def _rows(lines: list[str], dialect: Dialect, most: int = _MOST_ROWS) -> tuple[list[int], list[list[str]]]:
    """Return the first rows that are not blank, after the numbers of the lines that they end on."""
    reader = csv.reader(lines, **dialect.csv_options())
    with cells_of_any_length():
        try:
            found = list(islice(((reader.line_num, row) for row in reader if row), most))
        except csv.Error:
            return [], []
    return [end for end, _ in found], [row for _, row in found]


def _before(lines: list[str], ends: list[int], rows: list[list[str]]) -> str:
    """Return what stands before the header: `sep=`, blank lines, comments, a title."""
    width = _width(rows[1:])
    if not lines or not width or len(rows) <= _LEAST_ROWS:
        return ""
    first, cells = lines[0].strip(), len(rows[0])
    comments = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if first.lower().startswith("sep="):
        return f"line 1 says {first!r} to spreadsheets; {_write(2)}"
    if not first:
        blank = next((number for number, line in enumerate(lines) if line.strip()), 0)
        return f"line 1 is blank; {_write(blank + 1)}"
    if comments > 1 or (comments and cells != width):
        return f"line 1 is a comment; {_write(comments + 1)}"
    if cells not in (width, width - 1) and cells < width:
        first_full = next(number for number, row in enumerate(rows) if len(row) == width)
        head = ends[first_full] if not _is_data(rows[first_full]) else ends[first_full - 1]
        return f"line 1 has {cells} of the {width} columns below, as a title has; {_write(head)}"
    return ""


def _no_header(rows: list[list[str]]) -> str:
    """Return that the first row is data: it holds numbers alone, other than years or levels."""
    if not rows or not _is_data(rows[0]):
        return ""
    return "its first row holds numbers only, and goes to every chunk as the header; write input_format.header = false"


def _second_header(ends: list[int], rows: list[list[str]]) -> str:
    """Return that a row below the first one is no record: the header again, or units."""
    if len(rows) <= _LEAST_ROWS or _width(rows) != len(rows[0]):
        return ""
    header, second, *below = rows
    if any(not _NUMBER.fullmatch(cell) for cell in header):
        if header == second:
            return f"row 2 is the header again; {_write(ends[1])}"
        if header in below:
            return f"row {below.index(header) + 3} is the header again; remove it"
    numeric = [
        column
        for column in range(len(header))
        if all(column < len(row) and _NUMBER.fullmatch(row[column]) for row in below)
    ]
    if _is_unit_row(second) and len(numeric) >= max(2, len(header) / 2):
        return f"row 2 holds text over {len(numeric)} columns of numbers, as units do; {_write(ends[1])}"
    return ""


def _is_unit_row(row: list[str]) -> bool:
    return all(cell.strip() and not _NUMBER.fullmatch(cell) for cell in row)


def _is_data(row: list[str]) -> bool:
    """Whether a row holds numbers only, which do not name columns."""
    return all(map(_NUMBER.fullmatch, row)) and not _are_levels(row)


def _are_levels(row: list[str]) -> bool:
    """Whether numbers may be names: years, or 0, 1, 2, … as a data frame without names has."""
    if not all(cell.strip().isdecimal() for cell in row):
        return False
    numbers = [int(cell) for cell in row]
    steps = {after - before for before, after in pairwise(numbers)}
    return steps == {1} and (numbers[0] in (0, 1) or numbers[0] in _YEARS)


def _width(rows: Sequence[list[str]]) -> int:
    """Return the number of cells that most rows have; 0 where there is none."""
    widths = [len(row) for row in rows]
    most = max(set(widths), key=widths.count, default=0)
    return most if widths.count(most) > len(widths) / 2 else 0


def _write(lines: int) -> str:
    return f"write input_format.head_lines = {lines}"

"""Read manifests and grids: text, JSON, JSONL, CSV, YAML and TOML; an error names file and line."""

from __future__ import annotations

import csv
import json
import math
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import formats, regular_file
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.errors import PlanRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator


def text_of(path: str) -> str:
    """Return a file's text, which must be UTF-8, without a byte order mark.

    Raises:
        PlanRefusedError: Where it is not UTF-8.
        OSError: Where it cannot be read.
    """
    try:
        return regular_file.read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from None


def data_of(path: str) -> Any:
    """Return the data in a JSON, YAML or TOML file, by its suffix.

    Raises:
        PlanRefusedError: Where it cannot be parsed; the message has the line.
        OSError: Where it cannot be read.
    """
    text = text_of(path)
    try:
        return formats.of(path).parse(text)
    except NotADocumentError as error:
        line = text.count("\n", 0, error.problem.offset or 0) + 1
        raise PlanRefusedError(f"{path}, line {line}: {error.problem.message}", "correct the file") from None


def lines_of(path: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file with their numbers, from 1. Raise as `text_of` does."""
    with open(path, encoding="utf-8-sig", newline="\n") as file:
        try:
            for number, line in enumerate(file, start=1):
                yield number, line.rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise _not_utf8(path, error) from None


def values_of(path: str) -> Iterator[tuple[int, Any]]:
    """Yield the values of a JSONL file with their line numbers; blank lines are left out.

    Raises:
        PlanRefusedError: Where a line is not JSON.
    """
    for number, line in lines_of(path):
        if line.strip():
            yield number, _json_line(path, number, line)


def rows_of(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file by its header, each with the line it ends on.

    Raises:
        PlanRefusedError: Where there is no header, a name in it is blank or repeated, or a row has more or
            fewer cells than it.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = _header(path, next(reader, []))
            for row in reader:
                if row:
                    yield reader.line_num, _row(path, reader.line_num, header, row)
        except UnicodeDecodeError as error:
            raise _not_utf8(path, error) from None
        except csv.Error as error:
            raise PlanRefusedError(f"{path}, line {reader.line_num}: {error}", "correct the row") from None


def json_value(text: str) -> Any:
    """Parse strict JSON: no NaN, no number beyond a float. Raise ValueError for anything else."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _json_line(path: str, number: int, line: str) -> Any:
    try:
        return json_value(line)
    except (ValueError, RecursionError) as error:
        message = f"{path}, line {number} is not a JSON value: {error}"
        raise PlanRefusedError(message, "write one value a line") from None


def _header(path: str, names: list[str]) -> list[str]:
    if not names or not all(name.strip() for name in names) or len(set(names)) < len(names):
        message = f"{path}, line 1: the header {names} must name every column once"
        raise PlanRefusedError(message, "start the file with a line of distinct column names")
    return names


def _row(path: str, line: int, header: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(header):
        message = f"{path}, line {line} has {len(row)} cells, but the header names {len(header)} columns"
        raise PlanRefusedError(message, "give every row one cell a column")
    return dict(zip(header, row, strict=True))


def _not_utf8(path: str, error: UnicodeDecodeError) -> PlanRefusedError:
    byte = error.object[error.start]
    return PlanRefusedError(f"{path} is not UTF-8 (byte {byte:#04x}: {error.reason})", "save the file as UTF-8")


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is beyond what a float can hold")
    return value

"""Read manifests and grids: text, JSON, JSONL, CSV, YAML and TOML; an error names file and line."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import formats, regular_file
from parallel_stage.contract.formats import TOO_LONG, twice
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.errors import PlanRefusedError
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 100
"""The most levels of lists and tables that a value may have."""

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class NotJsonError(ValueError):
    """A text is not JSON."""


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
        PlanRefusedError: Where a line is not JSON as `json_value` reads it.
    """
    for number, line in lines_of(path):
        if line.strip():
            yield number, _json_line(f"{path}, line {number}", line)


def rows_of(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file by its header, each with the line it ends on.

    Raises:
        PlanRefusedError: Where there is no header, a name in it is blank or repeated, commas do not separate the
            cells, or a row has more or fewer cells than the header.
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


def items_of(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a CSV file as `rows_of` does; a cell that is JSON is that value, any other is text.

    Raises:
        PlanRefusedError: As `rows_of` does, and for JSON that `json_value` refuses.
    """
    for line, row in rows_of(path):
        yield line, {name: _cell(f"{path}, line {line}, column {name!r}", text) for name, text in row.items()}


def json_value(text: str) -> Any:
    """Parse strict JSON, which says one thing to every reader.

    Raises:
        NotJsonError: For what is not JSON, NaN among it.
        ValueError: For a key that an object has twice, a number beyond a float or Python's limit on digits, and
            lists and objects that are nested too deep.
    """
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise NotJsonError(str(error)) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if "integer string conversion" in str(error):  # Python's own limit on digits
            raise ValueError(TOO_LONG) from None
        raise
    if text.count("[") + text.count("{") > DEEPEST and _depth(value) > DEEPEST:
        raise _too_deep()
    return value


def _json_line(where: str, line: str) -> Any:
    try:
        return json_value(line)
    except NotJsonError as error:
        raise PlanRefusedError(f"{where} is not a JSON value: {error}", "write one value a line") from None
    except ValueError as error:
        raise PlanRefusedError(f"{where}: {error}", "correct the line") from None


def _cell(where: str, text: str) -> Any:
    try:
        return json_value(text)
    except NotJsonError:
        return text
    except ValueError as error:
        raise PlanRefusedError(f"{where}: {error}", "correct the cell") from None


def _header(path: str, names: list[str]) -> list[str]:
    """Return the names of a header, or raise what is wrong with it."""
    if not names:
        wrong = "is blank, but the first line names the columns"
    elif not all(name.strip() for name in names):
        wrong = f"has no name for column {next(at for at, name in enumerate(names, start=1) if not name.strip())}"
    elif len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        first = names.index(twice)
        wrong = f"names {twice!r} in column {first + 1} and in column {names.index(twice, first + 1) + 1}"
    elif len(names) == 1 and (other := next((mark for mark in _OTHER_DELIMITERS if mark in names[0]), "")):
        message = f"{path}, line 1 is one column, {names[0]!r}: {_OTHER_DELIMITERS[other]} do not separate cells"
        raise PlanRefusedError(message, "separate the cells of every line by commas")
    else:
        return names
    raise PlanRefusedError(f"{path}, line 1 {wrong}", "start the file with a line of distinct column names")


def _row(path: str, line: int, header: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(header):
        message = f"{path}, line {line} has {plural(len(row), 'cell')}, but the header has {len(header)}"
        raise PlanRefusedError(message, "give every row one cell a column, and quote cells with a comma in them")
    return dict(zip(header, row, strict=True))


def _not_utf8(path: str, error: UnicodeDecodeError) -> PlanRefusedError:
    byte = error.object[error.start]
    return PlanRefusedError(f"{path} is not UTF-8 (byte {byte:#04x}: {error.reason})", "save the file as UTF-8")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(twice(name))
    return found


def _refuse(name: str) -> Any:
    raise NotJsonError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is beyond what a float can hold")
    return value


def _depth(value: Any) -> int:
    """Return the levels of lists and objects in a value."""
    levels, inner = 0, [value]
    while inner := [one for one in inner if isinstance(one, (list, dict))]:
        levels += 1
        inner = [each for one in inner for each in (one.values() if isinstance(one, dict) else one)]
    return levels


def _too_deep() -> ValueError:
    return ValueError(f"the value is nested deeper than {DEEPEST} levels; flatten it")

"""A table, in one file or in several with the same columns."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.dialect import column_row, dialect_of, suffixes
from parallel_stage.plan.divisible import opaque, unsafe_encoding
from parallel_stage.plan.listing import json_value
from parallel_stage.plan.partition import WholeFile, WholeTable
from parallel_stage.plan.records.grammar import BOM
from parallel_stage.plan.records.header import header_length
from parallel_stage.wording import first_difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_stage.contract.model import InputFormat
    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.partition import Input, Shares

TABLE_KINDS = ("csv", "jsonl", "parquet")


def table_of(declared: InputFormat | None, root: str, inputs: Sequence[Input]) -> tuple[Input, ...]:
    """Return the files that hold the table's records: all inputs but empty ones, unless all are empty.

    Raises:
        PlanRefusedError: Where a file is no table, or two files differ in kind, delimiter or columns.
        MissingExtraError: For Parquet, without pyarrow.
        OSError: Where a file cannot be read.
    """
    dialects = {item: _table_dialect(declared, item) for item in inputs}
    filled = tuple(item for item in inputs if item.size) or tuple(inputs[:1])
    first = filled[0]
    if len(filled) == 1:
        return filled
    for item in filled:
        if dialects[item].kind != "parquet" and (reason := opaque(os.path.join(root, item.path), is_text=True)):
            message = f"{item.path} cannot be joined with other files: {reason}"
            raise PlanRefusedError(message, "write plain text, or use split = 'files'")
    wanted = dialects[first], _columns(root, first, dialects[first])
    for item in filled[1:]:
        found = dialects[item], _columns(root, item, dialects[item])
        if found != wanted:
            raise _differ(first, wanted, item, found)
    return filled


def column_names(root: str, item: Input, dialect: Dialect) -> list[str]:
    """Return the names of a table's columns, for JSONL the keys of its first record.

    Raises:
        PlanRefusedError: Where they cannot be read.
        MissingExtraError: For Parquet, without pyarrow.
        OSError: Where the file cannot be read.
    """
    if dialect.kind == "jsonl":
        return _first_keys(root, item, dialect)
    columns = _columns(root, item, dialect)
    names: list[str] = columns.names if dialect.kind == "parquet" else columns or []
    return names


def whole_table(declared: InputFormat | None, root: str, inputs: Sequence[Input]) -> Shares:
    """Return the whole table as one piece of work. Raise OSError where a file cannot be read."""
    if len(inputs) == 1:
        return [(WholeFile(inputs[0].path, inputs[0].size), inputs[0].size)]
    headers = tuple(_header_length(os.path.join(root, item.path), dialect_of(item.path, declared)) for item in inputs)
    return [(WholeTable(tuple(item.path for item in inputs), headers), sum(item.size for item in inputs))]


def _table_dialect(declared: InputFormat | None, item: Input) -> Dialect:
    dialect = dialect_of(item.path, declared)
    if dialect.kind not in TABLE_KINDS:
        message = f"{item.path} is of the kind {dialect.kind}, which is no table"
        hint = f"a table ends in {', '.join(suffixes(TABLE_KINDS))}, or input_format.kind says what it is"
        raise PlanRefusedError(message, hint)
    if dialect.kind != "parquet" and (reason := unsafe_encoding(dialect)):
        raise PlanRefusedError(f"{item.path} cannot be read as a table: {reason}", "change input_format")
    return dialect


def _columns(root: str, item: Input, dialect: Dialect) -> Any:
    """Return the columns in a form to compare two files of a table; None where only the records have them."""
    path = os.path.join(root, item.path)
    if dialect.kind == "parquet":
        from parallel_stage.plan.splits.parquet import schema

        return schema(path)
    if not dialect.header:
        return None
    with open(path, "rb") as file:
        text = file.read(_header_length(path, dialect)).removeprefix(BOM).decode(dialect.encoding, "replace")
        if dialect.kind != "csv":
            return text.rstrip("\r\n")
        with io.TextIOWrapper(file, dialect.encoding, "replace", newline="") as below:
            return _names(item, text, below, dialect)


def _names(item: Input, head: str, below: Iterable[str], dialect: Dialect) -> list[str] | None:
    """Return the names of a csv file's columns; None where no row of its head has them."""
    options = dialect.csv_options()
    try:
        rows = csv.reader(io.StringIO(head, newline=""), **options)
        return (
            next(rows, []) if dialect.head_lines is None else column_row(rows, next(csv.reader(below, **options), []))
        )
    except csv.Error as error:
        message = f"the header of {item.path} cannot be read as csv: {error}"
        raise PlanRefusedError(message, "correct the file, or say input_format.kind and quotechar") from None


def _first_keys(root: str, item: Input, dialect: Dialect) -> list[str]:
    with open(os.path.join(root, item.path), encoding=dialect.encoding, errors="replace", newline="\n") as file:
        first = next((line for line in file if line.strip("\ufeff \t\r\n")), "{}")
    try:
        record = json_value(first.removeprefix("\ufeff"))
    except ValueError as error:
        message = f"the first record of {item.path} is not a JSON value: {error}"
        raise PlanRefusedError(message, "write one value a line") from None
    if not isinstance(record, dict):
        raise PlanRefusedError(f"the first record of {item.path} is not a JSON object", "write one object a line")
    return [*record]


def _header_length(path: str, dialect: Dialect) -> int:
    return 0 if dialect.kind == "parquet" else header_length(path, dialect)


def _differ(first: Input, wanted: tuple[Dialect, Any], item: Input, found: tuple[Dialect, Any]) -> PlanRefusedError:
    if wanted[0] != found[0]:
        message = f"{first.path} and {item.path} are not read the same way, so that they are not one table"
        return PlanRefusedError(message, "match files of one kind, or say input_format.kind and delimiter")
    texts = _texts(wanted[1]), _texts(found[1])
    difference = first_difference(*texts) if texts[0] != texts[1] else "the types of their columns differ"
    message = f"{first.path} and {item.path} are not one table: {difference}"
    return PlanRefusedError(message, "match only files with the same columns, or use split = 'files'")


def _texts(columns: Any) -> list[str]:
    """Return each column as text; that of a Parquet file says its type and whether it may be null."""
    if columns is None or isinstance(columns, (list, str)):
        return [columns] if isinstance(columns, str) else columns or []
    return [f"{field.name}: {field.type}{'' if field.nullable else ' not null'}" for field in columns]

"""The dialect of a file: how its bytes become records, by suffix and `input_format`."""

from __future__ import annotations

import codecs
import csv
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from parallel_stage.contract.model import InputFormat
from parallel_stage.contract.schema import default
from parallel_stage.errors import PlanRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_T = TypeVar("_T")

_KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "lines",
    ".log": "lines",
    ".parquet": "parquet",
}
TEXT_KINDS = ("csv", "jsonl", "lines")
_DELIMITERS = {".tsv": "\t"}
_LONGEST_CELL = 2**31 - 1  # that the csv module accepts on every platform
_NEVER_SYNTAX = ("\r", "\n", "\0")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is read, with every setting decided.

    Attributes:
        kind: csv, jsonl, lines, parquet or binary.
        delimiter: One character between the fields of a csv record.
        quotechar: One character around fields, or empty where quotes are plain data.
        header: Whether the first record is a header that goes to every chunk.
        encoding: The text encoding, by its name in Python's codecs.
        splittable: Whether the contract lets the file be cut.
        head_lines: The number of lines that go to every chunk, in place of the first record; None where the
            contract does not say.
    """

    kind: str
    delimiter: str
    quotechar: str
    header: bool
    encoding: str
    splittable: bool
    head_lines: int | None = None

    def csv_options(self) -> dict[str, Any]:
        """Return the arguments with which Python's `csv` reads a file of this dialect."""
        quoting = csv.QUOTE_MINIMAL if self.quotechar else csv.QUOTE_NONE
        return {"delimiter": self.delimiter, "quotechar": self.quotechar or None, "quoting": quoting}

    def csv_options_of_bytes(self) -> dict[str, Any]:
        """Return the same for text that has a character for each byte; delimiter and quote must be one byte each."""
        # One byte is the same with and without utf-8-sig, which would put its mark in front.
        encoding = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        delimiter, quote = (text.encode(encoding).decode("latin-1") for text in (self.delimiter, self.quotechar))
        return {**self.csv_options(), "delimiter": delimiter, "quotechar": quote or None}


def dialect_of(path: str, declared: InputFormat | None) -> Dialect:
    """Return the dialect of a file by its name; the file is not read.

    Raises:
        PlanRefusedError: For an encoding that Python does not know, and for a delimiter or quote character
            that cannot be one.
    """
    said = declared or InputFormat()
    suffix = PurePosixPath(path).suffix.lower()
    kind = said.kind or kind_of_name(path)
    dialect = Dialect(
        kind=kind,
        delimiter=_said(said.delimiter, _DELIMITERS.get(suffix, ",")),
        quotechar=_said(said.quotechar, default("input_format.quotechar")),
        header=_said(said.header, kind == "csv" and default("input_format.header")) and said.head_lines != 0,
        encoding=_codec(_said(said.encoding, default("input_format.encoding"))),
        splittable=_said(said.splittable, default("input_format.splittable")),
        head_lines=said.head_lines,
    )
    if kind == "csv":
        _refuse_impossible(dialect)
    return dialect


def kind_of_name(path: str) -> str:
    """Return the kind of a file by its name."""
    return _KINDS.get(PurePosixPath(path).suffix.lower(), "binary")


def column_row(head: Iterable[list[str]], record: list[str]) -> list[str] | None:
    """Return the row of a file's head that names the columns: the first with as many cells as a record.

    One that starts with a hash is rather a comment, unless there is no other.
    """
    rows = [row for row in head if row and len(row) == len(record)]
    return next((row for row in rows if not row[0].startswith("#")), rows[0] if rows else None)


def suffixes(kinds: Iterable[str]) -> list[str]:
    """Return the suffixes of these kinds, sorted."""
    return sorted(suffix for suffix, kind in _KINDS.items() if kind in kinds)


def _said(said: _T | None, otherwise: _T) -> _T:
    return otherwise if said is None else said


def _codec(encoding: str) -> str:
    try:
        " ".encode(encoding)  # refuses codecs that are not of text, such as base64
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        message = f"input_format.encoding is {encoding!r}, which is not an encoding that Python knows"
        raise PlanRefusedError(message, "write its Python name, such as utf-8, latin-1 or cp1252") from None


def _refuse_impossible(dialect: Dialect) -> None:
    for field, value in (("delimiter", dialect.delimiter), ("quotechar", dialect.quotechar)):
        if value in _NEVER_SYNTAX:
            message = f"input_format.{field} is {value!r}, which is not allowed"
            raise PlanRefusedError(message, f"write a {field} such as {',' if field == 'delimiter' else chr(34)!r}")
    if dialect.delimiter == dialect.quotechar:
        message = f"input_format.delimiter and input_format.quotechar are both {dialect.delimiter!r}"
        raise PlanRefusedError(message, "write two different characters, or quotechar = '' where nothing is quoted")


@contextmanager
def cells_of_any_length() -> Iterator[None]:
    """Let the csv module read long cells during a `with` block; by default it refuses those over 128 KiB."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)

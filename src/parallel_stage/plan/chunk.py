"""A chunk: the header and the records of a range of a file, without a copy."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from parallel_stage.errors import ParallelStageError
from parallel_stage.plan.dialect import TEXT_KINDS, cells_of_any_length, column_row, dialect_of
from parallel_stage.plan.divisible import unsafe_encoding
from parallel_stage.plan.partition import ByteRange
from parallel_stage.plan.records.grammar import BOM
from parallel_stage.plan.records.header import header_length
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.model import InputFormat
    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.partition import WholeFile

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Chunk:
    """The argument of a function whose parameter is annotated `parallel_stage.Chunk`.

    Attributes:
        path: The file that the chunk is a part of.
        start: The offset of its first byte, in bytes from the file's start.
        stop: The offset after its last byte.
        rows: How many records it holds, or None where the plan did not count them.
        header: The bytes that come before the records in every chunk: byte order mark and header; may be
            empty.
        dialect: How the file is read.
    """

    path: Path
    start: int
    stop: int
    rows: int | None
    header: bytes
    dialect: Dialect

    @classmethod
    def of(cls, work: ByteRange | WholeFile, root: str | Path, declared: InputFormat | None) -> Chunk:
        """Return the chunk of a partition's work; `root` is where relative paths start.

        Raises:
            OSError: Where the file cannot be read.
        """
        path, dialect = Path(root, work.path), dialect_of(work.path, declared)
        if isinstance(work, ByteRange):
            start, stop, rows = work.start, work.stop, work.rows
            length = work.header
        else:
            length = start = _header_length(path, dialect)
            stop, rows = work.size, None
        with path.open("rb") as file:
            return cls(path, start, stop, rows, file.read(length), dialect)

    def open(self) -> BinaryIO:
        """Open a readable, seekable stream of the header and the range; it reads the file on demand."""
        return cast("BinaryIO", io.BufferedReader(_HeaderAndRange(self)))

    def records(self) -> Iterator[Any]:
        """Yield the records of the range, read on demand.

        A csv record is a dict by the header's names, or a list of text without a header; a jsonl record is
        the value of a line that is not blank; a record of lines is the text without its newline.

        Raises:
            ParallelStageError: For a kind without text records; for a line that is not JSON, and bytes that
                are not of the encoding, when they are reached.
        """
        if self.dialect.kind not in TEXT_KINDS:
            message = f"{self.path} is of the kind {self.dialect.kind}, which has no text records"
            raise ParallelStageError(message, "read it with open(), or set input_format.kind to csv, jsonl or lines")
        return self._decoded(self._rows() if self.dialect.kind == "csv" else self._lines())

    def _decoded(self, found: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from found
        except UnicodeDecodeError as error:
            message = (
                f"{self.path} is not {self.dialect.encoding} (byte {error.object[error.start]:#04x}: {error.reason})"
            )
            raise ParallelStageError(message, "set input_format.encoding to what it is") from None

    def _rows(self) -> Iterator[Any]:
        reader: Any = csv.DictReader if self.dialect.header else csv.reader
        with cells_of_any_length(), self._text("") as text:
            if self.dialect.head_lines is None:
                yield from reader(text, **self.dialect.csv_options())
            else:
                yield from self._rows_below(text.read(self._head_characters()), text)

    def _head_characters(self) -> int:
        return len(self.header.removeprefix(BOM).decode(self.dialect.encoding))

    def _rows_below(self, head: str, text: TextIO) -> Iterator[Any]:
        """Yield the rows below a head of several lines, by the names of the one that has them."""
        options = self.dialect.csv_options()
        rows = csv.reader(text, **options)
        if not self.dialect.header:
            yield from rows
            return
        first = next(filter(None, rows), [])
        names = column_row(csv.reader(io.StringIO(head, newline=""), **options), first)
        for row in filter(None, chain([first], rows)):
            yield row if names is None else _named(names, row)

    def _lines(self) -> Iterator[Any]:
        with self._text("\n") as text:
            lines = self.dialect.head_lines
            for _ in islice(text, int(self.dialect.header) if lines is None else lines):
                pass
            for number, line in enumerate(text, start=1):
                if self.dialect.kind == "lines":
                    yield line.removesuffix("\n").removesuffix("\r")
                elif line.strip():
                    yield self._value(line, number)

    def _value(self, line: str, number: int) -> Any:
        try:
            return json.loads(line)
        except ValueError as error:
            shown = shortened(line, _SHOWN)
            where = f"record {number} after byte {self.start}"
            message = f"{self.path}, {where}, is not a JSON value ({error}): {shown!r}"
            raise ParallelStageError(message, "write one JSON value a line, or set input_format.kind") from None

    def _text(self, newline: str) -> TextIO:
        encoding = self.dialect.encoding
        if encoding in ("utf-8", "utf-8-sig"):
            # A mark is one only at the file's start; the same character at the start of a chunk is data.
            encoding = "utf-8-sig" if self.header.startswith(BOM) else "utf-8"
        return io.TextIOWrapper(self.open(), encoding=encoding, newline=newline)


def _named(names: list[str], row: list[str]) -> dict[str | None, Any]:
    """Return a record as `csv.DictReader` does: None for missing cells, and those too many under None."""
    record: dict[str | None, Any] = dict(zip_longest(names, row[: len(names)]))
    return record if len(row) <= len(names) else {**record, None: row[len(names) :]}


def _header_length(path: Path, dialect: Dialect) -> int:
    if dialect.kind not in TEXT_KINDS or unsafe_encoding(dialect):
        return 0
    return header_length(str(path), dialect)


class _HeaderAndRange(io.RawIOBase):
    """The bytes of a chunk's header and range, as one file."""

    def __init__(self, chunk: Chunk) -> None:
        super().__init__()
        self._header = chunk.header
        self._shift = chunk.start - len(chunk.header)
        self._length = len(chunk.header) + chunk.stop - chunk.start
        self._position = 0
        self._file = chunk.path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._position < len(self._header):
            piece = self._header[self._position : self._position + len(view)]
            view[: len(piece)] = piece
            count = len(piece)
        else:
            self._file.seek(self._position + self._shift)
            count = self._file.readinto(view[: max(0, self._length - self._position)]) or 0
        self._position += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

"""The records of a CSV file with the cells of one column: found with numpy, or read with Python's `csv`."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING, TextIO

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.dialect import cells_of_any_length
from parallel_stage.plan.groups.batch import Batch, unfit_record
from parallel_stage.plan.records.grammar import grammar_of
from parallel_stage.plan.records.reader import BLOCK, changed, opened
from parallel_stage.plan.records.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.inputs import DataFile
    from parallel_stage.plan.records.reader import Reader

_BYTE_A_CHARACTER = "latin-1"
_LINE_ENDS = (b"\n", b"\r")
_SHORT = "it has {cells} cells, and {column!r} is column {number}"


class CsvRecords:
    """The records of one file; to be iterated once.

    Both ways to read give the same records and cells. The one with numpy needs a proof that every quote opens or
    closes quoted text, or doubles one.
    """

    def __init__(self, file: DataFile, column: tuple[str, int], *, numpy: bool, joined: bool) -> None:
        """Take a file and how it is read.

        Args:
            file: The file.
            column: The column's name, and its place from 0.
            numpy: Whether to use it.
            joined: Whether another file of the table follows, so that the last record needs a line end.
        """
        self._item, self._path, self._dialect = file
        self._name, self._column = column
        self._numpy = numpy
        self._joined = joined
        # One byte is the same with and without utf-8-sig, which would put its mark in front.
        encoding = "utf-8" if self._dialect.encoding == "utf-8-sig" else self._dialect.encoding
        self._delimiter = self._dialect.delimiter.encode(encoding)
        self._quote = grammar_of(self._dialect).quote
        self._seen = 0
        self._blank = -1
        self._tail = b""

    def __iter__(self) -> Iterator[Batch]:
        """Yield the records in batches.

        Raises:
            PlanRefusedError: For a record without the column, a blank line between records, and an open quote
                before another file.
            InputChangedError: Where the file changes meanwhile.
            OSError: Where it cannot be read.
        """
        found = survey(self._path, self._dialect, count=False, numpy=self._numpy)
        with opened(self._path) as reader:
            if reader.size != found.size:
                raise changed(self._item.path, found.size, reader.size)
            if self._numpy and found.proof != "scan" and found.unclosed < 0:
                yield from self._with_numpy(reader, found.header)
            else:
                yield from self._from_stream(reader, found.header)
        if self._joined and self._is_open(self._tail):
            message = f"{self._item.path} ends inside quoted text, and another file of the table follows"
            raise PlanRefusedError(message, "close the quote, or name this file last")

    def _from_stream(self, reader: Reader, begin: int) -> Iterator[Batch]:
        with open(self._path, "rb") as file:
            file.seek(begin)
            with io.TextIOWrapper(file, _BYTE_A_CHARACTER, newline="") as text:
                yield from self._with_csv(text, begin)
            size = os.path.getsize(self._path)
        if size != reader.size:
            raise changed(self._item.path, reader.size, size)

    def _with_csv(self, text: TextIO, offset: int) -> Iterator[Batch]:
        """Yield the records of a text with a character for each byte; the first has this offset in the file."""
        lines = _Lines(text, terminate=self._joined)
        starts: list[int] = []
        ends: list[int] = []
        cells: list[bytes] = []
        at = 0
        with cells_of_any_length():
            for row in self._rows(csv.reader(lines, **self._dialect.csv_options_of_bytes())):
                if self._is_record(row, self._seen + len(cells) + 1, offset + at):
                    starts.append(at)
                    ends.append(lines.length)
                    cells.append(row[self._column].encode(_BYTE_A_CHARACTER))
                at = lines.length
                if at >= BLOCK:
                    yield from self._batch(offset, lines.take(), starts, ends, cells)
                    offset, at, starts, ends, cells = offset + at, 0, [], [], []
        yield from self._batch(offset, lines.take(), starts, ends, cells)

    def _rows(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        try:
            yield from rows
        except csv.Error as error:
            message = f"{self._item.path} cannot be read as csv: {error}"
            raise PlanRefusedError(message, "correct the file, or say input_format.kind and quotechar") from None

    def _batch(
        self, offset: int, data: bytes, starts: list[int], ends: list[int], cells: list[bytes]
    ) -> Iterator[Batch]:
        if cells:
            self._seen += len(cells)
            self._tail = data[starts[-1] : ends[-1]]
            yield Batch(self._seen - len(cells) + 1, offset, data, starts, ends, cells)

    def _is_record(self, row: list[str], number: int, offset: int) -> bool:
        """Whether a row is a record; blank lines at the end are none."""
        if not row:
            self._blank = offset if self._blank < 0 else self._blank
            return False
        if self._blank >= 0:
            fault = "a blank line stands between records, which some readers skip and others do not"
            raise unfit_record(self._item.path, number, self._blank, fault, "remove it")
        if len(row) <= self._column:
            fault = _SHORT.format(cells=len(row), column=self._name, number=self._column + 1)
            raise unfit_record(self._item.path, number, offset, fault, "correct or remove it")
        return True

    def _is_open(self, record: bytes) -> bool:
        """Whether a record would go on in the next line."""
        text = io.StringIO(record.decode(_BYTE_A_CHARACTER) + "\nx\n", newline="")
        with cells_of_any_length():
            rows = [row for row in csv.reader(text, **self._dialect.csv_options_of_bytes()) if row]
        return len(rows) == 1

    def _with_numpy(self, reader: Reader, begin: int) -> Iterator[Batch]:
        carried = b""
        for offset, block in reader.blocks(begin):
            data, shift = carried + block, offset - len(carried)
            is_last = offset + len(block) >= reader.size
            if is_last and self._joined and data[-1:] not in _LINE_ENDS:
                data += b"\n"
            starts, ends, cells, is_regular = self._index(data, is_last=is_last)
            end = ends[-1] if ends else 0
            carried = data[end:]
            if is_regular and self._blank < 0:
                yield from self._batch(shift, data, starts, ends, cells)
            else:
                # The exact reader says what is wrong, and leaves blank lines at the end out.
                yield from self._with_csv(io.StringIO(data[:end].decode(_BYTE_A_CHARACTER), newline=""), shift)

    def _index(self, data: bytes, *, is_last: bool) -> tuple[list[int], list[int], list[bytes], bool]:
        """Return where the whole records start and end, their cells, and whether each has one; else no cells."""
        import numpy as np

        view = np.frombuffer(data, np.uint8)
        line_ends = view == ord("\n")
        returns = view == ord("\r")
        line_ends[1:] &= ~returns[:-1]  # a CRLF ends where its CR stands
        line_ends |= returns
        line_ends[-1] &= is_last or not returns[-1]  # the LF of a CRLF may come
        marks = line_ends | (view == ord(self._delimiter))
        if self._quote and self._quote in data:
            quotes = view == ord(self._quote)
            at = np.flatnonzero(marks | quotes)
            is_quote = quotes[at]
            at = at[~is_quote & (np.cumsum(is_quote, dtype=np.uint8) & 1 == 0)]
        else:
            at = np.flatnonzero(marks)
        stops = at[line_ends[at]]
        halves = np.minimum(stops + 1, view.size - 1)
        ends = stops + 1 + (returns[stops] & (view[halves] == ord("\n")) & (halves > stops))
        if is_last and (ends[-1] if ends.size else 0) < view.size:
            at, stops, ends = (np.append(array, view.size) for array in (at, stops, ends))
        if not ends.size:
            return [], [], [], True
        starts = np.append(0, ends[:-1])
        lasts = np.searchsorted(at, stops)
        wanted = np.append(0, lasts[:-1] + 1) + self._column
        if (wanted > lasts).any() or (stops == starts).any():
            return starts.tolist(), ends.tolist(), [], False
        lefts = at[wanted - 1] + 1 if self._column else starts
        cells = [data[left:right] for left, right in zip(lefts.tolist(), at[wanted].tolist(), strict=True)]
        if self._quote and self._quote in data:
            cells = [self._unquoted(cell) if cell[:1] == self._quote else cell for cell in cells]
        return starts.tolist(), ends.tolist(), cells, True

    def _unquoted(self, cell: bytes) -> bytes:
        """Return the text of a cell that starts with a quote, as `csv` reads it."""
        quote = self._quote
        return quote.join(piece.replace(quote, b"") for piece in cell[1:].split(quote + quote))


class _Lines:
    """The lines of a text with a character for each byte, and those since the last `take` as bytes.

    Attributes:
        length: The length of the lines since then.
    """

    def __init__(self, text: TextIO, *, terminate: bool) -> None:
        self._text = text
        self._terminate = terminate
        self._taken: list[str] = []
        self.length = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            whole = line + "\n" if self._terminate and line[-1] not in "\r\n" else line
            self._taken.append(whole)
            self.length += len(whole)
            yield whole

    def take(self) -> bytes:
        """Return the lines since the last call."""
        data = "".join(self._taken).encode(_BYTE_A_CHARACTER)
        self._taken.clear()
        self.length = 0
        return data

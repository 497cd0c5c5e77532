"""The ledger: the events of a run, one JSON object a line, appended and never changed.

`started` opens a session: the first of a run, or one that resumes it. `input` says how a file was then, where
that differs from what the ledger has. `task` has the receipts of a task; they are about the inputs as of the events
before it. `ended` closes the session, unless the runner was killed.

The place of a receipt is one number: the offset of its task's line, and its row there.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, BinaryIO

from parallel_stage.run.batching import MOST
from parallel_stage.run.task import TaskReceipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from parallel_stage.run.task import Receipt

_BLOCK = 1 << 16
_ROW_BITS = MOST.bit_length()


class Ledger:
    """An open ledger; an event is in the operating system's hands when `append` returns."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def append(self, *documents: Mapping[str, Any]) -> None:
        """Append events."""
        self._write(b"".join(map(_line, documents)))

    def append_task(self, receipt: TaskReceipt) -> range:
        """Append the receipts of a task; return their places, in the order of the rows."""
        first = self._file.tell() << _ROW_BITS
        self._write(_line(receipt.to_dict()))
        return range(first, first + len(receipt.rows))

    def _write(self, lines: bytes) -> None:
        self._file.write(lines)
        self._file.flush()

    def receipts(self, places: Iterable[int]) -> Iterator[Receipt]:
        """Read receipts back, in the order of these places; end at the first that is none."""
        with open(self._file.name, "rb") as file:
            for offset, of_task in groupby(places, offset_of):
                task, first = _task_at(file, offset), offset << _ROW_BITS
                for place in of_task:
                    if not task or place - first >= len(task.rows):
                        return
                    yield task.receipt(place - first)


class ReceiptReader:
    """Reads receipts of a ledger; those of one task, one after the other, cost one look at its line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offset = -1
        self._task: TaskReceipt | None = None

    def receipt(self, place: int) -> Receipt | None:
        """Return the receipt of a place; None where there is none of this version."""
        offset = offset_of(place)
        if offset != self._offset:
            self._offset, self._task = offset, _task_at(self._file, offset)
        row = place - (offset << _ROW_BITS)
        return self._task.receipt(row) if self._task and row < len(self._task.rows) else None


def places_of(event: Mapping[str, Any], offset: int) -> Iterator[tuple[int, str, int]]:
    """Yield the receipts with an output in a `task` event at an offset: index, id and place of each."""
    receipt = TaskReceipt.from_dict(event)
    failed, first = receipt.failures(), offset << _ROW_BITS
    for number, row in enumerate(receipt.rows):
        if number not in failed:
            yield row.index, row.id, first + number


def offset_of(place: int) -> int:
    """Return the offset of the line that has the receipt of a place."""
    return place >> _ROW_BITS


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open a ledger to append to it; a last line that was torn when a runner was killed is cut off."""
    with path.open("ab+") as file:
        file.truncate(_end_of_lines(file))
        file.seek(0, 2)
        yield Ledger(file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a ledger in order, without lines that were torn when a runner or its machine died."""
    for _, event in located(path):
        yield event


def located(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the events of a ledger as `read` does, each after the offset of its line."""
    with path.open("rb") as file:
        offset = 0
        for line in file:
            if line.endswith(b"\n") and (event := _event(line)) is not None:
                yield offset, event
            offset += len(line)


def _task_at(file: BinaryIO, offset: int) -> TaskReceipt | None:
    file.seek(offset)
    try:
        return TaskReceipt.from_dict(json.loads(file.readline()))
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def _end_of_lines(file: BinaryIO) -> int:
    """Return where the last whole line of a file ends."""
    start = file.seek(0, 2)
    while start:
        block = min(start, _BLOCK)
        start -= block
        file.seek(start)
        end = file.read(block).rfind(b"\n")
        if end >= 0:
            return start + end + 1
    return 0


_encode = json.JSONEncoder(separators=(",", ":")).encode


def _line(document: Mapping[str, Any]) -> bytes:
    return _encode(document).encode() + b"\n"

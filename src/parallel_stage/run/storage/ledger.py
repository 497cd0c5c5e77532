"""The ledger: the events of a run, one JSON object a line, appended and never changed.

`started` opens a session: the first of a run, or one that resumes it. `input` says how a file was then, where
that differs from what the ledger has; a receipt is about the inputs as of the events before it. `ended` closes
the session, unless the runner was killed.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from parallel_stage.run.task import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_BLOCK = 1 << 16


class Ledger:
    """An open ledger; an event is in the operating system's hands when `append` returns."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def append(self, *documents: Mapping[str, Any]) -> list[int]:
        """Append events; return the offset of each one's line, in bytes."""
        offsets, lines, end = [], [], self._file.tell()
        for document in documents:
            offsets.append(end)
            lines.append(_line(document))
            end += len(lines[-1])
        self._file.write(b"".join(lines))
        self._file.flush()
        return offsets

    def receipts(self, offsets: Iterable[int]) -> Iterator[Receipt]:
        """Read receipts back, in the order of these offsets; end at the first that is none."""
        with open(self._file.name, "rb") as file:
            for offset in offsets:
                receipt = receipt_at(file, offset)
                if receipt is None:
                    return
                yield receipt


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


def receipt_at(file: BinaryIO, offset: int) -> Receipt | None:
    """Return the receipt whose line is at an offset of a ledger; None where that is none of this version."""
    file.seek(offset)
    try:
        return Receipt.from_dict(json.loads(file.readline()))
    except (LookupError, TypeError, ValueError):
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


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n"

"""The ledger: the events of a run, one JSON object a line, appended and never changed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from parallel_stage.run.task import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class Ledger:
    """An open ledger; an event is in the operating system's hands when `append` returns."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def append(self, *documents: Mapping[str, Any]) -> int:
        """Append events; return the offset of the first one's line, in bytes."""
        start = self._file.tell()
        self._file.write(b"".join(_line(document) for document in documents))
        self._file.flush()
        return start

    def receipts(self, offsets: Iterable[tuple[int, int]]) -> Iterator[Receipt]:
        """Read receipts back: `count` of them from each `offset`; nothing may be appended meanwhile."""
        with open(self._file.name, "rb") as file:
            for offset, count in offsets:
                file.seek(offset)
                for _ in range(count):
                    yield Receipt.from_dict(json.loads(file.readline()))


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open a ledger to append to it."""
    with path.open("ab") as file:
        yield Ledger(file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a ledger in order, without a last line that was torn when the runner was killed."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n"

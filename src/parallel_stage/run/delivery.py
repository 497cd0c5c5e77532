"""The files of a task on their way from a worker that does not see the run directory: one chunk at a time."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from parallel_stage.run.storage import layout
from parallel_stage.run.storage.part import Parts
from parallel_stage.run.storage.unwritable import writing_to
from parallel_stage.run.worker.elsewhere import CHUNK, Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.run.task import Stage, Task, TaskReceipt
    from parallel_stage.run.worker.elsewhere import Parcel


class DamagedError(Exception):
    """What has arrived is not what the receipt says."""


class Delivery:
    """Receives a parcel: the files appear in the run directory when all of them are there and are whole.

    Attributes:
        task: The task that has left the parcel.
        parcel: The parcel.
    """

    def __init__(self, stage: Stage, task: Task, parcel: Parcel) -> None:
        self.task = task
        self.parcel = parcel
        self._directory = stage.directory
        self._place = layout.arriving(stage.directory, task.number)
        self._chunks = self._left()
        self._next = next(self._chunks, None)
        with writing_to(self._directory):
            for name, content in parcel.contents.items():
                self._append(name, content)

    def wanted(self) -> Chunk | None:
        """Return what to fetch next; None where everything has arrived."""
        return self._next

    def take(self, data: bytes) -> None:
        """Write what was fetched.

        Raises:
            RunDirectoryError: Where the run directory cannot be written.
        """
        if self._next:
            with writing_to(self._directory):
                self._append(self._next.name, data)
            self._next = next(self._chunks, None)

    def receipt(self) -> TaskReceipt:
        """Move the files to their places, and return the receipt.

        Raises:
            DamagedError: Where an output is not what its worker wrote, by size and digest.
            RunDirectoryError: Where the run directory cannot be written.
        """
        receipt = self.parcel.receipt
        parts = Parts(self._place)
        try:
            whole = all(parts.has(each) for each in receipt.receipts() if each.failure is None)
        finally:
            parts.close()
        if not whole:
            self.drop()
            raise DamagedError(f"an output of the worker {self.parcel.worker} has not arrived as it was written")
        with writing_to(self._directory):
            for name in (*self.parcel.contents, *self.parcel.sizes):
                with (self._place / name).open("rb+") as file:
                    os.fsync(file.fileno())
                (self._place / name).replace(self._directory / name)
        self.drop()
        return receipt

    def drop(self) -> None:
        """Remove what has arrived."""
        shutil.rmtree(self._place, ignore_errors=True)

    def _left(self) -> Iterator[Chunk]:
        sizes = self.parcel.sizes
        last = next(reversed(sizes), "")
        for name, size in sizes.items():
            for offset in range(0, size, CHUNK):
                yield Chunk(name, offset, name == last and offset + CHUNK >= size)

    def _append(self, name: str, data: bytes) -> None:
        path: Path = self._place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(data)

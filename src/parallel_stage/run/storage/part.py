"""A part: the file that a task writes, with the outputs of its partitions, and how one output is read back."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from parallel_stage.errors import ReducerFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 20
"""How much is read at once, in bytes."""


def new_digest() -> hashlib.blake2b:
    """The hash that receipts carry of a partition's output: BLAKE2b of 16 bytes."""
    return hashlib.blake2b(digest_size=16)


class PartWriter:
    """Writes outputs; between `begin` and the next one, `length` and `digest` are those of the current output."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.begin()

    def begin(self) -> None:
        """Start the next output."""
        self.offset = self._file.tell()
        self.length = 0
        self._digest = new_digest()

    def write(self, data: bytes) -> None:
        """Append to the current output."""
        self._file.write(data)
        self._digest.update(data)
        self.length += len(data)

    def drop(self) -> None:
        """Forget the current output, of a partition that has failed."""
        self._file.seek(self.offset)
        self._file.truncate()
        self.begin()

    @property
    def digest(self) -> str:
        """Of the current output, in hexadecimal digits."""
        return self._digest.hexdigest()


@contextmanager
def replacing(path: Path, scratch: Path | None = None) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when it is whole and on the disk.

    Yields:
        A temporary file in `scratch`, by default beside the final one; removed when the `with` block raises.
    """
    temporary = (scratch or path.parent) / f".{path.name}.{os.getpid()}.tmp"
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def new_part(path: Path, scratch: Path) -> Iterator[PartWriter]:
    """Write a part; it appears under its name when the `with` block ends without an exception."""
    with replacing(path, scratch) as file:
        yield PartWriter(file)


@dataclass(frozen=True, slots=True)
class PartitionOutput:
    """The output of one partition: `offset <= byte < offset + length` of the file `path`.

    `header` is the length of the header it starts with, in bytes; `suffix` that of a file that would hold it alone;
    `records`, `digest`, `index` and `id` are the receipt's.
    """

    path: Path
    offset: int
    length: int
    header: int
    suffix: str
    digest: str
    records: int
    index: int
    id: str

    def blocks(self) -> Iterator[bytes]:
        """The output, block by block.

        Raises:
            ReducerFailedError: After the last block when the part is not what the receipt says.
        """
        digest, left = new_digest(), self.length
        with self.path.open("rb") as file:
            file.seek(self.offset)
            while left and (block := file.read(min(left, BLOCK))):
                digest.update(block)
                left -= len(block)
                yield block
        if left or digest.hexdigest() != self.digest:
            message = f"{self.path} no longer holds what partition {self.index} wrote (bytes {self.offset} onwards)"
            raise ReducerFailedError(message, "something has changed the run directory; run the stage again")

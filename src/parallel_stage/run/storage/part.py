"""Parts: the files that tasks write, with the outputs of their partitions."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from parallel_stage.errors import ReducerFailedError
from parallel_stage.run.storage.digest import BLOCK, LARGE, Hashing, new_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.run.task import Receipt


class PartWriter:
    """Writes outputs one after the other; `offset`, `length` and `digest` are those of the current one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = self.length = 0
        self.begin()

    def begin(self) -> None:
        """Start the next output."""
        self.offset += self.length
        self.length = 0
        self._digest = new_digest()

    def write(self, data: bytes) -> None:
        """Append to the current output."""
        self._file.write(data)
        self._digest.update(data)
        self.length += len(data)

    def drop(self) -> None:
        """Remove the current output, of a partition that has failed."""
        self._file.seek(self.offset)
        self._file.truncate()
        self.length = 0
        self.begin()

    @property
    def digest(self) -> str:
        """The hash of the current output, in hexadecimal digits."""
        return str(self._digest.hexdigest())


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


class Parts:
    """Reads the parts of a run; the last one stays open until `close` is called."""

    def __init__(self, directory: Path) -> None:
        """Take the directory that the parts of receipts are relative to."""
        self._directory = directory
        self._name = ""
        self._file: BinaryIO | None = None
        self._hashing = Hashing()

    def has(self, receipt: Receipt) -> bool:
        """Whether a receipt's part holds what its partition wrote, by size and digest."""
        try:
            for _ in self.blocks(receipt):
                pass
        except (ReducerFailedError, OSError, ValueError, TypeError):
            return False
        return True

    def blocks(self, receipt: Receipt) -> Iterator[bytes]:
        """Yield the output of a receipt, block by block; to be read before another one.

        Raises:
            ReducerFailedError: After the last block, where the part is not what the receipt says.
        """
        file = self._open(receipt.part)
        file.seek(receipt.offset)
        if receipt.length < LARGE:
            block = file.read(receipt.length)
            yield block
            self._check(receipt, len(block), new_digest(block))
            return
        digest, remaining = new_digest(), receipt.length
        while remaining and (block := file.read(min(remaining, BLOCK))):
            self._hashing.start(digest, block)
            remaining -= len(block)
            yield block
            self._hashing.wait()
        self._check(receipt, receipt.length - remaining, digest)

    def _check(self, receipt: Receipt, length: int, digest: Any) -> None:
        if length != receipt.length or digest.hexdigest() != receipt.digest:
            where = f"partition {receipt.index} wrote (bytes {receipt.offset} onwards)"
            message = f"{self._directory / receipt.part} no longer holds what {where}"
            raise ReducerFailedError(message, "something has changed the run directory; run the stage again")

    def _open(self, name: str) -> BinaryIO:
        if name != self._name or self._file is None:
            self._close_file()
            self._file, self._name = (self._directory / name).open("rb"), name
        return self._file

    def close(self) -> None:
        """Close the part that is open, and end the thread that hashes."""
        self._close_file()
        self._hashing.close()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None


class PartitionOutput(NamedTuple):
    """One partition's output, in the part that its task wrote; to be read before that of the next partition.

    Attributes:
        receipt: The partition's receipt; it has no failure.
        parts: Where its part is.
    """

    receipt: Receipt
    parts: Parts

    def blocks(self) -> Iterator[bytes]:
        """Yield the output, block by block; see `Parts.blocks`."""
        return self.parts.blocks(self.receipt)

"""A part: the file that one task writes, with the outputs of its partitions one after the other."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from parallel_stage.run.slices import new_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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

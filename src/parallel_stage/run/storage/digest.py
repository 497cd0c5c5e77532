"""The SHA-256 of what a run writes, made of large blocks in a thread while they are read or written."""

from __future__ import annotations

import hashlib
import io
import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor
    from pathlib import Path
    from types import TracebackType
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | memoryview

BLOCK = 1 << 20
"""The number of bytes that are read or written at once."""
LARGE = 1 << 16
"""The bytes from which a thread takes less time than it saves."""


def new_digest(data: bytes = b"") -> Any:
    """Return a new SHA-256, which processors have instructions for, of some bytes."""
    return hashlib.sha256(data)


class Hashing:
    """Updates hashes, with large blocks in a thread: hashlib and files let other threads run meanwhile."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._update: Future[None] | None = None

    def start(self, digest: Any, block: Buffer) -> None:
        """Begin to update a hash; the block must not change until `wait` returns."""
        if len(block) < LARGE:
            digest.update(block)
            return
        if self._thread is None:
            from concurrent.futures import ThreadPoolExecutor

            self._thread = ThreadPoolExecutor(1)
        self._update = self._thread.submit(digest.update, block)

    def wait(self) -> None:
        """Return when the hash is updated."""
        if self._update is not None:
            self._update.result()
            self._update = None

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None


class Measure(NamedTuple):
    """The number of bytes of a file and their digest; of a directory, of all files in it, in the order of paths."""

    bytes: int
    digest: str


class MeasuredFile(io.BufferedWriter):
    """A new file that is measured while it is written; after a `with` block without an exception, it is on the disk."""

    def __init__(self, path: Path) -> None:
        self._measuring = _Measuring(path.open("wb", buffering=0))
        super().__init__(self._measuring, BLOCK)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        try:
            if kind is None:
                self.flush()
                os.fsync(self._measuring.fileno())
        finally:
            super().__exit__(kind, error, trace)

    @property
    def measure(self) -> Measure:
        """The measure of what has been written and flushed."""
        return self._measuring.measure


class _Measuring(io.RawIOBase):
    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._hashing = Hashing()
        self._digest = new_digest()
        self._size = 0

    @property
    def measure(self) -> Measure:
        return Measure(self._size, self._digest.hexdigest())

    def fileno(self) -> int:
        return self._file.fileno()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Write all of some bytes. Raise OSError where that fails."""
        block, written = memoryview(data), 0
        self._hashing.start(self._digest, block)
        try:
            while written < len(block):
                written += self._file.write(block[written:])
        finally:
            self._hashing.wait()
        self._size += written
        return written

    def close(self) -> None:
        self._hashing.close()
        self._file.close()
        super().close()


def measure(path: Path, *, to_disk: bool = False) -> Measure:
    """Measure a file or a directory that is there; `to_disk` brings it to the disk."""
    size, digest = 0, new_digest()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("r+b" if to_disk else "rb") as content:
                while block := content.read(BLOCK):
                    size += len(block)
                    digest.update(block)
                if to_disk:
                    os.fsync(content.fileno())
    return Measure(size, digest.hexdigest())

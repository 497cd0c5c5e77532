"""Read a file in blocks, or around an offset; a part of it is in memory, however large the file is."""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING

from parallel_stage.errors import InputChangedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

BLOCK = 1 << 20
"""Bytes that are read at once: with fewer, threads wait for each other; with more, they leave the cache."""
WINDOW = 1 << 16
"""Bytes that are read around an offset."""
_CONTEXT = 4  # bytes before an offset that a pattern may look back at: a byte order mark and a quote


class Reader:
    """An open file.

    Attributes:
        path: Its path, for messages.
        size: Its size in bytes when it was opened.
    """

    def __init__(self, path: str, file: BufferedReader, size: int) -> None:
        self.path = path
        self.size = size
        self._file = file
        self._base, self._data = 0, b""

    def blocks(
        self, start: int, stop: int | None = None, length: int = 0, kept: int = 1
    ) -> Iterator[tuple[int, bytearray]]:
        """Yield the bytes of a range, by default up to the file's end, in blocks with their offsets.

        The last `kept` blocks stay as they are while the next is read; older ones are overwritten.

        Raises:
            InputChangedError: Where the file has become shorter, or longer than the range that ends it.
        """
        end = self.size if stop is None else stop
        buffers = cycle([bytearray(min(length or BLOCK, end - start)) for _ in range(kept + 1)])
        while start < end:
            block = next(buffers)
            if len(block) > end - start:
                block = bytearray(end - start)
            self._file.seek(start)
            if self._file.readinto(block) < len(block):
                raise changed(self.path, self.size, self._file.seek(0, os.SEEK_END))
            yield start, block
            start += len(block)
        if stop is None and self._file.seek(0, os.SEEK_END) != self.size:
            raise changed(self.path, self.size, self._file.tell())

    def find(self, text: bytes, start: int) -> int:
        """Return the offset of a text of at most two bytes, from an offset on, or -1. Raise as `blocks`."""
        before = b""
        for offset, block in self.blocks(start):
            if before and before + block[:1] == text:
                return offset - 1
            # A single byte is found some seven times as fast as two.
            if text[:1] in block and (place := block.find(text)) >= 0:
                return offset + place
            before = bytes(block[-1:])
        return -1

    def byte(self, offset: int) -> bytes:
        """Return one byte; none at the file's end. Raise as `around`."""
        data, at, _ = self.around(offset)
        return data[at : at + 1]

    def around(self, start: int, length: int = 0) -> tuple[bytes, int, bool]:
        """Return bytes of the file, the place of an offset in them, and whether they go up to the file's end.

        They have at least `length` bytes from there on, or all to the end, and some before it. Without a length,
        they may be those of the last call.

        Raises:
            InputChangedError: Where the file has become shorter.
        """
        base = max(0, start - _CONTEXT)
        if length or not self._base <= base <= start < self._base + len(self._data):
            wanted = min(start + (length or WINDOW), self.size) - base
            self._file.seek(base)
            self._base, self._data = base, self._file.read(wanted)
            if len(self._data) < wanted:
                raise changed(self.path, self.size, base + len(self._data))
        return self._data, start - self._base, self._base + len(self._data) >= self.size


@contextmanager
def opened(path: str) -> Iterator[Reader]:
    """Open a file for reading during a `with` block. Raise OSError where it cannot be read."""
    with open(path, "rb") as file:
        yield Reader(path, file, os.fstat(file.fileno()).st_size)


def changed(path: str, before: int, after: int) -> InputChangedError:
    """Return the error for a file whose size has changed."""
    message = f"{path} changed while it was read, from {before} to {after} bytes"
    return InputChangedError(message, "plan again when nothing writes to it")

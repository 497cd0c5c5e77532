"""What partitions print: one log for a task, cut into one for each partition that has printed something."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST = 64 * 1024
"""How much of a partition's log is kept, in bytes: its end."""


class Capture:
    """The log of a task while it runs: standard output and error, of Python and of what it starts."""

    def __init__(self, path: Path) -> None:
        # Opened for appending: this process and its children write at the end, whoever has moved the position.
        self._file = path.open("a+b", buffering=0)
        self.fileno = self._file.fileno()

    def bound(self) -> None:
        """Cut the log down to its end when it has become far too long."""
        size = os.fstat(self.fileno).st_size
        if size > 16 * LONGEST:
            kept = self._tail(size)
            self._file.truncate(0)
            self._file.write(kept)

    def take(self, target: Path) -> bool:
        """Move what was printed since the last call to a file of its own; False where nothing was printed."""
        _flush_streams()
        size = os.fstat(self.fileno).st_size
        if size:
            target.write_bytes(self._tail(size))
            self._file.truncate(0)
        return bool(size)

    def close(self) -> None:
        """Close the log."""
        self._file.close()

    def _tail(self, size: int) -> bytes:
        dropped = max(0, size - LONGEST)
        self._file.seek(dropped)
        kept = self._file.read(LONGEST)
        return b"[%d earlier bytes were dropped]\n" % dropped + kept if dropped else kept


class _Descriptor(io.RawIOBase):
    """A stream to whatever a standard descriptor leads to at the time.

    Logging handlers keep the stream that they found when they were made, so it must outlive every task.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the base takes any buffer, and so does os.write
        for capture in _running:
            capture.bound()
        return os.write(self._number, data)


def _stream(number: int) -> io.TextIOWrapper:
    raw = cast("BinaryIO", _Descriptor(number))
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


_running: list[Capture] = []
_streams = {1: _stream(1), 2: _stream(2)}


def open_stream(number: int) -> io.TextIOWrapper:
    """The stream to a standard descriptor; another one where a function has closed it."""
    if _streams[number].closed:
        _streams[number] = _stream(number)
    return _streams[number]


@contextmanager
def capturing(path: Path) -> Iterator[Capture]:
    """Send everything that is printed to the log `path` for the length of a `with` block; the log is then removed.

    While the file exists, the task has been started and has not ended.
    """
    capture = Capture(path)
    _flush_streams()
    before = sys.stdout, sys.stderr
    saved = [_redirect(number, capture.fileno) for number in (1, 2)]
    sys.stdout, sys.stderr = open_stream(1), open_stream(2)
    _running.append(capture)
    try:
        yield capture
    finally:
        _running.remove(capture)
        _flush_streams()
        sys.stdout, sys.stderr = before
        for number, copy in zip((1, 2), saved, strict=True):
            _restore(number, copy)
        capture.close()
        path.unlink(missing_ok=True)


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        # A program without a console has no standard streams, and a function may have closed them.
        with suppress(AttributeError, ValueError, OSError):
            stream.flush()  # type: ignore[union-attr]


def _redirect(number: int, to: int) -> int:
    """Point a standard descriptor elsewhere; returns a copy of what it was, or -1 where it was closed."""
    try:
        copy = os.dup(number)
    except OSError:
        copy = -1
    os.dup2(to, number)
    return copy


def _restore(number: int, copy: int) -> None:
    if copy < 0:
        os.close(number)
    else:
        os.dup2(copy, number)
        os.close(copy)

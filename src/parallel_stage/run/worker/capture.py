"""Capture what partitions print: a log per task, split into one for each partition that prints something."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST = 64 * 1024
"""The bytes of a partition's log that are kept, from its end."""


class Capture:
    """The log of a running task: standard output and error, of Python and of child processes."""

    def __init__(self, path: Path) -> None:
        # Opened for appending: this process and its children always write at the end.
        self._file = path.open("a+b", buffering=0)
        self.fileno = self._file.fileno()
        self.error: OSError | None = None
        """Why something that was printed could not be kept."""

    def bound(self) -> None:
        """Shorten the log to its end when it is far too long."""
        size = os.fstat(self.fileno).st_size
        if size > 16 * LONGEST:
            kept = self._tail(size)
            self._file.truncate(0)
            self._file.write(kept)

    def has_any(self) -> bool:
        """Whether anything was printed since the last call of `take`.

        Raises:
            OSError: Where it could not be kept; the one who printed was not told.
        """
        _flush_streams()
        if self.error:
            raise self.error
        return os.lseek(self.fileno, 0, os.SEEK_END) > 0

    def take(self, target: Path) -> None:
        """Move what was printed since the last call to its own file. Raise OSError where that cannot be written."""
        if self.has_any():
            target.write_bytes(self._tail(os.fstat(self.fileno).st_size))
            self._file.truncate(0)

    def close(self) -> None:
        """Close the log."""
        self._file.close()

    def _tail(self, size: int) -> bytes:
        dropped = max(0, size - LONGEST)
        self._file.seek(dropped)
        kept = self._file.read(LONGEST)
        return b"[%d earlier bytes were dropped]\n" % dropped + kept if dropped else kept


class _Descriptor(io.RawIOBase):
    """A stream that writes to a standard descriptor, wherever that leads at the time.

    Logging handlers keep the stream that they got when they were made, so it must outlive every task.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the base takes any buffer, and so does os.write
        try:
            for capture in _running:
                capture.bound()
            return os.write(self._number, data)
        except OSError as error:
            if not _running:
                raise
            _running[-1].error = error
            return len(data)


def _stream(number: int) -> io.TextIOWrapper:
    raw = cast("BinaryIO", _Descriptor(number))
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


_running: list[Capture] = []
_streams = {1: _stream(1), 2: _stream(2)}


def open_stream(number: int) -> io.TextIOWrapper:
    """Return the stream of a standard descriptor; a new one where a function has closed it."""
    if _streams[number].closed:
        _streams[number] = _stream(number)
    return _streams[number]


@contextmanager
def capturing(path: Path) -> Iterator[Capture]:
    """Send everything that is printed to the log `path` during a `with` block, which then removes it.

    The file exists as long as the task runs.
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
    _flush(sys.__stdout__)
    _flush(sys.__stderr__)
    if sys.stdout is not _streams[1] or sys.stderr is not _streams[2]:  # ours keep nothing back
        _flush(sys.stdout)
        _flush(sys.stderr)


def _flush(stream: TextIO | None) -> None:
    try:  # contextlib.suppress takes as long as the flush
        stream.flush()  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return  # a program without a console has no standard streams, and a function may have closed them


def _redirect(number: int, to: int) -> int:
    """Redirect a standard descriptor; return a copy of the old one, or -1 where it was closed."""
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

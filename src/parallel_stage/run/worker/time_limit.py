"""The time limit of partitions: a process beside the worker ends it, whatever the function does."""

from __future__ import annotations

import mmap
import os
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from parallel_stage.run.storage import layout
from parallel_stage.run.worker.watch_time import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.run.task import Stage, Task

_SCRIPT = os.path.join(os.path.dirname(__file__), "watch_time.py")
_DEADLINE = struct.Struct("=d")
_INDEX = struct.Struct("=q")

_watchdog: Watchdog | None = None


class Watchdog:
    """The process beside this one, and the page that both share."""

    def __init__(self) -> None:
        descriptor, path = tempfile.mkstemp(prefix="parallel-stage-")
        os.truncate(descriptor, PAGE.size)
        self._page = mmap.mmap(descriptor, PAGE.size)
        os.close(descriptor)
        command = [sys.executable, "-I", "-S", _SCRIPT, str(os.getpid()), path]
        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )
        self._worker = os.getpid()

    def is_alive(self) -> bool:
        """Whether it watches this process, which may have been forked since."""
        return self._worker == os.getpid() and self._process.poll() is None

    def name(self, marker: Path) -> None:
        """Set the file that names the partition when this process is ended."""
        PAGE.pack_into(self._page, 0, 0.0, 0, os.fsencode(marker))

    def begin(self, index: int, seconds: float) -> None:
        """Start the clock of a partition."""
        _INDEX.pack_into(self._page, _DEADLINE.size, index)
        _DEADLINE.pack_into(self._page, 0, time.monotonic() + seconds)

    def end(self) -> None:
        """Stop the clock."""
        _DEADLINE.pack_into(self._page, 0, 0.0)


class TimeLimit:
    """The time limit of a task's partitions; none where `seconds` is None."""

    def __init__(self, seconds: float | None, watchdog: Watchdog | None) -> None:
        self._seconds = seconds
        self._watchdog = watchdog

    def begin(self, index: int) -> None:
        """Start the clock of a partition."""
        if self._watchdog and self._seconds:
            self._watchdog.begin(index, self._seconds)

    def end(self) -> None:
        """Stop the clock."""
        if self._watchdog:
            self._watchdog.end()


@contextmanager
def time_limit(stage: Stage, task: Task) -> Iterator[TimeLimit]:
    """Provide the time limit of a task during a `with` block.

    Raises:
        TimeoutError: Where the task has been ended by it before, as on a scheduler that tries lost tasks again.
    """
    if stage.timeout is None:
        yield TimeLimit(None, None)
        return
    if exceeded(stage, task) is not None:
        raise TimeoutError
    watchdog = _watching()
    watchdog.name(_marker(stage, task))
    try:
        yield TimeLimit(stage.timeout, watchdog)
    finally:
        watchdog.end()


def exceeded(stage: Stage, task: Task) -> int | None:
    """Return the index of the partition for which the worker of a task was ended; None where it was not."""
    with suppress(OSError, ValueError):
        return int(_marker(stage, task).read_text(encoding="ascii"))
    return None


def _watching() -> Watchdog:
    global _watchdog  # noqa: PLW0603 - a process has one
    if _watchdog is None or not _watchdog.is_alive():
        _watchdog = Watchdog()
    return _watchdog


def _marker(stage: Stage, task: Task) -> Path:
    return layout.task_log(stage.directory, task.number, stage.session).with_suffix(".timeout")

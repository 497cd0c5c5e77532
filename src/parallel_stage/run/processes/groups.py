"""The process groups of workers: what a worker has started ends with it, and all of them with the runner.

A small process of its own watches them, since a thread of the worker cannot run while a function holds the
interpreter's lock, as in a long match of a regular expression.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT = os.path.join(os.path.dirname(__file__), "watch_groups.py")

_lock = threading.Lock()
_users = 0
_watcher: subprocess.Popen[bytes] | None = None


@contextmanager
def workers_watched() -> Iterator[None]:
    """Kill, at the end of a `with` block, every process group of a worker that is left; the runs in threads share."""
    global _users, _watcher  # noqa: PLW0603 - children are the process's own
    with _lock:
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            last, _watcher = (_watcher, None) if not _users else (None, _watcher)
        if last:
            with suppress(OSError):
                last.communicate(b"end\n")


def watch(pid: int) -> None:
    """Let the process group `pid`, of a worker that leads it or will soon, end with the worker or with the runner."""
    global _watcher  # noqa: PLW0603 - children are the process's own
    if os.name == "nt":
        return
    with _lock:
        if _watcher is None:
            command = [sys.executable, "-I", "-S", _SCRIPT, str(os.getpid())]
            nowhere = subprocess.DEVNULL
            _watcher = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                command, stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere, start_new_session=True
            )
        with suppress(OSError):  # someone has killed it: the rest of the run does without
            os.write(_watcher.stdin.fileno(), b"%d\n" % pid)  # type: ignore[union-attr] # it is a pipe


def lead_group() -> None:
    """Make this worker the leader of its process group, without the terminal: a read fails instead of waiting."""
    sys.excepthook = sys.__excepthook__  # a worker that starts reports nothing (`spawn`)
    if os.name == "nt":
        return
    if os.getpgid(0) != os.getpid():
        os.setpgid(0, 0)
    for number in (signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def dask_setup(_worker: object) -> None:
    """Prepare a Dask worker that has this module as a preload."""
    lead_group()


def end_group(pid: int) -> None:
    """Kill what is left of the process group of a worker that has ended."""
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def ending(code: int) -> str:
    """Return how a process ended, in words, from its exit code (negative: a signal)."""
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name} (signal {-code})"
    except ValueError:
        return f"was killed by signal {-code}"

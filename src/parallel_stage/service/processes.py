"""Processes that outlive their command: which ones they are, whether they are there, and their end."""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERVAL = 0.05
_PROC = "/proc"


class Process(NamedTuple):
    """A process that no other one can be taken for, while the machine is up.

    Attributes:
        pid: Its number, which another process has some time after its end.
        started: When it was started: the kernel's ticks since the machine started or, on macOS, the time.
    """

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Whether it is there, on this machine and in this boot."""
        return self.pid > 1 and bool(self.started) and start_of(self.pid) == self.started


class Machine(NamedTuple):
    """A machine in one of its boots.

    Attributes:
        host: The host's name.
        boot: An id that is new with each start of the machine; empty where there is none.
    """

    host: str
    boot: str


@functools.cache
def this_machine() -> Machine:
    """Return the machine that this process is on."""
    boot = ""
    with suppress(OSError), open(f"{_PROC}/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    return Machine(socket.gethostname(), boot)


def start_of(pid: int) -> str:
    """Return when a process was started; empty where there is none, or one that has ended and is not collected."""
    try:
        with open(f"{_PROC}/{pid}/stat", "rb") as file:
            fields = _fields(file.read())
    except OSError:
        return "" if os.path.isdir(f"{_PROC}/self") else _start_by_ps(pid)
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()


def _fields(stat: bytes) -> list[bytes]:
    """Return the fields of /proc/PID/stat from the third on: a name may hold blanks and brackets."""
    return stat.rpartition(b")")[2].split()


def _start_by_ps(pid: int) -> str:
    command = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
    with suppress(OSError, subprocess.TimeoutExpired):
        found = subprocess.run(  # noqa: S603 - by its absolute path, with a number
            command, capture_output=True, text=True, check=False, timeout=10, env={"LC_ALL": "C"}
        )
        state, *started = found.stdout.split() or ["Z"]
        return "" if state.startswith("Z") else " ".join(started)
    return ""


def end(process: Process, patience: float) -> bool:
    """End a process; it has `patience` seconds between SIGTERM and SIGKILL.

    Returns:
        Whether it ended by itself, or was gone.
    """
    if not process.is_alive():
        return True
    with suppress(OSError):
        os.kill(process.pid, signal.SIGTERM)
    if _ends_within(process, patience):
        return True
    kill(process)
    _ends_within(process, patience)
    return False


def kill(process: Process) -> None:
    """Kill a process, if it is there."""
    with suppress(OSError):
        if process.is_alive():
            os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _ends_within(process: Process, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while process.is_alive():
        if time.monotonic() > until:
            return False
        time.sleep(_INTERVAL)
    return True


def marked(variable: str, value: str) -> Iterator[Process]:
    """Yield the processes that were started with a variable of this value in their environment; on Linux only."""
    if not os.path.isdir(f"{_PROC}/self"):
        return
    mark = f"{variable}={value}".encode()
    for name in filter(str.isdigit, os.listdir(_PROC)):
        with suppress(OSError), open(f"{_PROC}/{name}/environ", "rb") as file:
            if mark in file.read().split(b"\0"):
                yield Process(int(name), start_of(int(name)))

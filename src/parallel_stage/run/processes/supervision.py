"""The command's own processes: nothing that a run starts outlives it, and no exit 0 without a result.

    front (the pid that the user sees) - keeper - runner - workers, and what functions start

The keeper is a subreaper: a process that loses its parent becomes the keeper's child, whatever its group and
session. When the runner has ended, or the front is gone, the keeper kills all that is left. On Linux only;
elsewhere the command is the runner itself, and `groups` ends the workers' process groups.
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from parallel_stage.errors import BackendLostError
from parallel_stage.run.processes.groups import ending
from parallel_stage.run.processes.interruption import SIGNALS, raise_interrupts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_GRACE = 30
"""The seconds that the runner has to stop its workers and write its manifest, after a signal."""
_IMPATIENT = 1
"""The seconds after which a second signal kills at once; before, it may be the same one, sent to the group."""
_PATIENCE = 10
"""The seconds for which the keeper tries to kill what may not be its own to kill, as after `sudo`."""

_KILL = getattr(signal, "SIGUSR1", signal.SIGTERM)
"""What tells the keeper to kill the runner: from the front, or from the kernel when the front is gone."""
_FRONT_HEARS = {*SIGNALS, getattr(signal, "SIGCHLD", signal.SIGTERM)}
_KEEPER_HEARS = {*_FRONT_HEARS, _KILL}

_is_runner = False


def is_runner() -> bool:
    """Whether this process is the command's runner, which was forked before it could start a thread."""
    return _is_runner


def supervise() -> Callable[[int], None]:
    """Return in a new process, the runner, while the front waits for it and exits with its code.

    SIGINT, SIGTERM and SIGHUP raise Interrupted in the runner from then on. Where there is no keeper, this
    process is the runner.

    Returns:
        A function that the runner calls with its exit code when there is a result: without that call the front
        never exits with 0.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        raise_interrupts()
        return lambda _code: None
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    finished = mmap.mmap(-1, 1)  # shared by the three
    front = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FRONT_HEARS)
    _adopt_orphans()  # before there is one; a child does not inherit that
    child = os.fork()
    if child:
        _wait_as_front(child)
    signal.pthread_sigmask(signal.SIG_BLOCK, _KEEPER_HEARS)
    _end_with(front, _KILL)
    _adopt_orphans()
    keeper = os.getpid()
    child = os.fork()
    if child:
        _wait_as_keeper(child, front, finished)
    _end_with(keeper, signal.SIGKILL)
    raise_interrupts()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    global _is_runner  # noqa: PLW0603 - it is the process's own
    _is_runner = True
    return lambda code: finished.write_byte(1 + code)


def die_with_parent() -> None:
    """Let this process be killed when its parent, or the thread that has started it, ends (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with(parent: int, number: int) -> None:
    """Get a signal when the parent ends."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def _adopt_orphans() -> None:
    """Become the parent of each descendant that loses its own (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _wait_as_front(keeper: int) -> NoReturn:
    """Pass the first signal on to the keeper, kill where that does not help, and exit with the keeper's code."""
    first, since, killed = 0, 0.0, False
    while (status := _reaped(keeper)) is None:
        number = _next_signal(_FRONT_HEARS, since + _GRACE if first else None)
        if number == signal.SIGCHLD:
            continue
        if not first:
            first, since = number, time.monotonic()
            os.kill(keeper, number)
        elif not number or time.monotonic() > since + _IMPATIENT:
            killed = True
            os.kill(keeper, _KILL)
    _end_descendants()  # there are some only where the keeper was killed
    os._exit(128 + first if killed else _exit_code(status))


def _wait_as_keeper(runner: int, front: int, finished: mmap.mmap) -> NoReturn:
    """Pass signals on to the runner, kill what is left when it has ended, and exit with its code."""
    os.setpgid(0, 0)
    while (status := _reaped(runner)) is None:
        number = _next_signal(_KEEPER_HEARS)
        if number != signal.SIGCHLD:
            os.kill(runner, signal.SIGKILL if number == _KILL else number)
    _end_descendants()
    if finished[0]:
        os._exit(finished[0] - 1)
    if (os.WIFSIGNALED(status) or not status) and os.getppid() == front:
        _say(ending(os.waitstatus_to_exitcode(status)))
    os._exit(_exit_code(status) or BackendLostError.exit_code)


def _say(how: str) -> None:
    text = f"error: the run's process {how} before the run was over, so there is no manifest\n"
    hint = "help: the old result stands, unless the new one was whole; run the stage again\n"
    with suppress(OSError):
        os.write(2, (text + hint).encode())


def _next_signal(heard: Collection[signal.Signals], deadline: float | None = None) -> int:
    """Wait for one of some blocked signals; 0 when the deadline has passed."""
    if deadline is None:
        return signal.sigwait(heard)
    got = signal.sigtimedwait(heard, max(0.0, deadline - time.monotonic()))
    return got.si_signo if got else 0


def _reaped(child: int) -> int | None:
    """Collect the children that have ended; return the wait status of one of them when it is among them."""
    found = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found = ended[1] if ended[0] == child else found
    return found


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _end_descendants() -> None:
    """Kill every child, and those that become children by that, until there is none.

    The process that removes semaphores of killed ones ends by itself, after them.
    """
    started = time.monotonic()
    while _has_children() and time.monotonic() < started + _PATIENCE:
        late = time.monotonic() > started + 1
        for pid, command in _children():
            if late or b"multiprocessing.resource_tracker" not in command:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)


def _has_children() -> bool:
    """Collect the children that have ended; whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _children() -> Iterator[tuple[int, bytes]]:
    """Yield the children of this process that have not ended, with their command lines."""
    own = os.getpid()
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
            state, parent, *_ = file.read().rpartition(b")")[2].split()
            if int(parent) == own and state != b"Z":
                with open(f"/proc/{name}/cmdline", "rb") as command:
                    yield int(name), command.read()

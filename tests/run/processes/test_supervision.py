"""The front, the keeper and the runner of a real command line, with a script in the runner's place."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from parallel_stage.run.processes.supervision import is_runner, supervise
from running_command import (
    COMMAND,
    HOLDS_GIL,
    MARK,
    children_of,
    marked,
    new_mark,
    nothing_left,
    wait_for,
    wait_until_gone,
    write_stage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform != "linux":
    pytest.skip("there is a keeper on Linux only", allow_module_level=True)

START = "import os, signal, subprocess, sys, time\nfrom parallel_stage.run.processes.supervision import supervise\n"
START += "succeeded = supervise()\n"
BUSY = "subprocess.Popen(['sleep', '600'], start_new_session=True)\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n"


@contextmanager
def start(code: str, mark: str, before: str = "") -> Iterator[subprocess.Popen[str]]:
    run = subprocess.Popen(
        [sys.executable, "-c", before + START + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, MARK: mark},
    )
    with run, nothing_left(mark):
        yield run


@pytest.mark.parametrize(
    ("code", "expected", "words"),
    [
        ("succeeded(0)\n", 0, ""),
        ("succeeded(6)\n", 6, ""),
        ("succeeded(0); os._exit(3)\n", 0, ""),
        ("sys.exit(5)\n", 5, ""),
        ("os._exit(0)\n", 9, "error: the run's process exited with code 0 before the run was over"),
        ("import ctypes; ctypes.CDLL(None)._exit(0)\n", 9, "exited with code 0"),
        ("os.kill(os.getpid(), signal.SIGKILL)\n", 137, "error: the run's process was killed by SIGKILL (signal 9)"),
        ("os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)\n", 137, ""),
    ],
)
def test_exit_0_means_a_result(code: str, expected: int, words: str) -> None:
    with start("subprocess.Popen(['sleep', '600'], start_new_session=True)\n" + code, mark := new_mark()) as run:
        _, errors = run.communicate(timeout=30)
        assert not wait_until_gone(mark)
    assert run.returncode == expected
    assert words in errors
    assert bool(words) == bool(errors)


@pytest.mark.parametrize("target", ["front", "keeper", "runner"])
def test_nothing_outlives_any_of_the_three(target: str) -> None:
    with start(BUSY, mark := new_mark()) as run:
        assert run.stdout is not None
        runner = int(run.stdout.readline())
        (keeper,) = children_of(run.pid)
        os.kill({"front": run.pid, "keeper": keeper, "runner": runner}[target], signal.SIGKILL)
        run.communicate(timeout=30)
        assert not wait_until_gone(mark)
    assert run.returncode == (-9 if target == "front" else 137)


def test_nothing_outlives_a_keeper_that_dies_while_the_others_are_late() -> None:
    late = "import os, time\nfork = os.fork\nos.fork = lambda: (child := fork()) and (time.sleep(0.3) or child)\n"
    kills = "subprocess.Popen(['sleep', '600'], start_new_session=True)\nos.kill(os.getppid(), signal.SIGKILL)\n"
    with start(kills + "time.sleep(600)\n", mark := new_mark(), before=late) as run:
        run.communicate(timeout=30)
        assert not wait_until_gone(mark)
    assert run.returncode == 137


def test_a_second_signal_kills_what_does_not_end() -> None:
    deaf = "signal.signal(signal.SIGTERM, lambda *_: None)\n" + BUSY.replace(
        "time.sleep(600)", "while 1: time.sleep(9)"
    )
    with start(deaf, mark := new_mark()) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(signal.SIGTERM)
        time.sleep(1.1)
        assert run.poll() is None
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=30)
        assert not wait_until_gone(mark)
    assert run.returncode == 143


def test_a_process_with_threads_is_not_forked() -> None:
    code = "import os, threading, time\nthreading.Thread(target=time.sleep, args=(1,), daemon=True).start()\n"
    code += "from parallel_stage.run.processes.supervision import is_runner, supervise\nhere = os.getpid()\n"
    code += "supervise()\nassert os.getpid() == here and not is_runner()\n"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert not is_runner()
    assert callable(supervise)


IN_A_TERMINAL = "import fcntl, os, sys, termios\n"
IN_A_TERMINAL += "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\nos.execv(sys.argv[1], sys.argv[1:])\n"


def test_ctrl_c_in_a_terminal(tmp_path: Path) -> None:
    """The terminal sends the signal to front and runner, and the front passes it on: it interrupts once."""
    write_stage(tmp_path, HOLDS_GIL)
    terminal, inner = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, *COMMAND],
        cwd=tmp_path,
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        env={**os.environ, MARK: (mark := new_mark())},
    )
    os.close(inner)
    printed = b""
    with command, nothing_left(mark):
        wait_for(tmp_path / "begun-0.txt", command)
        os.write(terminal, b"\x03")
        with suppress(OSError):  # the terminal's end
            while select.select([terminal], [], [], 60)[0]:
                printed += os.read(terminal, 1024)
        assert command.wait(timeout=1) == 130
        assert not marked(mark)
    os.close(terminal)
    assert printed.count(b"interrupted: 0 of 3 partitions done") == 1
    assert b"Traceback" not in printed

"""Signals to a program that calls `run_stage`: as to the command, but where the program handles them itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from parallel_stage.errors import Interrupted
from parallel_stage.run.processes.interruption import (
    ignore_interrupts,
    interrupts_postponed,
    interrupts_raised,
    raise_interrupts,
)
from running_command import write_stage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_raises_once_and_the_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interrupts_raised():
        with pytest.raises(Interrupted) as caught:
            signal.raise_signal(number)
        signal.raise_signal(number)  # the same one, from the terminal and from the front
    assert caught.value.exit_code == 128 + number
    assert signal.getsignal(number) is before


def test_handlers_of_the_program_and_ignored_signals_stay() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number)), signal.getsignal(signal.SIGHUP)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts_raised():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGHUP, before[1])
    assert heard == [signal.SIGTERM]


def test_another_thread_leaves_the_handlers_alone() -> None:
    replaced = []
    thread = threading.Thread(target=lambda: replaced.append(raise_interrupts()))
    thread.start()
    thread.join()
    assert replaced == [{}]


def test_a_postponed_interrupt_comes_at_the_end_whatever_is_raised() -> None:
    def start() -> None:
        with interrupts_raised(), interrupts_postponed():
            signal.raise_signal(signal.SIGTERM)
            raise RuntimeError("the cluster does not start")

    with pytest.raises(Interrupted) as caught:
        start()
    assert isinstance(caught.value.__context__, RuntimeError)


def test_once_there_is_a_result_a_signal_comes_too_late() -> None:
    with interrupts_raised():
        ignore_interrupts()
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


PROGRAM = """
import os, pathlib, signal, sys
from parallel_stage import run_stage
if __name__ == "__main__":
    pathlib.Path("pid").write_text(str(os.getpid()))
    try:
        run_stage("parallel_stage.toml", backend=sys.argv[1])
    except KeyboardInterrupt as error:
        print(type(error).__name__, error.exit_code, signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
"""


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_a_program_is_interrupted_by_sigterm(tmp_path: Path, backend: str) -> None:
    # The function tells the program's process, which is its own on `local`, to end.
    body = "import os, signal, time\nos.kill(int(pathlib.Path('pid').read_text()), signal.SIGTERM)\ntime.sleep(60)"
    write_stage(tmp_path, body)
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "program.py", backend], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("Interrupted 143 True\n", "")
    assert (tmp_path / "result.json").read_text() == "old"

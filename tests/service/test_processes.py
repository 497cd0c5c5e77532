"""A process is known by its number and its start; its end may have to be forced."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parallel_stage.service import processes
from parallel_stage.service.processes import Process, end, kill, marked, start_of, this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

DEAF = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def deaf() -> Iterator[subprocess.Popen[bytes]]:
    """A process that ignores SIGTERM and has a mark."""
    environment = {**os.environ, "TEST_MARK": f"of {os.getpid()}"}
    with subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE, env=environment) as found:
        assert found.stdout
        assert found.stdout.readline() == b"deaf\n"
        yield found
        found.kill()


def test_another_process_with_its_number_is_not_taken_for_it() -> None:
    this = Process(os.getpid(), start_of(os.getpid()))
    assert this.is_alive()
    for other in (Process(os.getpid(), "1"), Process(os.getpid(), ""), Process(1, start_of(1)), Process(0, "")):
        assert not other.is_alive()
        kill(other)
        assert end(other, 1)


def test_without_proc_ps_says_when_a_process_was_started(
    deaf: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_PROC", "/nowhere")
    process = Process(deaf.pid, start_of(deaf.pid))
    assert len(process.started.split()) == 5, "a date and a time"
    assert process.is_alive()
    assert [*marked("TEST_MARK", f"of {os.getpid()}")] == []
    deaf.kill()
    deaf.wait()
    assert not process.is_alive()


def test_one_that_does_not_hear_is_killed(deaf: subprocess.Popen[bytes]) -> None:
    process = Process(deaf.pid, start_of(deaf.pid))
    assert process in marked("TEST_MARK", f"of {os.getpid()}")
    assert not end(process, 0.2)
    assert not process.is_alive(), "also while nobody has collected it"
    assert deaf.wait() == -9


def test_the_boot_has_an_id() -> None:
    assert len(this_machine().boot) == 36

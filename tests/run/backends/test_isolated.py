from __future__ import annotations

import os
import signal

import pytest

from parallel_stage.run.backends.isolated import caller, isolated
from parallel_stage.run.backends.protocol import WorkerLostError


def test_a_process_that_has_begun_takes_all_calls() -> None:
    with isolated() as process:
        process.begin()
        pids = {process.call(os.getpid) for _ in range(3)}
        process.begin()
        assert pids == {process.call(os.getpid)} != {os.getpid()}


def test_a_process_that_ends_while_it_has_nothing_to_do_is_replaced() -> None:
    with isolated() as process:
        process.begin()
        first = process.call(os.getpid)
        os.kill(first, signal.SIGKILL)
        process._process.join()
        assert process.call(os.getpid) not in (first, os.getpid())


def test_a_process_that_ends_in_a_call_is_lost() -> None:
    with isolated() as process:
        process.begin()
        with pytest.raises(WorkerLostError, match="was killed by SIGKILL"):
            process.call(signal.raise_signal, signal.SIGKILL)
        assert process.call(abs, -1) == 1


def test_nothing_is_left_of_a_process_that_was_never_called() -> None:
    with isolated() as process:
        process.begin()
        pid = process._process.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("in_process", [True, False])
def test_a_caller_calls_here_or_in_a_process(in_process: bool) -> None:  # noqa: FBT001 -- it is parametrized
    with caller(in_process=in_process) as call:
        assert (call(os.getpid) != os.getpid()) == in_process
        assert call(divmod, 7, 2) == (3, 1)

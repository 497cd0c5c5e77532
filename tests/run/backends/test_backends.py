from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest
from pebble.pool.process import WorkerManager

from parallel_stage.contract import schema
from parallel_stage.errors import MissingExtraError
from parallel_stage.run.backends import BACKENDS, dask
from parallel_stage.run.backends.protocol import WorkerLostError, WorkerSpec
from parallel_stage.run.processes.groups import ending

NAMES = ["local", "pool", pytest.param("dask", marks=pytest.mark.xdist_group("dask"))]


def test_registry_is_the_schema() -> None:
    assert set(BACKENDS) == set(schema.choices("backend"))


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """An own cluster, whatever the environment says."""
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)


def variables(_number: int) -> str:
    return os.environ["OMP_NUM_THREADS"]


def fail(number: int) -> None:
    raise ValueError(number)


@pytest.mark.parametrize("name", NAMES)
def test_two_verbs(name: str) -> None:
    with BACKENDS[name](WorkerSpec(workers=2, threads=1)) as workers:
        assert workers.count == (1 if name == "local" else 2)
        futures = [workers.submit(pow, number, 2) for number in range(10)]
        failed = workers.submit(fail, 7)
        wait([*futures, failed])
        assert [future.result() for future in futures] == [number**2 for number in range(10)]
        assert isinstance(failed.exception(), ValueError)
        assert set(workers.run_on_all(abs, -3).values()) == {3}
        assert workers.failure_reason() == ""


@pytest.mark.parametrize("name", NAMES[1:])
def test_workers_have_their_thread_budget_before_anything_is_loaded(name: str) -> None:
    with BACKENDS[name](WorkerSpec(workers=1, threads=3)) as workers:
        assert workers.submit(variables, 0).result() == "3"


def test_workers_of_a_pool_have_ended_before_its_locks_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is still starting would print a traceback."""
    left: list[int] = []

    def close(manager: WorkerManager) -> None:
        left.append(sum(worker.is_alive() for worker in manager.workers.values()))
        close_channels(manager)  # type: ignore[no-untyped-call]

    close_channels = WorkerManager.close_channels
    monkeypatch.setattr(WorkerManager, "close_channels", close)
    with BACKENDS["pool"](WorkerSpec(workers=3, threads=1)) as workers:
        workers.submit(pow, 2, 2).result()
    assert left == [0]


def test_a_pool_that_lost_all_its_workers_is_replaced() -> None:
    with BACKENDS["pool"](WorkerSpec(workers=1, threads=1)) as workers:
        pid = workers.submit(os.getpid).result()
        os.kill(pid, signal.SIGKILL)
        answers = [workers.submit(os.getpid).exception(timeout=30) for _ in range(20)]
        assert answers[-1] is None
        assert {type(answer) for answer in answers} <= {type(None), WorkerLostError}


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


RUNNER = """
import os, sys, time
from parallel_stage.run.backends import BACKENDS
from parallel_stage.run.backends.protocol import WorkerSpec
if __name__ == "__main__":
    with BACKENDS[sys.argv[1]](WorkerSpec(workers=2, threads=1)) as workers:
        print(workers.submit(os.getpid).result(), flush=True)
        busy = [workers.submit(time.sleep, 600) for _ in range(2)]
        time.sleep(600)
"""


@pytest.mark.parametrize("name", NAMES[1:])
def test_workers_do_not_outlive_a_killed_runner(name: str, tmp_path: Path) -> None:
    script = tmp_path / "runner.py"
    script.write_text(RUNNER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script), name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as runner:
        assert runner.stdout is not None
        worker = int(runner.stdout.readline())
        assert alive(worker)
        runner.kill()
    deadline = time.monotonic() + 30
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)


@pytest.mark.xdist_group("dask")
def test_an_interrupt_waits_until_the_cluster_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = dask._cluster, []

    def interrupted(request: WorkerSpec) -> Any:
        signal.raise_signal(signal.SIGINT)
        started.append(start(request))
        return started[0]

    monkeypatch.setattr(dask, "_cluster", interrupted)
    with pytest.raises(KeyboardInterrupt), BACKENDS["dask"](WorkerSpec(workers=1, threads=1)):
        pass
    assert [cluster.status.name for cluster in started] == ["closed"]


@pytest.mark.xdist_group("dask")
def test_a_dask_worker_of_our_own_does_not_hear_an_interrupt() -> None:
    with BACKENDS["dask"](WorkerSpec(workers=1, threads=1)) as workers:
        pid = workers.submit(os.getpid).result()
        os.kill(pid, signal.SIGINT)
        assert [workers.submit(os.getpid).result(timeout=30) for _ in range(20)] == [pid] * 20


@pytest.mark.parametrize(("name", "module"), [("pool", "pebble"), ("dask", "distributed")])
def test_a_missing_package_is_named_with_its_extra(name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as caught, BACKENDS[name](WorkerSpec(workers=1, threads=1)):
        pass
    assert caught.value.hint == f"pip install 'parallel-stage[{name}]'"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exited with code 0"),
        (3, "exited with code 3"),
        (-11, "was killed by SIGSEGV (signal 11)"),
        (-77, "signal 77"),
    ],
)
def test_how_a_process_ended(code: int, words: str) -> None:
    assert words in ending(code)


def test_local_lets_an_interrupt_through() -> None:
    def interrupt() -> Any:
        raise KeyboardInterrupt

    with BACKENDS["local"](WorkerSpec(workers=1, threads=1)) as workers, pytest.raises(KeyboardInterrupt):
        workers.submit(interrupt)

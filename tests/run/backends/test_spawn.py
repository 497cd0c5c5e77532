"""Modules of the project that are named like Python's own, in the current directory of a real run."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import sysconfig
import time
from multiprocessing import popen_spawn_posix, spawn, util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_stage.run.backends import BACKENDS as ALL_BACKENDS
from parallel_stage.run.backends.protocol import WorkerSpec
from parallel_stage.run.backends.spawn import starting_workers
from support import toml

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

COMMAND = Path(sysconfig.get_path("scripts")) / "parallel-stage"
BACKENDS = ["local", "pool", pytest.param("dask", marks=pytest.mark.xdist_group("dask"))]
OWN = "def work(path): return int(path.read_text())\n"


def run(root: Path, backend: str, function: str, **modules: str) -> subprocess.CompletedProcess[str]:
    for name, code in modules.items():
        (root / f"{name}.py").write_text(code)
    (root / "data").mkdir()
    for number in range(3):
        (root / "data" / str(number)).write_text(str(number))
    fields = {"function": function, "input": "data/*", "reducer": "collect-json", "output": "result.json"}
    whole = {"partition_strategy": "one-file-per-partition", "target_partitions": 0, "split": "files", "workers": 2}
    (root / "parallel_stage.toml").write_text(toml(**fields, **whole))
    command = (COMMAND, "run", "--backend", backend, "parallel_stage.toml")
    environment = {key: value for key, value in os.environ.items() if key != "DASK_SCHEDULER_ADDRESS"}
    return subprocess.run(command, cwd=root, env=environment, encoding="utf-8", capture_output=True, check=False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_module_that_lies_there_is_not_imported_for_pythons_own(tmp_path: Path, backend: str) -> None:
    alien = "raise RuntimeError('imported by a worker')\n"
    done = run(tmp_path, backend, "work:work", work=OWN, socket=alien, threading=alien, tempfile=alien, signal=alien)
    assert (done.returncode, "imported by a worker" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "result.json").read_text().split() == ["[", "0,", "1,", "2", "]"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_function_in_such_a_module_is_refused_by_name_and_works_by_path(tmp_path: Path, backend: str) -> None:
    (tmp_path / "name").mkdir()
    (tmp_path / "path").mkdir()
    done = run(tmp_path / "name", backend, "socket:work", socket=OWN)
    assert done.returncode == 4
    assert "socket.py has the name of Python's own module socket, which is in use here" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(tmp_path / "path", backend, "socket.py:work", socket=OWN).returncode == 0


def test_multiprocessing_is_put_back_when_the_last_run_ends() -> None:
    def replaced() -> tuple[object, ...]:
        return spawn.get_command_line, util.spawnv_passfds, popen_spawn_posix.Popen._launch  # type: ignore[attr-defined]

    before = replaced()
    with starting_workers():
        with starting_workers():
            pass
        assert replaced() != before
    assert replaced() == before


def test_the_command_line_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "nt")
    before = spawn.get_command_line(pipe_handle=1)
    with starting_workers():
        command = spawn.get_command_line(pipe_handle=1)
    place = before.index("-c") + 1
    assert command[place].endswith(f"; {before[place]}")
    assert "sys.path" in command[place]
    assert command[:place] + command[place + 1 :] == before[:place] + before[place + 1 :]


def send_path(pipe: Connection) -> None:
    pipe.send(sys.path)


def test_a_process_has_the_path_of_its_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "socket.py").write_text("raise RuntimeError\n")
    monkeypatch.chdir(tmp_path)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    with starting_workers(), here, there:
        process = context.Process(target=send_path, args=(there,))
        process.start()
        assert here.poll(60)
        assert here.recv() == sys.path
        process.join()


INTERRUPTED = """
import gc, multiprocessing, os
from multiprocessing import resource_tracker, util
from parallel_stage.run.backends.spawn import belongs_to_run, starting_workers

resource_tracker.ensure_running()
with starting_workers():
    spawn, pids = util.spawnv_passfds, []

    def interrupted(*args):
        pids.append(spawn(*args))
        raise KeyboardInterrupt

    util.spawnv_passfds = interrupted
    process = multiprocessing.get_context("spawn").Process(target=abs, args=(1,))
    belongs_to_run(process)
    try:
        process.start()
    except KeyboardInterrupt:
        pass
    gc.collect()  # closes the pipe of the worker, which waits for what it has to do
    os.waitpid(pids[0], 0)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows starts processes in another way")
def test_a_worker_whose_start_is_interrupted_says_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_process_of_the_program_is_none_of_the_runs(backend: str) -> None:
    """It stays in the program's group, and goes on when the run is over."""
    with ALL_BACKENDS[backend](WorkerSpec(workers=1, threads=1)) as workers:
        assert workers.submit(pow, 2, 3).result() == 8
        process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
        process.start()
        assert workers.submit(pow, 2, 3).result() == 8
    try:
        assert process.is_alive()
        assert os.getpgid(process.pid or 0) == os.getpgid(0)
    finally:
        process.kill()
        process.join()
        process.close()

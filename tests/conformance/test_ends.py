"""However a run ends, nothing that it has started is left: real signals, functions that nothing in Python can stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from faults.random_kills import Kill, faults_of, kills
from running_command import (
    HAS_CHILDREN,
    HOLDS_GIL,
    MARK,
    marked,
    new_mark,
    nothing_left,
    running,
    wait_for,
    wait_until_gone,
    write_stage,
)

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform != "linux":
    pytest.skip("processes are found in /proc", allow_module_level=True)

DASK = pytest.mark.xdist_group("dask")
BODY = HAS_CHILDREN.replace("time.sleep(600)\n", HOLDS_GIL)
"""Children in the worker's group and in a session of their own, then a match that holds the interpreter's lock."""


@pytest.mark.parametrize(
    ("backend", "number", "code"),
    [
        ("local", signal.SIGINT, 130),
        ("local", signal.SIGTERM, 143),
        ("local", signal.SIGKILL, -9),
        ("pool", signal.SIGHUP, 129),
        ("pool", signal.SIGINT, 130),
        ("pool", signal.SIGKILL, -9),
        pytest.param("dask", signal.SIGTERM, 143, marks=DASK),
        pytest.param("dask", signal.SIGKILL, -9, marks=DASK),
    ],
)
def test_signal(tmp_path: Path, backend: str, number: signal.Signals, code: int) -> None:
    write_stage(tmp_path, BODY)
    with running(tmp_path, "--backend", backend) as (command, mark):
        wait_for(tmp_path / "begun-0.txt", command)
        time.sleep(0.1)  # into the match
        assert len(marked(mark)) >= 6
        command.send_signal(number)
        _, errors = command.communicate(timeout=30)
        assert not wait_until_gone(mark)
    assert command.returncode == code
    assert (tmp_path / "result.json").read_text() == "old"
    if number == signal.SIGKILL:
        return
    word = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}[number]
    assert f"\n{word}: 0 of 3 partitions done, kept in the run directory" in errors
    assert "leaked" not in errors
    assert "Traceback" not in errors
    (manifest,) = tmp_path.glob(".parallel-stage/runs/*/*Z-*/manifest.json")
    written = json.loads(manifest.read_text())
    assert (written["status"], written["exit_code"]) == ("interrupted", code)


PROGRAM = (
    "import sys\nfrom parallel_stage import run_stage\n"
    "if __name__ == '__main__':\n    run_stage('parallel_stage.toml', backend=sys.argv[1])\n"
)


@pytest.mark.parametrize("backend", ["pool", pytest.param("dask", marks=DASK)])
def test_a_program_that_is_killed_takes_its_workers_and_their_groups(tmp_path: Path, backend: str) -> None:
    write_stage(tmp_path, BODY.replace("(False, True)", "(False, False)"))
    (tmp_path / "program.py").write_text(PROGRAM)
    environment = {name: value for name, value in os.environ.items() if name != "DASK_SCHEDULER_ADDRESS"}
    mark = new_mark()
    program = subprocess.Popen([sys.executable, "program.py", backend], cwd=tmp_path, env=environment | {MARK: mark})
    with program, nothing_left(mark):
        wait_for(tmp_path / "begun-0.txt", program)
        time.sleep(0.1)
        program.kill()
        assert not wait_until_gone(mark)


@pytest.mark.parametrize("backend", ["local", "pool", pytest.param("dask", marks=DASK)])
def test_a_worker_that_is_lost_takes_its_group(tmp_path: Path, backend: str) -> None:
    """The child of the lost worker writes a file a little later, and the next partition waits for longer."""
    body = (
        "import os, subprocess, time\nif path.name == '0.txt':\n"
        "    subprocess.Popen(['sh', '-c', 'sleep 0.7; touch left'])\n    os.kill(os.getpid(), 9)\ntime.sleep(0.9)"
    )
    write_stage(tmp_path, body, inputs=2)
    with running(tmp_path, "--backend", backend) as (command, _):
        _, errors = command.communicate(timeout=60)
    assert command.returncode == 5, errors
    assert "1 of 2 partitions failed" in errors
    assert not (tmp_path / "left").exists()


@pytest.mark.parametrize(
    "kill", [pytest.param(kill, marks=DASK if kill.backend == "dask" else ()) for kill in kills(12, 7)]
)
def test_random_kill(tmp_path: Path, kill: Kill) -> None:
    assert faults_of(kill, tmp_path) == []

"""The command in a process of its own, with a mark in its environment by which all that it starts is found."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support import toml

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "PARALLEL_STAGE_TEST_MARK"
COMMAND = (sys.executable, "-c", "from parallel_stage.cli import main; main()", "run", "parallel_stage.toml")
FIELDS = {
    "function": "work:work",
    "input": "data/*.txt",
    "output": "result.json",
    "reducer": "collect-json",
    "partition_strategy": "one-file-per-partition",
    "target_partitions": 0,
    "workers": 2,
}

HOLDS_GIL = "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')\n"
"""A match that takes some hours, and no thread of the process can run meanwhile."""
HAS_CHILDREN = (
    "import subprocess, time\n"
    "for alone in (False, True):\n    subprocess.Popen(['sleep', '600'], start_new_session=alone)\ntime.sleep(600)\n"
)
"""Children in the worker's process group and in a session of their own."""


def write_stage(directory: Path, body: str, inputs: int = 3, **fields: object) -> None:
    """Write a stage whose function leaves a file `begun-NAME` and executes `body`, which may use `path`."""
    (directory / "data").mkdir(exist_ok=True)
    for number in range(inputs):
        (directory / "data" / f"{number}.txt").write_text(str(number))
    lines = ["pathlib.Path('begun-' + path.name).touch()", *body.splitlines(), "return path.name"]
    code = "import pathlib\ndef work(path):\n" + "".join(f"    {line}\n" for line in lines)
    (directory / "work.py").write_text(code)
    (directory / "result.json").write_text("old")
    (directory / "parallel_stage.toml").write_text(toml(**{**FIELDS, **fields}))


@contextmanager
def running(directory: Path, *arguments: str, **settings: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `parallel-stage run` there, in a process group of its own; yields it and its mark."""
    mark = new_mark()
    environment = {name: value for name, value in os.environ.items() if name != "DASK_SCHEDULER_ADDRESS"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    command = subprocess.Popen(  # type: ignore[call-overload] # settings are those of Popen
        [*COMMAND, *arguments],
        cwd=directory,
        env=environment | {MARK: mark},
        encoding="utf-8",
        process_group=0 if sys.version_info >= (3, 11) else -1,
        **streams,
    )
    with command, nothing_left(mark):
        yield command, mark
        command.communicate(timeout=60)


@contextmanager
def nothing_left(mark: str) -> Iterator[None]:
    """Kill, at the end of a `with` block, the processes with a mark; they are there only where the test fails.

    Entered after the process itself, for which `with` waits without a limit.
    """
    try:
        yield
    finally:
        for pid in marked(mark):
            with suppress(OSError):
                os.kill(pid, 9)


def new_mark() -> str:
    """Return a mark that no other process has."""
    return secrets.token_hex(8)


def marked(mark: str) -> dict[int, str]:
    """Return the living processes with a mark: their pids and command lines."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if f"{MARK}={mark}".encode() in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                found[int(name)] = Path("/proc", name, "cmdline").read_text().replace("\0", " ")
    return found


def wait_until_gone(mark: str, seconds: float = 5) -> dict[int, str]:
    """Return the processes with a mark that are still there after some seconds, the sooner the better."""
    until = time.monotonic() + seconds
    while (left := marked(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def wait_for(path: Path, command: subprocess.Popen[Any], seconds: float = 30) -> None:
    """Wait for a file that the function leaves."""
    until = time.monotonic() + seconds
    while not path.exists():
        assert command.poll() is None, command.stderr and command.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    """Return the living children of a process."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _parent_of(name) == pid]


def _parent_of(name: str) -> int:
    with suppress(OSError):
        state, parent, *_ = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
        return int(parent) if state != "Z" else 0
    return 0

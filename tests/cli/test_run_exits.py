"""The command never exits with 0 where user code ended, or tried to end, its process, and there is no result."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support import toml

if TYPE_CHECKING:
    from pathlib import Path

ODD = """
import os, sys
class Odd(Exception):
    def __str__(self):
        {what}
"""
FUNCTIONS = {
    "os._exit": "import os\ndef work(path):\n    os._exit(0)\n",
    "_exit": "from os import _exit\ndef work(path):\n    _exit(0)\n",
    "exec": "import os, sys\ndef work(path):\n    os.execl(sys.executable, sys.executable, '-c', '')\n",
    "C": "import ctypes\ndef work(path):\n    ctypes.CDLL(None)._exit(0)\n",
    "SIGKILL": "import os\ndef work(path):\n    os.kill(os.getpid(), 9)\n",
    "sys.exit": "import sys\ndef work(path):\n    sys.exit(0)\n",
    "generator": "import os\ndef work(path):\n    yield 1\n    os._exit(0)\n",
    "str-exits": ODD.format(what="sys.exit(0)") + "def work(path):\n    raise Odd\n",
    "str-ends": ODD.format(what="os._exit(0)") + "def work(path):\n    raise Odd\n",
    "str-raises": ODD.format(what="raise self") + "def work(path):\n    raise Odd\n",
    "cause": ODD.format(what="sys.exit(0)") + "def work(path):\n    raise ValueError('seen') from Odd()\n",
    "iterable": "import os\nclass Rows:\n    def __iter__(self):\n        os._exit(0)\n"
    "def work(path):\n    return Rows()\n",
    "path": "import os\nclass Name(os.PathLike):\n    def __fspath__(self):\n        os._exit(0)\n"
    "def work(path):\n    return Name()\n",
}
LOST = {"C", "SIGKILL", "os._exit", "_exit", "exec", "generator", "str-ends", "iterable", "path"}
"""What really ends a worker's process."""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A directory with a contract, an input and an old result."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("a")
    (tmp_path / "result.jsonl").write_text("old")
    return tmp_path


def run(stage: Path, code: str, *arguments: str, **fields: object) -> subprocess.CompletedProcess[str]:
    (stage / "work.py").write_text(code)
    plain = {"function": "work:work", "input": "data/*.txt", "output": "result.jsonl", "reducer": "concat-jsonl"}
    text = toml(**plain | {"partition_strategy": "one-file-per-partition", "target_partitions": 0} | fields)
    (stage / "parallel_stage.toml").write_text(text)
    command = [
        sys.executable,
        "-c",
        "from parallel_stage.cli import main; main()",
        "run",
        "parallel_stage.toml",
        *arguments,
    ]
    return subprocess.run(command, cwd=stage, capture_output=True, text=True, check=False, timeout=120)


def assert_failed(stage: Path, done: subprocess.CompletedProcess[str], code: int, words: str) -> None:
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    (last,) = stage.glob(".parallel-stage/runs/*/*Z-*/manifest.json")
    manifest = json.loads(last.read_text())
    assert (manifest["status"], manifest["exit_code"]) == ("failed", code)
    assert (stage / "result.jsonl").read_text() == "old"


@pytest.mark.parametrize("arguments", [["--backend", "local"], ["--partition", "0"]], ids=" ".join)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_in_the_one_process_of_local(stage: Path, name: str, arguments: list[str]) -> None:
    done = run(stage, FUNCTIONS[name], *arguments)
    assert_failed(stage, done, 5, "partition 0 (data/a.txt)")
    assert "--partition 0" in done.stderr
    assert ("WorkerLostError" in done.stderr) == (name in ("C", "SIGKILL"))


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_the_other_partitions_finish(stage: Path, backend: str) -> None:
    (stage / "data" / "b.txt").write_text("b")
    code = (
        "import ctypes\ndef work(path):\n    path.name == 'a.txt' and ctypes.CDLL(None)._exit(0)\n    return {'a': 1}\n"
    )
    assert_failed(stage, run(stage, code, "--backend", backend), 5, "1 of 2 partitions failed")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_in_a_worker(stage: Path, name: str) -> None:
    done = run(stage, FUNCTIONS[name], "--backend", "pool", "--workers", "1")
    assert_failed(stage, done, 5, "partition 0 (data/a.txt)")
    assert ("WorkerLostError" in done.stderr) == (name in LOST)


@pytest.mark.xdist_group("dask")
@pytest.mark.parametrize("name", ["os._exit", "str-exits", "sys.exit"])
def test_in_a_worker_of_dask(stage: Path, name: str) -> None:
    assert_failed(stage, run(stage, FUNCTIONS[name], "--backend", "dask", "--workers", "1"), 5, "partition 0")


@pytest.mark.parametrize("backend", ["local", "pool"])
@pytest.mark.parametrize(
    "ending",
    [
        "os._exit(0)",
        "sys.exit(0)",
        "os.execv(sys.executable, [sys.executable, '-c', ''])",
        "raise Odd",
        "ctypes.CDLL(None)._exit(0)",
    ],
)
def test_in_a_reducer(stage: Path, ending: str, backend: str) -> None:
    code = (
        ODD.format(what="sys.exit(0)")
        + f"import ctypes\ndef work(path):\n    return 1\ndef join(parts, output):\n    {ending}\n"
    )
    custom = {"reducer": "custom", "reducer_function": "work:join", "notes": "joined"}
    done = run(stage, code, "--backend", backend, "--workers", "1", **custom)
    assert_failed(stage, done, 7, "reducer_function 'work:join' failed")


@pytest.mark.parametrize("backend", ["local", "pool"])
@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)", "ctypes.CDLL(None)._exit(0)"])
def test_at_import(stage: Path, ending: str, backend: str) -> None:
    done = run(stage, f"import ctypes, os, sys\n{ending}\ndef work(path):\n    return 1\n", "--backend", backend)
    assert_failed(stage, done, 4, "work:work")


def test_at_the_import_of_a_reducer(stage: Path) -> None:
    (stage / "joining.py").write_text("import ctypes\nctypes.CDLL(None)._exit(0)\ndef join(parts, output): ...\n")
    custom = {"reducer": "custom", "reducer_function": "joining:join", "notes": "joined"}
    done = run(stage, "def work(path):\n    return 1\n", **custom)
    assert done.returncode == 4
    assert "importing 'joining:join' ended its process: the worker exited with code 0" in done.stderr
    assert (stage / "result.jsonl").read_text() == "old"

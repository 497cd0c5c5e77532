"""`verify` as a person starts it: what it prints, how it exits, and that nothing remains of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import running_command
import support

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = (sys.executable, "-c", "from parallel_stage.cli import main; main()", "verify", "parallel_stage.toml")
CODE = """
import csv, time
from pathlib import Path

def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))

def doubled(path):
    return [{"id": row["id"], "v": 2 * int(row["v"])} for row in rows(path)]

def changes(path):
    found = [int(row["v"]) for row in rows(path)]
    return [{"v": now, "d": now - before} for before, now in zip([found[0], *found], found)]

def hangs(path):
    calls = Path("calls")
    calls.write_text((calls.read_text() if calls.exists() else "") + "x")
    if len(calls.read_text()) > 4:  # in the second run
        Path("waiting").touch()
        time.sleep(600)
    return doubled(path)

def raises(path):
    raise ValueError("no such thing")
"""


def write(directory: Path, function: str) -> None:
    lines = [f"{number},{number * number % 97}\n" for number in range(400)]
    (directory / "t.csv").write_text("id,v\n" + "".join(lines))
    (directory / "work.py").write_text(CODE)
    (directory / "result.csv").write_text("old")
    settings = {"split": "data-partitions", "input": "t.csv", "partition_strategy": "row-chunks"}
    more = {"target_partitions": 8, "reducer": "concat-csv", "output": "result.csv", "backend": "pool"}
    contract = support.toml(function=f"work:{function}", **settings, **more)
    (directory / "parallel_stage.toml").write_text(contract)


def assert_untouched(directory: Path, *more: str) -> None:
    assert (directory / "result.csv").read_text() == "old"
    assert sorted(path.name for path in (directory / ".parallel-stage").iterdir()) == [".gitignore", *more]


@pytest.mark.parametrize(
    ("function", "code", "said"),
    [
        ("doubled", 0, "passed: 256 records"),
        ("changes", 10, "column d"),
        ("raises", 5, "ValueError: no such thing"),
    ],
)
def test_the_exit_code_says_what_was_found(tmp_path: Path, function: str, code: int, said: str) -> None:
    write(tmp_path, function)
    found = subprocess.run(COMMAND, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stderr
    assert said in found.stdout + found.stderr
    assert_untouched(tmp_path, *([] if code else ["validations"]))


def test_a_partition_that_hangs_ends_with_its_time_limit(tmp_path: Path) -> None:
    write(tmp_path, "hangs")
    found = subprocess.run([*COMMAND, "--timeout", "1"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 5, found.stderr
    assert "--timeout" in found.stderr
    assert_untouched(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_an_interrupt_of_a_later_run_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path, "hangs")
    mark = running_command.new_mark()
    environment = {**os.environ, running_command.MARK: mark}
    pipe = subprocess.PIPE
    command = subprocess.Popen(COMMAND, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe, text=True)
    with command, running_command.nothing_left(mark):
        running_command.wait_for(tmp_path / "waiting", command)
        command.send_signal(signal.SIGINT)
        command.communicate(timeout=60)
        assert running_command.wait_until_gone(mark) == {}
    assert command.returncode == 130
    assert_untouched(tmp_path)

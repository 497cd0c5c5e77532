"""`verify` as a person starts it: what it prints, how it exits, and that nothing remains of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft7Validator

import running_command
import support
from parallel_stage.contract.schema import schema

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


def verified(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=directory, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("function", "status", "code"), [("doubled", "passed", 0), ("changes", "differs", 10)])
def test_the_json_document_is_that_of_its_schema(tmp_path: Path, function: str, status: str, code: int) -> None:
    write(tmp_path, function)
    found = verified(tmp_path, "--json", "--sample", "20")
    assert found.returncode == code
    document = json.loads(found.stdout)
    Draft7Validator(schema(document["schema"])).validate(document)
    assert (document["status"], document["records"]) == (status, 20)
    if code:
        last = document["checks"][-1]
        assert (last["column"], last["record"], last["values"]) == ("d", 8, ["-20", "0"])
        assert re.match(r"t.csv, 12 records from line \d+ to line \d+$", last["partition"])


@pytest.mark.xdist_group("dask")
def test_backends_are_compared(tmp_path: Path) -> None:
    write(tmp_path, "doubled")
    found = verified(tmp_path, "--backends", "local,pool,dask")
    assert found.returncode == 0, found.stderr
    assert "  on pool: same\n  on dask: same\n" in found.stdout
    assert_untouched(tmp_path, "validations")


def test_a_function_that_knows_its_process_differs_on_pool(tmp_path: Path) -> None:
    write(tmp_path, "processes")
    (tmp_path / "work.py").write_text(
        CODE + "\nimport multiprocessing\ndef processes(path):\n"
        "    name = multiprocessing.current_process().name.startswith('Fork')\n"
        "    return [{**row, 'p': name} for row in rows(path)]\n"
    )
    found = verified(tmp_path, "--backends", "pool")
    assert found.returncode == 10
    assert "error: on pool: differs: record 1, column p" in found.stderr
    assert "depends on the process" in found.stderr


def test_a_backend_that_is_none_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "doubled")
    found = verified(tmp_path, "--backends", "local,pol")
    assert (found.returncode, "'pol' is none of local, pool, dask" in found.stderr) == (2, True)


def test_a_stored_plan_is_proved_and_nothing_is_run(tmp_path: Path) -> None:
    write(tmp_path, "raises")
    plan = [*COMMAND[:-2], "plan", "parallel_stage.toml", "--json"]
    stored = subprocess.run(plan, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    (tmp_path / "plan.json").write_text(stored)
    found = verified(tmp_path, "--plan", "plan.json")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("proved: 8 partitions of 1 input")
    text = (tmp_path / "t.csv").read_text()
    (tmp_path / "t.csv").write_text(text + "400,1\n")
    found = verified(tmp_path, "--plan", "plan.json")
    assert (found.returncode, found.stdout) == (10, "")
    assert f"t.csv has {len(text) + 6:,} bytes, and {len(text):,} in the plan\n" in found.stderr
    assert "help: plan again" in found.stderr
    document = json.loads(verified(tmp_path, "--plan", "plan.json", "--json").stdout)
    Draft7Validator(schema(document["schema"])).validate(document)
    assert (document["status"], len(document["faults"])) == ("differs", 1)
    (tmp_path / "plan.json").write_text(stored[:-20])
    found = verified(tmp_path, "--plan", "plan.json")
    assert (found.returncode, "it is no JSON" in found.stderr) == (2, True)
    assert not (tmp_path / ".parallel-stage").exists()

"""`parallel-stage runs`, on runs of every kind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import support
from parallel_stage.run.storage import directory
from parallel_stage.run.storage.last import runs_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Finished

    Command = Callable[..., Finished]
    Execute = Callable[..., int]

RUN = (f"{sysconfig.get_path('scripts')}/parallel-stage", "run")
CODE = """
import os, time
def work(item):
    open(f"began-{item}", "w").close()
    if item == "wait":
        time.sleep(600)
    return {"item": item, "half": item / 2}
"""


@pytest.fixture
def stage(tmp_path: Path) -> Callable[..., Path]:
    """Writes a sweep and its contract; returns the directory of its runs."""

    def write(*grid: object, name: str = "halves", **fields: Any) -> Path:
        sweep = {
            "name": name,
            "function": "work:work",
            "split": "parameter-sweep",
            "input": "grid.json",
            "partition_strategy": "parameter-items",
            "target_partitions": 0,
            "reducer": "concat-jsonl",
            "backend": "local",
            "output": f"out/{name}.jsonl",
        }
        (tmp_path / "work.py").write_text(CODE)
        (tmp_path / "grid.json").write_text(json.dumps(grid))
        (tmp_path / f"{name}.parallel_stage.toml").write_text(support.toml(**{**sweep, **fields}))
        return directory.stage_directory(str(tmp_path), name)

    return write


@pytest.fixture
def execute(tmp_path: Path) -> Execute:
    """The command `run` as a process of its own, since it forks; its exit code."""
    return lambda *arguments: (
        subprocess.run([*RUN, *arguments], cwd=tmp_path, capture_output=True, check=False).returncode
    )


def killed(root: Path) -> Path:
    """The directory of a run whose runner is killed while it waits."""
    arguments = [*RUN, "halves.parallel_stage.toml"]
    with subprocess.Popen(arguments, cwd=root, stderr=subprocess.DEVNULL, start_new_session=True) as runner:
        while not (root / "began-wait").exists():
            assert runner.poll() is None
            time.sleep(0.01)
        runner.kill()
    assert runner.returncode == -signal.SIGKILL
    (root / "began-wait").unlink()
    newest = runs_in(directory.stage_directory(str(root), "halves"))[0]
    while directory.is_locked(newest):
        time.sleep(0.01)
    return newest


def test_runs_of_every_kind(stage: Callable[..., Path], command: Command, execute: Execute, tmp_path: Path) -> None:
    assert command("runs", "list").out == "no runs\n"
    runs = stage(1, 2, 3)
    contract = "halves.parallel_stage.toml"
    assert command("runs", "list", contract).out == "no runs\n"
    assert execute(contract, "--quiet") == 0
    assert execute(contract, "--quiet", "--partition", "1") == 0
    stage(1, "no number")
    assert execute(contract, "--quiet") == 5
    stage(1, "wait")
    killed(tmp_path)
    directory.create(runs, "29990101T000000Z-000000")
    stage(1, name="other")
    assert execute("other.parallel_stage.toml", "--quiet") == 0
    with directory.locked(runs / "29990101T000000Z-000000"):
        lines = command("runs", "list").out.splitlines()
    assert lines[0].split("  ")[0] == "run"
    told = [re.split(r"  +", line) for line in lines[1:]]
    assert [row[2:4] + row[5:] for row in told] == [
        ["running", "-", "halves"],
        ["done", "1 of 1", "other"],
        ["killed", "1 of 2", "halves"],
        ["failed", "1 of 2", "halves"],
        ["done", "1 of 1, number 1", "halves"],
        ["done", "3 of 3", "halves"],
    ]
    found = json.loads(command("runs", "list", contract, "--json").out)
    assert [each["status"] for each in found] == ["not started", "killed", "failed", "done", "done"]
    assert found[1]["directory"] == str(runs_in(runs)[1])
    assert found[1]["seconds"] >= 0


def test_show(stage: Callable[..., Path], command: Command, execute: Execute, tmp_path: Path) -> None:
    contract = "halves.parallel_stage.toml"
    runs = stage(1, "wait")
    assert command("runs", "show").code == 2
    dead = killed(tmp_path)
    lines = command("runs", "show", dead.name).out.splitlines()
    assert lines[0] == "halves: killed"
    assert lines[3] == "partitions  1 of 2"
    assert lines[-1] == f"go on with  parallel-stage run {tmp_path}/{contract} --resume"
    assert json.loads(command("runs", "show", "--json").out)["manifest"] is None
    stage(1, "no number")
    execute(contract, "--resume", "--quiet")
    printed = command("runs", "show", contract).out
    assert "\npartitions  1 of 2\n            1 kept, 1 failed\n" in printed
    assert "\nproblem     1 of 2 partitions failed; no result was written\n" in printed
    stage(1, 2)
    execute(contract, "--resume", "--quiet")
    for name in (dead.name, dead.name[-6:], str(dead), str(runs / "_LAST"), contract, ""):
        assert f"\nresult      {tmp_path}/out/halves.jsonl\n" in command("runs", "show", *filter(None, [name])).out
    shown = json.loads(command("runs", "show", "--json").out)
    assert shown["manifest"]["session"] == 3
    assert shown["status"] == "done"


def test_the_command_that_goes_on_starts_where_the_run_did(
    stage: Callable[..., Path], command: Command, execute: Execute, tmp_path: Path
) -> None:
    stage(1, "no number")
    (tmp_path / "contracts").mkdir()
    moved = (tmp_path / "halves.parallel_stage.toml").rename(tmp_path / "contracts/halves.parallel_stage.toml")
    assert execute(str(moved), "--root", str(tmp_path), "--quiet") == 5
    last = command("runs", "show").out.splitlines()[-1]
    assert last == f"go on with  parallel-stage run {moved} --root {tmp_path} --resume"
    stage(1, 2)
    assert execute(*last.split()[5:], "--quiet") == 0
    assert json.loads(command("runs", "show", "--json").out)["manifest"]["session"] == 2


@pytest.mark.parametrize("name", ["20200101T000000Z-000000", "abcdef", "..", "nothing"])
def test_a_run_that_is_not_there(stage: Callable[..., Path], command: Command, name: str) -> None:
    stage(1)
    done = command("runs", "show", name)
    assert (done.code, done.out) == (2, "")
    assert f"there is no run '{name}'" in done.err


def test_an_id_of_several_runs(stage: Callable[..., Path], command: Command) -> None:
    runs = stage(1)
    for day in (1, 2):
        directory.create(runs, f"2026010{day}T000000Z-abcdef")
    assert "is the id of several runs" in command("runs", "verify", "abcdef").err


def damaged_part(run: Path) -> None:
    next((run / "parts").iterdir()).write_bytes(b"X")


def removed_part(run: Path) -> None:
    next((run / "parts").iterdir()).unlink()


def edited_result(run: Path) -> None:
    Path(run.parents[3], "out/halves.jsonl").write_text("other")


def removed_result(run: Path) -> None:
    Path(run.parents[3], "out/halves.jsonl").unlink()


def edited_ledger(run: Path) -> None:
    path = run / "ledger.jsonl"
    path.write_bytes(re.sub(rb'\[(\d),"', rb'[\1,"f', path.read_bytes()))


def edited_manifest(run: Path) -> None:
    with (run / "manifest.json").open("a") as file:
        file.write("\n")


def removed_manifest(run: Path) -> None:
    (run / "run_manifest.json").unlink()


def edited_plan(run: Path) -> None:
    with (run / "plan.json").open("a") as file:
        file.write("\n")


@pytest.mark.parametrize(
    ("change", "differences"),
    [
        (damaged_part, [r"partition [01]: .*parts/0000000.\.part, from byte 0 on, is not what it returned"]),
        (removed_part, [r"partition [01]: .*parts/0000000.\.part, from byte 0 on, is not what it returned"]),
        (
            edited_result,
            [r"halves.jsonl: size_bytes is 5, the manifest says 44", "halves.jsonl: the result has 5 bytes"],
        ),
        (removed_result, [r"halves.jsonl: it is not there"]),
        (edited_ledger, ["partition 0: the ledger has no", "partition 1: the ledger has no", r"ledger.jsonl: size_b"]),
        (edited_manifest, [r"manifest.json: size_bytes is"]),
        (removed_manifest, [r"run_manifest.json: it is not there, or no manifest"]),
        (edited_plan, [r"plan.json: size_bytes is"]),
    ],
)
def test_verify_finds_what_is_no_longer_as_it_was(
    stage: Callable[..., Path],
    command: Command,
    execute: Execute,
    change: Callable[[Path], None],
    differences: list[str],
) -> None:
    stage(1, 2)
    execute("halves.parallel_stage.toml", "--quiet")
    whole = command("runs", "verify")
    (run,) = runs_in(stage(1, 2))
    assert whole == (0, f"2 outputs and 5 files of the run {run.name} are as they were\n", "")
    change(run)
    done = command("runs", "verify", "--json")
    assert done.code == 10
    found = json.loads(done.out)["differences"]
    assert len(found) == len(differences)
    for message, pattern in zip(found, differences, strict=True):
        assert re.search(pattern, message)
    assert f"error: {len(found)} difference" in done.err


def test_verify_says_what_it_cannot_compare(
    stage: Callable[..., Path], command: Command, execute: Execute, tmp_path: Path
) -> None:
    contract = "halves.parallel_stage.toml"
    runs = stage(1, "wait")
    killed(tmp_path)
    assert command("runs", "verify").out.splitlines()[1] == (
        "note: the run is killed: it has no manifests and no result"
    )
    stage(1, 2)
    for _ in range(2):
        execute(contract, "--quiet", "--keep-parts", "1")
    older = command("runs", "verify", runs_in(runs)[1].name)
    assert older.code == 0
    assert older.out.splitlines()[1:] == [
        "note: the parts were removed, as those of older runs are (--keep-parts)",
        f"note: {tmp_path}/out/halves.jsonl was written again by the run {runs_in(runs)[0].name}, and is not compared",
    ]


def test_verify_of_a_resumed_run_looks_at_what_counts(
    stage: Callable[..., Path], command: Command, execute: Execute
) -> None:
    """The damaged part of a receipt that another has superseded is no difference."""
    contract = "halves.parallel_stage.toml"
    runs = stage(1, 2, 1)
    execute(contract, "--quiet")
    for part in (runs / "_LAST/parts").iterdir():
        part.write_bytes(b"")
    assert command("runs", "verify").code == 10
    execute(contract, "--quiet", "--resume")
    assert command("runs", "verify").out.startswith("3 outputs and 5 files")


def test_clean_keeps_the_newest_and_those_at_work(
    stage: Callable[..., Path], command: Command, execute: Execute, tmp_path: Path
) -> None:
    contract = "halves.parallel_stage.toml"
    runs = stage(1, 2)
    for _ in range(4):
        execute(contract, "--quiet")
    stage(1, name="other")
    execute("other.parallel_stage.toml", "--quiet")
    oldest, older, old, newest = sorted(runs_in(runs))
    assert command("runs", "clean").code == 2
    with directory.locked(oldest):
        dry = command("runs", "clean", "--keep", "2", "--dry-run")
        assert dry.out == f"{older}\n1 run would be removed\n"
        assert command("runs", "clean", "--keep", "2").out == f"{older}\n1 run removed\n"
    assert runs_in(runs) == [newest, old, oldest]
    os.utime(oldest / "ledger.jsonl", (1, 1))
    assert json.loads(command("runs", "clean", "--older-than", "30d", "--json").out)["removed"] == [str(oldest)]
    assert command("runs", "clean", "--keep", "1", "--older-than", "1h").out == "0 runs removed\n"
    assert command("runs", "clean", contract, "--keep", "0").out == f"{old}\n1 run removed\n"
    assert len(json.loads(command("runs", "list", "--json").out)) == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["halves.jsonl", "other.jsonl"]


def test_clean_removes_what_a_killed_run_left_beside_its_output(
    stage: Callable[..., Path], command: Command, execute: Execute, tmp_path: Path
) -> None:
    stage(1, "wait")
    dead = killed(tmp_path)
    left = tmp_path / f"out/.{dead.name}.new-halves.jsonl"
    left.write_text("half")
    stage(1, 2, output="out/another.jsonl")
    execute("halves.parallel_stage.toml", "--quiet")
    assert left.exists()
    assert command("runs", "clean", "--keep", "1").out.endswith("1 run removed\n")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["another.jsonl"]


@pytest.mark.parametrize("age", ["", "d", "-1d", "3 years", "1e9", "٣d"])
def test_an_age_that_is_none(stage: Callable[..., Path], command: Command, age: str) -> None:
    stage(1)
    done = command("runs", "clean", "--older-than", age)
    assert done.code == 2
    assert "is no age" in done.err


def test_clean_never_removes_the_last_run(stage: Callable[..., Path], command: Command, execute: Execute) -> None:
    """One partition that ran alone is newer, and nothing to resume."""
    contract = "halves.parallel_stage.toml"
    runs = stage(1, 2)
    execute(contract, "--quiet")
    execute(contract, "--quiet", "--partition", "0")
    assert command("runs", "clean", "--keep", "0").out == "0 runs removed\n"
    assert len(runs_in(runs)) == 2

"""Standard streams that are closed, or that no one reads: a run goes on, other commands end as Unix tools do."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from running_command import COMMAND, write_stage

if TYPE_CHECKING:
    from pathlib import Path

BACKENDS = ["local", "pool", pytest.param("dask", marks=pytest.mark.xdist_group("dask"))]
NEW = '[\n"0.txt",\n"1.txt",\n"2.txt"\n]\n'


def shell(directory: Path, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with redirections of a shell; `$gone` there is a descriptor whose reader has gone."""
    reading, gone = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            ["sh", "-c", f'exec "$@" {redirection}'.replace("$gone", "0"), "sh", *COMMAND[:3], *arguments],
            cwd=directory,
            env={name: value for name, value in os.environ.items() if name != "DASK_SCHEDULER_ADDRESS"},
            stdin=gone,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
    finally:
        os.close(gone)


@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["summary", "json"])
@pytest.mark.parametrize(
    "redirection", [">&$gone", "2>&$gone", ">&$gone 2>&$gone", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"]
)
def test_a_run_goes_on(tmp_path: Path, redirection: str, arguments: list[str]) -> None:
    write_stage(tmp_path, "print(1)")
    done = shell(tmp_path, redirection, "run", "parallel_stage.toml", *arguments)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "result.json").read_text() == NEW
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_so_do_workers(tmp_path: Path, backend: str) -> None:
    write_stage(tmp_path, "print(1)")
    done = shell(tmp_path, "<&- >&- 2>&-", "run", "parallel_stage.toml", "--backend", backend)
    assert done.returncode == 0
    assert (tmp_path / "result.json").read_text() == NEW
    (log,) = tmp_path.glob(".parallel-stage/runs/*/_LAST/logs/000000.log")
    assert log.read_text() == "1\n"


def test_the_code_says_what_became_of_the_run(tmp_path: Path) -> None:
    write_stage(tmp_path, "raise ValueError")
    assert shell(tmp_path, ">&$gone 2>&$gone", "run", "parallel_stage.toml").returncode == 5
    assert shell(tmp_path, "2>&$gone", "run", "nowhere.toml").returncode == 1


@pytest.mark.parametrize("arguments", [["check", "bad.toml"], ["plan", "parallel_stage.toml"], ["rules"]], ids=" ".join)
def test_other_commands_without_a_reader(tmp_path: Path, arguments: list[str]) -> None:
    write_stage(tmp_path, "pass")
    (tmp_path / "bad.toml").write_text("")
    done = shell(tmp_path, ">&$gone", *arguments)
    assert (done.returncode, done.stderr) == (141, "")
    assert shell(tmp_path, ">/dev/full", *arguments).returncode == 2
    assert "Traceback" not in shell(tmp_path, "2>&$gone", *arguments).stdout

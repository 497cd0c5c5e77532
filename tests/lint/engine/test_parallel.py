from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from parallel_stage.errors import ParallelStageError
from parallel_stage.lint.config.model import DEFAULT
from parallel_stage.lint.engine import parallel
from parallel_stage.lint.engine.check_files import Job, check_one
from poisoned_repository import executed, poison
from support import toml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["forked", "isolated"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to share the work out, whatever the platform prefers."""
    monkeypatch.setattr(parallel, "can_fork", lambda: request.param == "forked")
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_many_files_get_the_findings_of_each_in_order(tmp_path: Path) -> None:
    jobs = [Job(str(tmp_path / f"{number:03}.parallel_stage.toml"), DEFAULT) for number in range(250)]
    for number, job in enumerate(jobs):
        with open(job.path, "w", encoding="utf-8") as file:
            file.write(toml(workers=number % 3))
    shared = partial(check_one, fix=True, unsafe=True, with_claim=True, resolutions={})
    assert parallel.map_in_processes(shared, jobs) == [shared(job) for job in jobs]


@pytest.mark.usefixtures("way")
def test_a_process_that_is_killed_ends_the_check() -> None:
    """One cannot wait for what it would have found."""
    with pytest.raises(ParallelStageError, match="was killed") as raised:
        parallel.map_in_processes(os._exit, range(4))
    assert "fewer files" in raised.value.hint


@pytest.mark.usefixtures("way")
def test_an_exception_comes_back() -> None:
    with pytest.raises(FileNotFoundError):
        parallel.map_in_processes(os.listdir, ["/", "/nowhere"])


DRIVER = """
import multiprocessing, sys
from parallel_stage.cli import main
from parallel_stage.lint.engine import parallel
way = sys.argv.pop(1)
if way == "isolated":
    parallel.can_fork = lambda: False
else:
    multiprocessing.set_start_method(way)
main()
"""


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A poisoned repository of 450 contracts."""
    directory = tmp_path_factory.mktemp("poisoned")
    poison(directory)
    for number in range(450):
        (directory / f"{number:03}.parallel_stage.toml").write_text(toml(workers=number % 2, output=f"{number}.jsonl"))
    return directory


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver", "isolated"])
def test_nothing_of_the_repository_is_executed(poisoned: Path, tmp_path: Path, way: str) -> None:
    (tmp_path / "driver.py").write_text(DRIVER)
    command = [sys.executable, str(tmp_path / "driver.py"), way, "check", "--format", "concise", "."]
    run = subprocess.run(command, cwd=poisoned, capture_output=True, text=True, check=False)
    assert not executed(poisoned).exists(), executed(poisoned).read_text()
    assert run.returncode == 1, run.stderr
    assert run.stdout.count("error[out-of-range] workers is 0") == 225


def test_the_poison_works(poisoned: Path) -> None:
    """An interpreter that is not isolated executes it."""
    script = "import sys; sys.path[:0] = ['']; import logging"
    subprocess.run([sys.executable, "-I", "-c", script], cwd=poisoned, capture_output=True, check=False)
    assert "logging" in executed(poisoned).read_text()
    executed(poisoned).unlink()

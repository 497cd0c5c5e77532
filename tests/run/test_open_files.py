"""A low limit of open files, in the real command."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from running_command import COMMAND, write_stage

if TYPE_CHECKING:
    from pathlib import Path


def limited(directory: Path, limit: str, backend: str) -> subprocess.CompletedProcess[str]:
    write_stage(directory, "pass")
    command = ["sh", "-c", f'ulimit {limit} && exec "$@"', "sh", *COMMAND, "--backend", backend]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=100)


@pytest.mark.parametrize(("backend", "needed"), [("local", 32), ("pool", 40), ("dask", 80)])
@pytest.mark.parametrize("limit", [10, 16, 31])
def test_too_low_is_refused_before_anything_starts(tmp_path: Path, backend: str, needed: int, limit: int) -> None:
    done = limited(tmp_path, f"-n {limit}", backend)
    assert done.returncode == 4
    assert done.stderr == (
        f"error: a run on {backend} needs some {needed} open files, and the limit is {limit}\n"
        f"help: raise it with `ulimit -n {needed}`, or run with fewer workers\n"
    )
    assert not (tmp_path / ".parallel-stage").exists()


@pytest.mark.parametrize(
    "arguments", [("-n 32", "local"), ("-S -n 16", "local"), ("-n 40", "pool"), ("-S -n 16", "pool")], ids=" ".join
)
def test_enough_or_raised(tmp_path: Path, arguments: tuple[str, str]) -> None:
    assert limited(tmp_path, *arguments).returncode == 0


@pytest.mark.xdist_group("dask")
def test_enough_for_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    assert limited(tmp_path, "-n 80", "dask").returncode == 0

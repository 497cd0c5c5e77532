from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from parallel_stage.contract.schema import choices

COMMAND = str(Path(sysconfig.get_path("scripts"), "parallel-stage"))
PARTS = ["check", "plan", *choices("backend"), "service", "parquet", "threads", "numpy", "editors"]
pytestmark = pytest.mark.xdist_group("dask")


def proven(directory: Path, *options: str, **modules: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty directory, with some modules in place of installed ones."""
    for name, source in modules.items():
        (directory / f"{name}.py").write_text(source)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(directory), *sys.path])}
    return subprocess.run(
        [COMMAND, "self-test", *options], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def parts(document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {part["part"]: (part["status"], part["detail"]) for part in document["parts"]}


def test_every_part_of_this_installation_works(tmp_path: Path) -> None:
    run = proven(tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    heading, *lines = run.stdout.splitlines()
    assert heading.startswith("parallel-stage ")
    assert [line.split()[:2] for line in lines] == [["ok", part] for part in PARTS]
    assert [*tmp_path.iterdir()] == []


def test_what_is_missing_is_named_and_what_is_broken_fails(tmp_path: Path) -> None:
    missing = "raise ModuleNotFoundError(f'No module named {__name__!r}', name=__name__)"
    run = proven(
        tmp_path, "--json", pebble="1 / 0", dask=missing, pyarrow=missing, pygls=missing, threadpoolctl=missing
    )
    assert run.returncode == 9
    assert run.stderr.startswith("error: 1 part failed: pool\n")
    found = parts(json.loads(run.stdout))
    assert [*found] == PARTS
    for part, extra in (
        ("dask", "dask"),
        ("service", "dask"),
        ("parquet", "parquet"),
        ("threads", "threads"),
        ("editors", "lsp"),
    ):
        assert found[part][0] == "missing"
        assert f"pip install 'parallel-stage[{extra}]'" in found[part][1]
    assert found["pool"] == ("failed", "ZeroDivisionError: division by zero")
    assert {found[part][0] for part in ("check", "plan", "local", "numpy")} == {"ok"}

"""A runner that is killed at any moment loses nothing that it has counted: the resumed result has the same bytes.

`PARALLEL_STAGE_KILLS=100` kills that many runners on each backend instead of a few; that takes minutes, so that pytest
needs `-o faulthandler_timeout=0`.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sysconfig
import time
from collections import Counter
from pathlib import Path

import pytest
import tomli_w

from parallel_stage.run.storage import directory, ledger
from parallel_stage.run.storage.last import last_run, runs_in

from .conftest import BACKENDS, FIELDS

COMMAND = str(Path(sysconfig.get_path("scripts"), "parallel-stage"))
KILLS = int(os.environ.get("PARALLEL_STAGE_KILLS", "4"))
ITEMS = 60
CODE = """
import os, time
def work(item):
    calls = os.open("calls", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(calls, f"{item}\\n".encode())
    os.close(calls)
    time.sleep(0.01)
    print("item", item)
    return [{"item": item, "text": "x" * item}]
"""


class Stage:
    """A sweep in a directory of its own, and the runners that are started on it."""

    def __init__(self, root: Path, backend: str, scheduler: str) -> None:
        self.root = root
        self.runs = directory.stage_directory(str(root), "stage")
        self._options = ["--backend", backend, "--workers", "2", *(["--scheduler", scheduler] if scheduler else [])]
        root.mkdir()
        directory_as_result = {"reducer": "custom", "output": "out/parts"}
        fields = {
            **FIELDS,
            "split": "parameter-sweep",
            "input": "grid.json",
            "partition_strategy": "parameter-items",
            **(directory_as_result if backend == "local" else {"reducer": "concat-jsonl"}),
        }
        (root / "work.py").write_text(CODE)
        (root / "grid.json").write_text(str(list(range(ITEMS))))
        (root / "parallel_stage.toml").write_text(tomli_w.dumps(fields))

    def start(self) -> subprocess.Popen[bytes]:
        """Start a runner that goes on with the last run."""
        arguments = [COMMAND, "run", "parallel_stage.toml", "--resume", "--quiet", *self._options]
        return subprocess.Popen(arguments, cwd=self.root, stderr=subprocess.PIPE, start_new_session=True)

    def finish(self) -> None:
        """Run until the result is there."""
        with self.start() as runner:
            assert runner.stderr is not None
            errors = runner.stderr.read().decode()
        assert runner.returncode == 0, errors

    def wait_for_the_end(self) -> None:
        """Wait until no runner is at work, whatever the one that was killed had started."""
        end = time.monotonic() + 30
        while any(map(directory.is_locked, runs_in(self.runs))):
            assert time.monotonic() < end
            time.sleep(0.02)

    def counted(self) -> Counter[str]:
        """The items that have a receipt."""
        where = last_run(self.runs)
        events = ledger.read(where / "ledger.jsonl") if where else ()
        return Counter(str(row[0]) for event in events if event["event"] == "task" for row in event["rows"])

    def calls(self) -> Counter[str]:
        """How often the function was called with each item."""
        path = self.root / "calls"
        return Counter(path.read_text().splitlines()) if path.exists() else Counter()

    def result(self) -> dict[str, bytes]:
        """The result and all that stands beside it."""
        out = self.root / "out"
        return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def forget(self) -> None:
        """Begin anew."""
        for name in (".parallel-stage", "out"):
            shutil.rmtree(self.root / name)
        (self.root / "calls").unlink()


@pytest.mark.parametrize("backend_name", BACKENDS)
def test_killed_runners_lose_nothing(backend_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    scheduler = request.getfixturevalue("scheduler") if backend_name == "dask" else ""
    calm = Stage(tmp_path / "calm", backend_name, scheduler)
    started = time.monotonic()
    calm.finish()
    whole = time.monotonic() - started
    moments = random.Random(backend_name)  # noqa: S311 -- any moment will do
    stage = Stage(tmp_path / "killed", backend_name, scheduler)
    killed = 0
    while killed < KILLS:
        done, calls = stage.counted(), stage.calls()
        with stage.start() as runner:
            time.sleep(moments.uniform(0, whole))
            runner.kill()
        stage.wait_for_the_end()
        assert set(stage.counted().values()) <= {1}
        assert {item: stage.calls()[item] for item in done} == {item: calls[item] for item in done}
        if runner.returncode == 0:
            assert stage.result() == calm.result()
            stage.forget()
        else:
            killed += 1
    done, calls = stage.counted(), stage.calls()
    stage.finish()
    assert {item: stage.calls()[item] for item in done} == {item: calls[item] for item in done}
    assert set(stage.counted().values()) == {1}
    assert stage.result() == calm.result()

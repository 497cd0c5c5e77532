"""A run on a Dask cluster that is there already: workers come and go, and none of its settings are relied on."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from dask_cluster import DaskCluster, dask_cluster
from parallel_stage.errors import BackendLostError, PartitionsFailedError
from parallel_stage.run.backends import roster
from parallel_stage.run.request import Observer
from parallel_stage.run.runner import run

from .test_faults import GRID, SWEEP, manifest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parallel_stage.run.request import RunRequest

    from .conftest import MakeRequest

pytestmark = pytest.mark.xdist_group("dask")

MANY = {"grid.json": json.dumps(list(range(60)))}
SLOW = "import os, time\ndef work(item):\n    time.sleep(0.1)\n    return [item, os.getpid()]\n"
WAITS = """
import os, pathlib, time
def work(item):
    deadline = time.monotonic() + 60
    while item >= 5 and not pathlib.Path("noted").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.1)
    return [item, os.getpid()]
"""
"""Goes on after five items when there is a note about a worker."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    """A cluster of the test's own, without workers."""
    with dask_cluster(tmp_path / "cluster", 0) as found:
        yield found


@pytest.fixture
def on_cluster(make_request: MakeRequest, cluster: DaskCluster) -> Callable[..., RunRequest]:
    """Makes a request to run a sweep on that cluster."""

    def make(code: str, files: dict[str, str] = GRID) -> RunRequest:
        return make_request(code, files, SWEEP, scheduler=cluster.address, overrides={"backend": "dask"})

    return make


class During(Observer):
    """Calls a function once when some partitions are done, collects the notes, and makes a file at the first."""

    def __init__(self, action: Callable[[], Any], done: int = 5, file: Path | None = None) -> None:
        self.notes: list[str] = []
        self._file = file
        self._action: Callable[[], Any] | None = action
        self._done = done

    def advanced(self, done: int, failed: int) -> None:
        if self._action and done + failed >= self._done:
            action, self._action = self._action, None
            action()

    def noted(self, text: str) -> None:
        self.notes.append(text)
        if self._file:
            self._file.touch()


def test_a_partition_that_ends_its_workers_costs_no_others(
    cluster: DaskCluster, on_cluster: Callable[..., RunRequest]
) -> None:
    """Dask's own settings would have it end four workers; here it ends no more than its attempts."""
    workers = [cluster.start_worker() for _ in range(4)]
    request = on_cluster("import os\ndef work(item):\n    if item == 7:\n        os._exit(0)\n    return item\n")
    wait_for_workers(cluster, 4)
    with pytest.raises(PartitionsFailedError, match="1 of 12 partitions failed"):
        run(request)
    manifest = manifest_of(request)
    (failure,) = manifest["failures"]
    assert (failure["index"], failure["kind"], manifest["partitions"]["done"]) == (7, "worker-lost", 11)
    time.sleep(0.2)
    assert sum(worker.poll() is None for worker in workers) >= 1


def test_a_worker_without_this_package_is_named(
    cluster: DaskCluster, on_cluster: Callable[..., RunRequest], tmp_path: Path
) -> None:
    """It would end as soon as it got a question of the package's own."""
    package = tmp_path / "without" / "parallel_stage" / "__init__.py"
    package.parent.mkdir(parents=True)
    package.write_text("raise ModuleNotFoundError(\"No module named 'parallel_stage'\")\n")
    worker = cluster.start_worker(PYTHONPATH=str(package.parents[1]))
    with pytest.raises(BackendLostError, match="cannot load this package: ModuleNotFoundError") as caught:
        run(on_cluster(SLOW, MANY))
    assert "install the same parallel-stage" in caught.value.hint
    assert worker.poll() is None


def test_a_worker_that_joins_is_used(
    cluster: DaskCluster, on_cluster: Callable[..., RunRequest], tmp_path: Path
) -> None:
    cluster.start_worker()
    observer = During(cluster.start_worker, 1, tmp_path / "noted")
    values = json.loads(run(on_cluster(WAITS, MANY), observer).result.read_bytes())
    assert [value for value, _ in values] == list(range(60))
    assert len({pid for _, pid in values}) == 2
    assert [note for note in observer.notes if note.endswith("has joined")]


def test_a_worker_that_joins_with_other_code_is_not_used(
    cluster: DaskCluster, on_cluster: Callable[..., RunRequest], tmp_path: Path
) -> None:
    cluster.start_worker()
    observer = During(lambda: cluster.start_worker(BROKEN="1"), 1, tmp_path / "noted")
    broken = "import os\nif 'BROKEN' in os.environ:\n    raise ValueError('broken here')\n"
    values = json.loads(run(on_cluster(broken + WAITS, MANY), observer).result.read_bytes())
    assert len({pid for _, pid in values}) == 1
    assert "is not used" in observer.notes[-1]
    assert "broken here" in observer.notes[-1]


def test_a_worker_that_leaves_costs_what_it_was_executing(
    cluster: DaskCluster, on_cluster: Callable[..., RunRequest]
) -> None:
    workers = [cluster.start_worker() for _ in range(2)]
    wait_for_workers(cluster, 2)
    observer = During(workers[0].kill)
    done = run(on_cluster(SLOW, MANY), observer)
    assert [value for value, _ in json.loads(done.result.read_bytes())] == list(range(60))
    assert done.manifest["partitions"]["retried"] < 12, "what one task has"
    assert observer.notes[-1].endswith("has left")


def test_workers_that_are_all_gone_end_the_run(
    cluster: DaskCluster, on_cluster: Callable[..., RunRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = cluster.start_worker()
    monkeypatch.setattr(roster, "_PATIENCE", 2)
    request = on_cluster(SLOW, MANY)
    with pytest.raises(BackendLostError, match=r"all workers .* have gone, and none came in 2 seconds") as caught:
        run(request, During(worker.kill))
    done = manifest_of(request)["partitions"]["done"]
    assert f"{done} of 60 partitions done, kept in the run directory" in caught.value.message
    assert "--resume" in caught.value.hint


def test_a_scheduler_that_is_gone_ends_the_run(cluster: DaskCluster, on_cluster: Callable[..., RunRequest]) -> None:
    cluster.start_worker()
    request = on_cluster(SLOW, MANY)
    with pytest.raises(BackendLostError, match=r"the Dask scheduler at .* has gone") as caught:
        run(request, During(cluster.scheduler.kill))
    assert "--resume" in caught.value.hint


HOLDS = """
import ctypes, time
def work(item):
    if item == 0:
        ctypes.PyDLL(None).sleep(4)
    return time.time()
"""


def test_a_function_that_holds_the_interpreters_lock_stops_no_others(make_request: MakeRequest, scheduler: str) -> None:
    settings = {"scheduler": scheduler, "overrides": {"backend": "dask"}}
    times = json.loads(run(make_request(HOLDS, MANY, SWEEP, **settings)).result.read_bytes())
    assert sum(each < times[0] - 1 for each in times[1:]) > 55


def wait_for_workers(cluster: DaskCluster, count: int) -> None:
    from distributed import Client

    with Client(cluster.address) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(count, timeout=60)

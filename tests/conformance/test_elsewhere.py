"""Workers of a Dask cluster that do not see the run directory: what they return travels back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dask_cluster import DaskCluster, dask_cluster
from parallel_stage.errors import BackendLostError, PartitionsFailedError
from parallel_stage.run.runner import run
from parallel_stage.run.worker.elsewhere import CHUNK

from .test_dask_cluster import During, wait_for_workers
from .test_faults import GRID, SWEEP, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import MakeRequest

pytestmark = pytest.mark.xdist_group("dask")

BLIND = ("--preload", str(Path(__file__).parents[1] / "blind_worker.py"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A cluster of one worker, which sees no run directory; its nanny replaces it when it ends."""
    with dask_cluster(tmp_path_factory.mktemp("cluster"), 1, ("--nanny", *BLIND)) as found:
        yield found


def on(cluster: DaskCluster, **settings: Any) -> dict[str, Any]:
    return {"scheduler": cluster.address, "overrides": {"backend": "dask"}, **settings}


def left_in(cluster: DaskCluster) -> list[Path]:
    """What runs have left where the cluster's workers keep their files."""
    return list(cluster.file.parent.rglob("parallel-stage-*"))


LARGE = f"""
def work(item):
    if item % 5 == 0:
        print("item", item)
    return str(item) * ({CHUNK} * 5 // 2 if item == 11 else 3)
"""


def test_parts_and_logs_travel_back(make_request: MakeRequest, cluster: DaskCluster) -> None:
    observer = During(lambda: None)
    done = run(make_request(LARGE, GRID, SWEEP, **on(cluster)), observer)
    values = json.loads(done.result.read_bytes())
    assert values == [str(item) * (CHUNK * 5 // 2 if item == 11 else 3) for item in range(12)]
    assert observer.notes == ["the run directory is not seen by 1 of 1 worker: what is returned there travels back"]
    assert [path.read_text() for path in sorted((done.directory / "logs").iterdir())] == [
        f"item {item}\n" for item in (0, 5, 10)
    ]
    assert not (done.directory / "scratch").exists()
    assert left_in(cluster) == []


def test_some_workers_see_it_and_some_do_not(make_request: MakeRequest, tmp_path: Path) -> None:
    with dask_cluster(tmp_path / "cluster", 1, BLIND) as mixed:
        mixed.start_worker()
        wait_for_workers(mixed, 2)
        code = "import os, time\ndef work(item):\n    time.sleep(0.1)\n    return [item, os.getpid()]\n"
        observer = During(lambda: None)
        done = run(make_request(code, {"grid.json": json.dumps(list(range(30)))}, SWEEP, **on(mixed)), observer)
    values = json.loads(done.result.read_bytes())
    assert [item for item, _ in values] == list(range(30))
    assert len({pid for _, pid in values}) == 2
    assert "by 1 of 2 workers" in observer.notes[0]


def test_a_partition_that_ends_such_a_worker_is_found(make_request: MakeRequest, cluster: DaskCluster) -> None:
    code = "import os\ndef work(item):\n    if item == 7:\n        os._exit(3)\n    return item\n"
    request = make_request(code, GRID, SWEEP, **on(cluster))
    with pytest.raises(PartitionsFailedError, match="1 of 12 partitions failed"):
        run(request)
    manifest = manifest_of(request)
    (failure,) = manifest["failures"]
    assert (failure["index"], failure["kind"], manifest["partitions"]["done"]) == (7, "worker-lost", 11)


def test_a_time_limit_holds_there(make_request: MakeRequest, cluster: DaskCluster) -> None:
    code = "import time\ndef work(item):\n    time.sleep(60 if item == 7 else 0)\n    return item\n"
    request = make_request(code, GRID, SWEEP, **on(cluster, timeout=1))
    with pytest.raises(PartitionsFailedError, match="1 of 12 partitions failed"):
        run(request)
    (failure,) = manifest_of(request)["failures"]
    assert (failure["index"], failure["kind"]) == (7, "timeout")


def test_a_table_that_is_split_in_the_run_directory(make_request: MakeRequest, cluster: DaskCluster) -> None:
    files = {"data/a.csv": "k,v\na,1\nb,2\na,3\n"}
    fields = {
        "split": "data-partitions",
        "input": "data/*.csv",
        "partition_strategy": "row-chunks",
        "partition_by": {"column": "k", "kind": "group"},
    }
    request = make_request("def work(path):\n    return path.read_text()\n", files, fields, **on(cluster))
    with pytest.raises(BackendLostError, match=r"cannot see the run directory .*, where the table is split"):
        run(request)


@pytest.mark.parametrize("absolute", [False, True])
def test_the_same_share_under_another_path(make_request: MakeRequest, tmp_path: Path, *, absolute: bool) -> None:
    """The runner sees the project at `here`, the worker only at `there`."""
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    here.symlink_to(there)
    pattern = f"{here}/data/*.csv" if absolute else "data/*.csv"
    fields = {"split": "data-partitions", "input": pattern, "partition_strategy": "row-chunks"}
    by = {"partition_by": {"column": "k", "kind": "group"}}
    code = "import os\ndef work(path):\n    return [os.getcwd(), __file__, path.read_text()]\n"
    request = make_request(code, {"data/a.csv": "k,v\na,1\nb,2\na,3\n"}, fields | by)
    for path in [*tmp_path.glob("*.*"), tmp_path / "data"]:
        path.rename(there / path.name)
    with dask_cluster(tmp_path / "cluster", 0) as cluster:
        cluster.start_worker(*BLIND, BLIND_TO=str(here))
        settings = on(cluster, path=str(here / "parallel_stage.toml"), worker_root=str(there))
        done = run(replace(request, **settings))
    assert json.loads(done.result.read_bytes()) == [
        [str(there), str(there / "work.py"), text] for text in ("k,v\na,1\na,3\n", "k,v\nb,2\n")
    ]
    assert done.result == here / "out/result"
    assert done.manifest["partitions"]["done"] == 2
    assert done.manifest["ran"]["worker_root"] == str(there)

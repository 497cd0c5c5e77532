"""AGILAB's dispatcher shares out our plan, its workers execute it, and its ReduceContract has our reducer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from agi_node import ReduceArtifact
from agi_node.agi_dispatcher.base_worker import ArgsNamespace

from agilab_project import CONTRACT, RESULT
from parallel_stage.agilab_worker import StageManager, StageWorker, partials_of, reduce
from parallel_stage.errors import InputChangedError, PartitionsFailedError

if TYPE_CHECKING:
    from agilab_project import Project

MONO, POOL = 0, 1
CRASHES = """
import os, sys
from agi_node.agi_dispatcher.base_worker import ArgsNamespace
from parallel_stage.agilab_worker import StageWorker

worker = StageWorker()
worker._mode, worker._worker_id, worker.args = 0, 0, ArgsNamespace(contract=sys.argv[1])
worker.work_init()
os._exit(1)
"""
"""A worker that ends before its first partial."""


def work(contract: Path, workers: int, mode: int = MONO) -> Any:
    """Plan as AGILAB's dispatcher does, and let each worker do its share, one after the other."""
    plan, metadata, *_ = json.loads(json.dumps(StageManager(None, contract).build_distribution({"127.0.0.1": workers})))
    for number in range(len(plan)):
        worker = StageWorker()
        worker._mode, worker._worker_id, worker.args = mode, number, ArgsNamespace(contract=str(contract))
        worker.works(plan, metadata)
    return plan


@pytest.mark.parametrize(("workers", "mode"), [(1, MONO), (3, MONO), (2, POOL)])
def test_workers_make_the_result_of_a_run(project: Project, workers: int, mode: int) -> None:
    contract = project.path / CONTRACT
    plan = work(contract, workers, mode)
    assert sorted(index for share in plan for batch in share for index, _ in batch) == [0, 1]
    artifact = reduce(contract)
    assert project.result() == RESULT
    assert ReduceArtifact.from_dict(json.loads(json.dumps(artifact.to_dict()))) == artifact
    assert (artifact.name, artifact.reducer) == ("counts_reduce_summary", "parallel_stage.concat-jsonl.v1")
    assert artifact.payload["result"] == str(project.path / "results/counts.jsonl")
    assert (artifact.payload["partitions"], artifact.payload["records"]) == (2, 2)
    assert artifact.partial_count == min(workers, 2) == len(partials_of(contract))


def test_many_partitions_are_shared_out_at_once(project: Project) -> None:
    for number in range(200):
        (project.path / f"data/{number:03}.csv").write_text("x\n1\n")
    plan, *_ = StageManager(None, project.path / CONTRACT).build_distribution({"127.0.0.1": 2, "127.0.0.2": 2})
    sizes = [sum(map(len, share)) for share in plan]
    assert (len(sizes), sum(sizes), max(sizes) - min(sizes) < 10) == (4, 202, True)


def test_a_failure_is_not_an_empty_frame(project: Project) -> None:
    (project.path / "counting.py").write_text("def work(path):\n    raise ValueError('no luck')\n")
    with pytest.raises(PartitionsFailedError, match="partition 0 failed: ValueError: no luck"):
        work(project.path / CONTRACT, 1)
    with pytest.raises(PartitionsFailedError, match="no worker has left anything"):
        reduce(project.path / CONTRACT)


def test_a_part_that_is_missing_or_old_is_no_result(project: Project) -> None:
    contract = project.path / CONTRACT
    work(contract, 1)
    (project.path / "data/a.csv").write_text("x\n1\n2\n3\n4\n5\n")
    with pytest.raises(PartitionsFailedError, match="1 of 2 partitions are missing: 0"):
        reduce(contract)
    worker = StageWorker()
    worker._mode, worker._worker_id, worker.args = MONO, 0, ArgsNamespace(contract=str(contract))
    with pytest.raises(InputChangedError, match="partition 0 is another one"):
        worker.works([[[[0, "f" * 16]]]], [[{}]])
    work(contract, 1)
    assert reduce(contract).payload["records"] == 2
    assert '"rows":5' in project.result()


def test_agilab_plans_anew_where_input_or_code_changes(project: Project) -> None:
    manager = StageManager(None, project.path / CONTRACT)
    named = {path.name for path in manager.distribution_cache_inputs()}
    assert named == {CONTRACT, "counting.py", "a.csv", "b.csv"}


def test_only_what_the_result_is_made_of_is_kept(project: Project) -> None:
    contract = project.path / CONTRACT
    for _ in range(3):
        work(contract, 2)
        artifact = reduce(contract)
        kept = {path.name for path in (project.path / ".parallel-stage/agilab/counts").iterdir()}
        assert kept == set(artifact.payload["partials"])
        assert len(kept) == 2


def test_what_a_crashed_worker_has_left_is_removed(project: Project) -> None:
    contract = project.path / CONTRACT
    home = project.path / ".parallel-stage/agilab/counts"
    assert subprocess.run([sys.executable, "-c", CRASHES, contract], check=False).returncode == 1
    (dead,) = home.iterdir()
    living = StageWorker()
    living._mode, living._worker_id, living.args = MONO, 0, ArgsNamespace(contract=str(contract))
    living.work_init()
    for each in home.iterdir():
        os.utime(each, (1, 1))
    work(contract, 1)
    assert not dead.exists()
    assert Path(living._directory).exists()
    os.utime(living._directory, (1, 1))
    living._lock.close()
    reduce(contract)
    assert not Path(living._directory).exists()


def test_a_result_without_a_name_is_beside_the_parts(project: Project) -> None:
    contract = project.path / CONTRACT
    contract.write_text(contract.read_text().replace("results/counts.jsonl", CONTRACT))
    before = contract.read_text()
    work(contract, 1)
    assert Path(reduce(contract).payload["result"]).read_text() == RESULT
    assert contract.read_text() == before

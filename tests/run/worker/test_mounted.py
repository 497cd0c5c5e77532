from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.model import PartitionBy
from parallel_stage.plan.partition import (
    ByteRange,
    Group,
    Input,
    Parameters,
    Partition,
    Piece,
    RowGroups,
    WholeFile,
    WholeTable,
)
from parallel_stage.run.task import Task
from parallel_stage.run.worker.mounted import mounted, mounted_task, moved

if TYPE_CHECKING:
    from parallel_stage.plan.partition import Work
    from parallel_stage.run.task import Stage
    from run.conftest import MakeStage


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    """A stage whose project is at `/here`, and at `/there` for a worker."""
    search, runs = ("/here", "/here/src", "/opt/modules"), Path("/here/.parallel-stage/runs/a/b")
    return replace(make_stage(), root="/here", search=search, directory=runs, worker_root="/there")


def test_what_lies_below_the_root_moves(stage: Stage) -> None:
    found = mounted(stage)
    assert (found.root, found.search) == ("/there", ("/there", "/there/src", "/opt/modules"))
    assert found.directory == Path("/there/.parallel-stage/runs/a/b")


@pytest.mark.parametrize("path", ["a.csv", "../a.csv", "/hereabouts/a.csv", "/data/here/a.csv", ""])
def test_other_paths_stay(stage: Stage, path: str) -> None:
    assert moved(stage, path) == path


HERE, THERE = "/here/data/a.csv", "/there/data/a.csv"


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (Parameters(HERE), Parameters(HERE)),
        (WholeFile(HERE, 1), WholeFile(THERE, 1)),
        (ByteRange(HERE, 1, 2, 1, 1), ByteRange(THERE, 1, 2, 1, 1)),
        (RowGroups(HERE, 0, 1, 1), RowGroups(THERE, 0, 1, 1)),
        (WholeTable((HERE, "b.csv"), (1, 1)), WholeTable((THERE, "b.csv"), (1, 1))),
    ],
)
def test_every_kind_of_partition(stage: Stage, work: Work, expected: Work) -> None:
    task = Task(0, (Partition(0, "0" * 16, work, 1),), (Input(HERE, 1, 1),))
    found = mounted_task(stage, task)
    assert [each.work for each in found.partitions] == [expected]
    assert found.inputs[0].path == THERE
    assert mounted_task(stage, found) == found


def test_a_group(stage: Stage) -> None:
    pieces = (Piece(HERE, 1, 2), Piece("", 3, 4))
    group = Group("a", PartitionBy("k", "group"), 2, (HERE,), 4, pieces)
    found = mounted_task(stage, Task(0, (Partition(0, "0" * 16, group, 1),), ())).partitions[0].work
    assert found == replace(group, paths=(THERE,), pieces=(Piece(THERE, 1, 2), Piece("", 3, 4)))

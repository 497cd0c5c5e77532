"""A worker that sees the project under another path: the same share, mounted elsewhere."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.plan.partition import Group, Parameters, WholeTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.plan.partition import Work
    from parallel_stage.run.task import Stage, Task

    Move = Callable[[str], str]


def mounted(stage: Stage) -> Stage:
    """Return a stage with the paths of a worker that sees the root of relative paths as `stage.worker_root`.

    A path that does not lie below the root is the same there.
    """
    move = partial(moved, stage)
    search, directory = tuple(map(move, stage.search)), Path(move(str(stage.directory)))
    return replace(stage, root=stage.worker_root, search=search, directory=directory)


def mounted_task(stage: Stage, task: Task) -> Task:
    """Return a task with the paths of such a worker; relative paths, which start at the root, stay as they are."""
    move = partial(moved, stage)
    partitions = tuple(each._replace(work=_moved(each.work, move)) for each in task.partitions)
    inputs = tuple(replace(each, path=move(each.path)) for each in task.inputs)
    return replace(task, partitions=partitions, inputs=inputs)


def moved(stage: Stage, path: str) -> str:
    """Return a path as such a worker has it."""
    if path == stage.root:
        return stage.worker_root
    prefix = os.path.join(stage.root, "")
    return os.path.join(stage.worker_root, path[len(prefix) :]) if path.startswith(prefix) else path


def _moved(work: Work, move: Move) -> Work:
    if isinstance(work, Parameters):
        return work
    if isinstance(work, Group):
        pieces = tuple(piece._replace(path=move(piece.path)) for piece in work.pieces)
        return replace(work, paths=tuple(map(move, work.paths)), pieces=pieces)
    if isinstance(work, WholeTable):
        return replace(work, paths=tuple(map(move, work.paths)))
    return replace(work, path=move(work.path))

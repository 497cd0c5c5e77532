"""Inputs that were replaced without a trace in size and time, as by `rsync -t` or `cp -p`.

The runner's process looks at each input when the plan is made, and again when a partition that reads it is
done. Workers compare size and time only: file numbers and change times mean nothing on another machine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parallel_stage.plan.partition import Identity, paths_of
from parallel_stage.run.task import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.plan.partition import Input
    from parallel_stage.run.task import Task, TaskReceipt

_MAY_BE_DUE_TO_IT = ("function", "value")


def without_replaced(task: Task, receipt: TaskReceipt, inputs: Mapping[str, Input], root: str) -> TaskReceipt:
    """Return the receipt of a task, with failures where an input of a partition was replaced.

    Args:
        task: The task.
        receipt: Its receipt.
        inputs: The files of the plan by their paths, with their identities.
        root: The absolute directory where relative paths start.
    """
    reasons = {planned.path: why_replaced(inputs[planned.path], root) for planned in task.inputs}
    if not any(reasons.values()):
        return receipt
    before, failures = receipt.failures(), {}
    for number, partition in enumerate(task.partitions):
        reason = next(filter(None, (reasons[path] for path in paths_of(partition.work))), "")
        if reason and (number not in before or before[number].kind in _MAY_BE_DUE_TO_IT):
            failures[number] = Failure("input-changed", "InputChangedError", reason)
    return receipt.with_failures(failures)


def why_replaced(planned: Input, root: str) -> str:
    """Return how a file of the planned size and time is not the one that was planned, as a message; else empty.

    A change time that moves with the number of hard links is that of a link, as snapshots make them.
    """
    try:
        status = os.stat(os.path.join(root, planned.path))
    except OSError:
        return ""
    if planned.identity is None or (status.st_size, status.st_mtime_ns) != (planned.size, planned.mtime_ns):
        return ""  # a worker that has read it so has noticed
    return difference(planned.path, planned.identity, Identity.of(status))


def difference(path: str, before: Identity, now: Identity) -> str:
    """Return how two looks at a path, with one size and time, show that it was replaced, as a message; else empty."""
    same_file = now.file == before.file
    # Not the number alone: FUSE may give a file another one, an automounter its file system. On Windows, the
    # change time is that of the file's creation.
    suspect = not same_file if os.name == "nt" else now.changed_ns != before.changed_ns
    if not suspect or (same_file and now.links != before.links and now.owned == before.owned):
        return ""
    # A new file often gets the number of the removed one, so that the number does not say which it was.
    how = (
        "was rewritten or replaced, its size and time kept"
        if now.owned == before.owned
        else "has another mode or owner"
    )
    return f"input changed: {path} {how}, since the plan was made"

"""The names of tasks at a Dask scheduler, as its page and its logs show them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from parallel_stage.run.task import Stage, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def task_key(function: Callable[..., Any], args: tuple[object, ...]) -> str:
    """Return a key for a call that no other one has.

    It begins with the stage's name, by which Dask puts tasks together, and says which partitions the call is for:
    `delays-7-…`, `delays-8..11-…`; or that it is the check of a worker: `delays-check-…`.
    """
    values = [*_values(function), *args]
    stage = next((value.contract.name for value in values if isinstance(value, Stage)), "parallel_stage")
    task = next((value for value in values if isinstance(value, Task)), None)
    return f"{stage}-{_partitions(task) if task else 'check'}-{uuid4().hex}"


def _values(function: Callable[..., Any]) -> Iterator[object]:
    """Yield what is bound to a function already."""
    if isinstance(function, partial):
        yield from function.args


def _partitions(task: Task) -> str:
    first, last = task.partitions[0].index, task.partitions[-1].index
    return str(first) if first == last else f"{first}..{last}"

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dask.utils import key_split

from parallel_stage.contract.model import Contract
from parallel_stage.plan.partition import Parameters, Partition
from parallel_stage.run.backends.task_keys import task_key
from parallel_stage.run.task import Stage, Task
from parallel_stage.run.worker.elsewhere import probe
from parallel_stage.run.worker.execute import execute
from support import data


def stage(name: str) -> Stage:
    return Stage(Contract.from_valid(data(name=name)), "/root", (), Path("/run"))


def task(*indices: int) -> Task:
    return Task(0, tuple(Partition(index, "id", Parameters(index), 1) for index in indices), ())


@pytest.mark.parametrize(("indices", "named"), [((7,), "7"), ((8, 9, 10, 11), "8..11")])
def test_a_task_is_named_after_stage_and_partitions(indices: tuple[int, ...], named: str) -> None:
    key = task_key(execute, (stage("flight-delays"), task(*indices)))
    assert key.startswith(f"flight-delays-{named}-")
    assert key_split(key) == "flight-delays", "by which Dask puts tasks together"


def test_the_check_of_a_worker_is_told_from_them() -> None:
    keys = [task_key(probe, (stage("delays"), ())), task_key(partial(probe, stage("delays"), ()), ())]
    assert [key_split(key) for key in keys] == ["delays-check"] * 2
    assert task_key(print, ()).startswith("parallel_stage-check-")


@pytest.mark.parametrize("name", ["delays", "2013", "-", "(a, b)", "ünï", " ", "<x", "a" * 300, "\n", "'"])
def test_every_key_is_another_one_whatever_the_name(name: str) -> None:
    given: tuple[Any, ...] = (stage(name), task(1))
    assert len({task_key(execute, given) for _ in range(100)}) == 100
    assert key_split(task_key(execute, given))

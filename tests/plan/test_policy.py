from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan import policy


def test_the_documented_figures() -> None:
    assert policy.effective_workers(3, 8, True) == 8
    assert policy.partition_count("file-chunks", 3, 8, True, 64, 2) == 64
    assert policy.effective_workers(3, 8, False) == 3
    assert policy.partition_count("file-chunks", 3, 8, False, 64, 2) == 3


@pytest.mark.parametrize(
    ("count", "workers", "splittable", "expected"),
    [(0, 8, True, 1), (0, 8, False, 1), (8, 8, False, 8), (9, 8, False, 8), (7, 8, False, 7), (1, 8, True, 8)],
)
def test_effective_workers(count: int, workers: int, splittable: bool, expected: int) -> None:  # noqa: FBT001
    assert policy.effective_workers(count, workers, splittable) == expected


@pytest.mark.parametrize(
    ("strategy", "count", "target", "minimum", "expected"),
    [
        ("file-chunks", 0, 64, 2, 1),
        ("row-chunks", 3, 0, 2, 16),
        ("row-chunks", 3, 0, 4, 32),
        ("file-chunks", 100, 64, 2, 100),
        ("file-chunks", 3, 10, 2, 16),
        ("one-file-per-partition", 3, 64, 2, 3),
    ],
)
def test_partition_count(strategy: str, count: int, target: int, minimum: int, expected: int) -> None:
    assert policy.partition_count(strategy, count, 8, True, target, minimum) == expected


@given(st.integers(0, 500), st.integers(1, 500), st.booleans(), st.integers(0, 500), st.integers(1, 5))
def test_workers_never_outnumber_what_there_is(
    count: int,
    workers: int,
    splittable: bool,  # noqa: FBT001
    target: int,
    minimum: int,
) -> None:
    effective = policy.effective_workers(count, workers, splittable)
    partitions = policy.partition_count("file-chunks", count, workers, splittable, target, minimum)
    assert 1 <= effective <= workers
    assert partitions >= max(1, count)
    assert effective <= max(partitions, 1)


def test_the_cores_are_those_this_process_may_use() -> None:
    assert 1 <= policy.available_cores() <= (os.cpu_count() or 1)


def test_cores_without_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert policy.available_cores() == 1


@pytest.mark.parametrize(
    ("workers", "target", "requested", "counted"), [("auto", 0, 8, 8), ("auto", 5, 8, 0), (3, 0, 3, 3), (3, 5, 3, 3)]
)
def test_workers_on_eight_cores(workers: int | str, target: int, requested: int, counted: int) -> None:
    assert policy.requested_workers(workers, 8) == requested
    assert policy.counted_workers(workers, target, 8) == counted

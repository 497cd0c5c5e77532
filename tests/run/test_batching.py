from __future__ import annotations

from itertools import islice, repeat

from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan.partition import Parameters, Partition
from parallel_stage.run.batching import MOST, Batches, Pace, cost


def partitions(weights: list[int]) -> list[Partition]:
    return [Partition(index, f"{index:016x}", Parameters(index), weight) for index, weight in enumerate(weights)]


def batches(weights: list[int], budgets: list[float], workers: int = 2) -> list[tuple[Partition, ...]]:
    source = Batches(partitions(weights), workers)
    endless = iter((budgets or [0.0]) * (len(weights) + 1))
    return list(iter(lambda: source.take(next(endless)), ()))


@given(st.lists(st.integers(0, 1000), max_size=60), st.lists(st.floats(0, 3000), max_size=5), st.integers(1, 5))
def test_every_partition_once_and_batches_are_runs(weights: list[int], budgets: list[float], workers: int) -> None:
    given_out = batches(weights, budgets, workers)
    indices = [[partition.index for partition in batch] for batch in given_out]
    assert sorted(index for batch in indices for index in batch) == list(range(len(weights)))
    assert all(batch == list(range(batch[0], batch[0] + len(batch))) for batch in indices)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.floats(1, 3000))
def test_a_batch_keeps_to_its_budget(weights: list[int], budget: float) -> None:
    assert all(len(batch) == 1 or sum(map(cost, batch)) <= budget for batch in batches(weights, [budget]))


def test_the_largest_comes_first_while_nothing_is_known() -> None:
    assert [batch[0].weight for batch in batches([3, 9, 1, 9, 5], [0.0])] == [9, 9, 5, 3, 1]


def test_large_ones_alone_then_tiny_ones_together() -> None:
    found = batches([1, 1, 100, 1, 1, 200], [10.0], workers=1)
    assert [[partition.index for partition in batch] for batch in found] == [[5], [2], [0, 1], [3, 4]]


def test_the_last_batches_are_shared_between_the_workers() -> None:
    assert [len(batch) for batch in batches([1] * 64, [1e9], workers=2)][:3] == [16, 12, 9]


def test_the_last_batches_are_not_smaller_than_what_pays() -> None:
    source = Batches(partitions([0] * 64), workers=2)
    found = list(iter(lambda: len(source.take(1e9, 5.0)), 0))
    assert found == [16, 12, 9, 6, 5, 5, 5, 5, 1]


def test_what_pays_never_exceeds_the_budget() -> None:
    source = Batches(partitions([0] * 64), workers=2)
    assert {len(source.take(4.0, 9.0)) for _ in range(16)} == {4}


def test_a_plan_without_end_is_not_listed() -> None:
    endless = (Partition(index, "0" * 16, Parameters(None), 1) for index, _ in enumerate(repeat(None)))
    source = Batches(endless, workers=2)
    assert [len(source.take(1e12)) for _ in range(3)] == [MOST] * 3
    assert [len(source.take(0.0)) for _ in islice(repeat(0), 200)] == [1] * 200


def test_pace_learns() -> None:
    pace = Pace(0.15)
    assert pace.budget == 0.0
    pace.learn(seconds=1.0, total=100)
    assert pace.budget == 0.15 * 100
    pace.learn(seconds=2.0, total=100)
    assert 0.15 * 50 < pace.budget < 0.15 * 100
    assert pace.least == 0.0


def test_pace_knows_what_pays() -> None:
    pace = Pace(0.5, 0.02)
    assert pace.least == 0.0
    pace.learn(seconds=1.0, total=100)
    assert pace.least == 0.02 * 100

from __future__ import annotations

import pickle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan.partition import ByteRange, Input, Parameters, Partition, WholeFile, Work
from parallel_stage.run.task import Failure, Row, Task, TaskReceipt

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
WORKS: st.SearchStrategy[Work] = st.one_of(
    VALUES.map(Parameters),
    st.builds(WholeFile, st.text(max_size=5), st.integers(0, 9)),
    st.builds(ByteRange, st.text(max_size=5), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
)
ROWS = st.lists(
    st.builds(Row, *map(st.just, (3, "1f", 0, 7, 0, "ab", 2)), st.integers(0, 99), st.floats(0, 9)), max_size=4
)


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))  # noqa: S301 -- it is our own


@given(st.lists(WORKS, max_size=4), st.integers(0, 9), st.floats(0, 9))
def test_a_task_arrives_as_it_was_sent(works: list[Work], number: int, seconds: float) -> None:
    partitions = tuple(Partition(index, f"{index:016x}", work, 1) for index, work in enumerate(works))
    task = Task(number, partitions, (Input("a.csv", 3, 5),), 2, seconds)
    found = again(task)
    assert found == task
    assert [type(each.work) for each in found.partitions] == [type(work) for work in works]
    assert all(type(each) is Partition for each in found.partitions)


def test_partitions_of_a_sweep_may_have_lists_in_common() -> None:
    shared = [1, 2]
    task = Task(0, tuple(Partition(index, "0" * 16, Parameters({"a": shared}), 1) for index in range(2)), ())
    assert again(task) == task


@given(ROWS, st.booleans())
def test_a_receipt_arrives_as_it_was_sent(rows: list[Row], fails: bool) -> None:  # noqa: FBT001 -- it is generated
    others = {0: {"failure": Failure("function", "ValueError", "no"), "part": ""}} if fails else {}
    receipt = TaskReceipt(1, "parts/0.part", ".json", "here", 7, 1 << 20, 12.5, rows, others)
    found = again(receipt)
    assert found == receipt
    assert all(type(row) is Row for row in found.rows)
    assert found.to_dict() == receipt.to_dict()

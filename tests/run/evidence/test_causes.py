from __future__ import annotations

from parallel_stage.plan.partition import Parameters, Partition
from parallel_stage.run.evidence.causes import Causes, FailedPartition
from parallel_stage.run.task import Failure, TaskReceipt


def causes_of(*failures: Failure) -> list[tuple[int, list[int], str]]:
    """The causes of partitions that fail so, in the reverse of their order: count, partitions, first message."""
    causes = Causes()
    for index, failure in reversed(list(enumerate(failures))):
        partition = Partition(index, f"{index:016x}", Parameters(index), 1)
        causes.add(FailedPartition(str(index), TaskReceipt.failed(partition, 1, failure).receipt(0), failure))
    return [(cause.count, cause.indices, cause.first.failure.message) for cause in causes]


def raised(message: str, location: str, kind: str = "ValueError") -> Failure:
    return Failure("function", kind, message, "", location)


def test_one_line_is_one_cause() -> None:
    found = causes_of(raised("a", "w.py:1"), raised("b", "w.py:2"), raised("c", "w.py:1"), raised("d", "w.py:1"))
    assert found == [(3, [0, 2, 3], "a"), (1, [1], "b")]


def test_errors_of_one_line_may_differ() -> None:
    assert len(causes_of(raised("a", "w.py:1"), raised("a", "w.py:1", "KeyError"))) == 2


def test_messages_without_a_line_are_compared_without_what_varies() -> None:
    one, other = "$.rows[1].delay is nan", "$.rows[23].delay is nan"
    found = causes_of(*(Failure("value", "UnfitValueError", text) for text in (one, other, "$ is of type object")))
    assert found == [(2, [0, 1], one), (1, [2], "$ is of type object")]


def test_memory_is_bounded_whatever_fails() -> None:
    found = causes_of(*(Failure("value", f"T{index}", "x") for index in range(1_000)))
    assert len(found) == 101
    assert sum(count for count, _, _ in found) == 1_000
    (found_one,) = causes_of(*[raised("a", "w.py:1")] * 1_000)
    assert found_one == (1_000, list(range(100)), "a")

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.errors import BackendLostError
from parallel_stage.plan.partition import Parameters, Partition
from parallel_stage.run.backends.protocol import WorkerLostError, Workers
from parallel_stage.run.batching import Batches
from parallel_stage.run.dispatch import Dispatch
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.part import Parts
from parallel_stage.run.worker.elsewhere import Parcel, _parcel, own_directory
from parallel_stage.run.worker.execute import execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.run.task import Receipt, Stage, Task, TaskReceipt
    from parallel_stage.run.worker.elsewhere import Chunk
    from run.conftest import MakeStage

CODE = "def work(item):\n    return item\n"


def dispatch(stage: Stage, submit: Callable[..., Any], failure_reason: str = "") -> list[Receipt]:
    """Run twenty partitions on workers that treat tasks as `submit` does; the receipts in the order of their end."""
    receipts: list[Receipt] = []

    def submitted(_: object, stage: Stage, task: Task) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(submit(stage, task))
        except Exception as error:  # noqa: BLE001  a future holds what its function raised
            future.set_exception(error)
        return future

    workers = Workers(2, lambda: 4, submitted, lambda *_: {}, failure_reason=lambda: failure_reason)
    partitions = [Partition(index, f"{index:016x}", Parameters(index), 1) for index in range(20)]

    def record(_: Task, receipt: TaskReceipt) -> None:
        receipts.extend(receipt.receipts())

    Dispatch(stage, {}, workers, record, lambda _: None).run(Batches(partitions, 2))
    return receipts


def started(stage: Stage, task: Task) -> None:
    """What a task leaves that has begun and not ended."""
    layout.task_log(stage.directory, task.number).write_text("last words")


def test_every_partition_has_one_receipt(make_stage: MakeStage) -> None:
    receipts = dispatch(make_stage(CODE), execute)
    assert sorted(receipt.index for receipt in receipts) == list(range(20))


def test_a_task_that_was_lost_before_it_started_costs_no_attempt(make_stage: MakeStage) -> None:
    def lose_some(stage: Stage, task: Task) -> TaskReceipt:
        if task.number in (0, 3, 5):
            raise WorkerLostError("gone")
        return execute(stage, task)

    receipts = dispatch(make_stage(CODE), lose_some)
    assert sorted(receipt.index for receipt in receipts) == list(range(20))
    assert {receipt.attempt for receipt in receipts} == {1}


def test_workers_that_never_start_a_task_are_lost(make_stage: MakeStage) -> None:
    def lose(_stage: Stage, _task: Task) -> None:
        raise WorkerLostError("gone")

    with pytest.raises(BackendLostError, match="before they start a task: gone"):
        dispatch(make_stage(CODE), lose)


def test_the_guilty_one_of_a_batch_is_found(make_stage: MakeStage) -> None:
    batches: list[int] = []

    def deadly(stage: Stage, task: Task) -> TaskReceipt:
        batches.append(len(task.partitions))
        if any(partition.index == 13 for partition in task.partitions):
            started(stage, task)
            raise WorkerLostError("the worker was killed by SIGKILL (signal 9)")
        return execute(stage, task)

    stage = make_stage(CODE)
    receipts = dispatch(stage, deadly)
    assert sorted(receipt.index for receipt in receipts) == list(range(20))
    (failed,) = [receipt for receipt in receipts if receipt.failure]
    assert failed.failure is not None
    assert (failed.index, failed.failure.kind, failed.attempt) == (13, "worker-lost", 2)
    assert "killed by SIGKILL (signal 9)" in failed.failure.message
    assert layout.partition_log(stage.directory, 13).read_text() == "last words"
    assert max(batches) > 1


def test_the_others_of_a_task_that_took_too_long_run_again(make_stage: MakeStage) -> None:
    batches: list[list[int]] = []

    def hang(stage: Stage, task: Task) -> TaskReceipt:
        batches.append([partition.index for partition in task.partitions])
        if 13 in batches[-1]:
            started(stage, task)
            log = layout.task_log(stage.directory, task.number)
            log.with_suffix(".timeout").write_text("13")
            raise WorkerLostError("the worker was killed by SIGKILL (signal 9)")
        return execute(stage, task)

    receipts = dispatch(replace(make_stage(CODE), timeout=9), hang)
    assert sorted(receipt.index for receipt in receipts) == list(range(20))
    (failed,) = [receipt for receipt in receipts if receipt.failure]
    assert failed.failure is not None
    assert (failed.index, failed.failure.kind, failed.attempt) == (13, "timeout", 1)
    assert sum(13 in batch for batch in batches) == 1
    assert all(batch == list(range(batch[0], batch[-1] + 1)) for batch in batches)


def test_a_task_that_cannot_write_its_part_fails_its_partitions(make_stage: MakeStage) -> None:
    def full(stage: Stage, task: Task) -> TaskReceipt:
        if task.number == 2:
            raise OSError(28, "No space left on device")
        return execute(stage, task)

    failed = [receipt for receipt in dispatch(make_stage(CODE), full) if receipt.failure]
    assert {receipt.failure.kind for receipt in failed if receipt.failure} == {"task"}
    assert {receipt.failure.message for receipt in failed if receipt.failure} == {"[Errno 28] No space left on device"}


def test_a_batch_that_fails_as_a_whole_is_taken_apart(make_stage: MakeStage) -> None:
    code = "def work(item):\n    if item == 13:\n        raise KeyboardInterrupt\n    return item\n"
    batches: list[int] = []

    def interrupted(stage: Stage, task: Task) -> TaskReceipt:
        batches.append(len(task.partitions))
        try:
            return execute(stage, task)
        except KeyboardInterrupt as error:
            raise RuntimeError("interrupted") from error

    receipts = dispatch(make_stage(code), interrupted)
    assert sorted(receipt.index for receipt in receipts) == list(range(20))
    assert [(receipt.index, receipt.attempt) for receipt in receipts if receipt.failure] == [(13, 1)]
    assert max(batches) > 1


def test_trouble_ends_the_run(make_stage: MakeStage) -> None:
    with pytest.raises(BackendLostError, match="scheduler is closed"):
        dispatch(make_stage(CODE), execute, failure_reason="the scheduler is closed")


def test_what_a_task_hands_back_comes_next(make_stage: MakeStage) -> None:
    batches: list[list[int]] = []

    def slow(stage: Stage, task: Task) -> TaskReceipt:
        batches.append([partition.index for partition in task.partitions])
        return execute(stage, replace(task, seconds=0 if len(batches) > 5 else task.seconds))

    receipts = dispatch(make_stage("def work(item):\n    return item\n"), slow)
    assert sorted(receipt.index for receipt in receipts) == list(range(20))
    handed_back = [batch for batch in batches[5:] if len(batch) > 1]
    assert handed_back
    for batch in handed_back:
        assert batch[1:] in batches


ANSWER = "x" * 900


def deliver(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answer: Callable[[int, Callable[[], bytes]], bytes]
) -> list[Receipt]:
    """Run twenty partitions on a worker that does not see the run directory.

    Each fetch of a chunk gets what `answer` makes of its number and of the function that fetches it.
    """
    for name in ("worker.elsewhere.CHUNK", "delivery.CHUNK", "worker.elsewhere.WITH_RECEIPT"):
        monkeypatch.setattr(f"parallel_stage.run.{name}", 700)
    receipts: list[Receipt] = []
    fetched: list[Chunk] = []

    def settled(function: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function())
        except Exception as error:  # noqa: BLE001  a future holds what its function raised
            future.set_exception(error)
        return future

    def executed(_: object, stage: Stage, task: Task) -> Future[Any]:
        def run() -> Parcel:
            with own_directory() as where:
                return _parcel(execute(replace(stage, directory=where), task), "worker", where)

        return settled(run)

    def sent(_: str, function: Callable[..., bytes], where: str, chunk: Chunk) -> Future[Any]:
        fetched.append(chunk)
        return settled(lambda: answer(len(fetched), lambda: function(where, chunk)))

    workers = Workers(1, lambda: 1, executed, lambda *_: {}, submit_to=sent)
    partitions = [Partition(index, f"{index:016x}", Parameters(index), 1) for index in range(20)]

    def record(_: Task, receipt: TaskReceipt) -> None:
        receipts.extend(receipt.receipts())

    Dispatch(stage, {}, workers, record, lambda _: None).run(Batches(partitions, 1))
    assert len(fetched) > len(partitions), "more than a chunk each"
    return receipts


LONG = f"def work(item):\n    return f'{{item}} {ANSWER}'\n"


def test_what_a_worker_elsewhere_returns_is_fetched_in_chunks(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage(LONG)
    receipts = deliver(stage, monkeypatch, lambda _, fetch: fetch())
    assert sorted(receipt.index for receipt in receipts) == list(range(20))
    parts = Parts(stage.directory)
    for receipt in receipts:
        assert b"".join(parts.blocks(receipt)) == f'"{receipt.index} {ANSWER}"'.encode()
    parts.close()


@pytest.mark.parametrize("fault", [WorkerLostError("gone"), FileNotFoundError("cleaned up"), b"damaged"])
def test_what_does_not_arrive_is_executed_again_and_costs_no_attempt(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch, fault: Exception | bytes
) -> None:
    def some(number: int, fetch: Callable[[], bytes]) -> bytes:
        if number not in (1, 4, 9):
            return fetch()
        if isinstance(fault, bytes):
            return fault + fetch()[len(fault) :]
        raise fault

    stage = make_stage(LONG)
    receipts = deliver(stage, monkeypatch, some)
    assert sorted(receipt.index for receipt in receipts) == list(range(20))
    assert {(receipt.attempt, receipt.failure) for receipt in receipts} == {(1, None)}
    assert list(layout.scratch(stage.directory).iterdir()) == []


def test_what_never_arrives_ends_the_run(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_number: int, _fetch: Callable[[], bytes]) -> bytes:
        raise WorkerLostError("killed while it sends")

    with pytest.raises(BackendLostError, match="what workers return does not arrive: killed while it sends"):
        deliver(make_stage(LONG), monkeypatch, never)


def test_a_lost_scheduler_ends_a_delivery(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_number: int, _fetch: Callable[[], bytes]) -> bytes:
        raise BackendLostError("the scheduler has gone")

    with pytest.raises(BackendLostError, match=r"^the scheduler has gone$"):
        deliver(make_stage(LONG), monkeypatch, lost)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parallel_stage.plan.partition import Parameters, Partition
from parallel_stage.run.delivery import DamagedError, Delivery
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.part import Parts
from parallel_stage.run.task import Task
from parallel_stage.run.worker import elsewhere
from parallel_stage.run.worker.elsewhere import Parcel, fetch
from parallel_stage.run.worker.execute import execute

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parallel_stage.run.task import Stage
    from run.conftest import MakeStage

    Damage = Callable[[bytes], bytes]

CODE = "def work(item):\n    print(item)\n    return str(item) * 2000\n"


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage(CODE)


@pytest.fixture
def task() -> Task:
    return Task(0, tuple(Partition(i, f"{i:016x}", Parameters(i), 1) for i in range(4)), ())


@pytest.fixture
def parcel(stage: Stage, task: Task, monkeypatch: pytest.MonkeyPatch) -> Parcel:
    """What a worker has left in a directory of its own, of which the part is fetched in chunks."""
    monkeypatch.setattr(elsewhere, "WITH_RECEIPT", 100)
    for module in ("worker.elsewhere", "delivery"):
        monkeypatch.setattr(f"parallel_stage.run.{module}.CHUNK", 3000)
    with elsewhere.own_directory() as where:
        receipt = execute(replace(stage, directory=where), task)
        return elsewhere._parcel(receipt, "tcp://127.0.0.1:1", where)


def test_a_parcel_arrives_whole_or_not_at_all(stage: Stage, task: Task, parcel: Parcel) -> None:
    assert set(parcel.contents) == {layout.log_name(index) for index in range(4)}
    delivery, chunks = Delivery(stage, task, parcel), 0
    while chunk := delivery.wanted():
        assert not list((stage.directory / "parts").iterdir())
        delivery.take(fetch(parcel.directory, chunk))
        chunks += 1
    receipt = delivery.receipt()
    assert chunks == 3
    parts = Parts(stage.directory)
    assert all(parts.has(each) for each in receipt.receipts())
    parts.close()
    assert [(stage.directory / layout.log_name(index)).read_text() for index in range(4)] == [
        "0\n",
        "1\n",
        "2\n",
        "3\n",
    ]
    assert not layout.arriving(stage.directory, 0).exists()
    with pytest.raises(FileNotFoundError):
        fetch(parcel.directory, elsewhere.Chunk(receipt.part, 0, is_last=True))


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"x" + data[1:]])
def test_what_is_damaged_on_its_way_is_no_part(stage: Stage, task: Task, parcel: Parcel, damage: Damage) -> None:
    delivery = Delivery(stage, task, parcel)
    while chunk := delivery.wanted():
        data = fetch(parcel.directory, chunk)
        delivery.take(damage(data) if chunk.is_last else data)
    with pytest.raises(DamagedError, match="has not arrived as it was written"):
        delivery.receipt()
    assert files_below(stage.directory) == []


def files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]

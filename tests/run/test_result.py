from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_stage.errors import ReducerFailedError
from parallel_stage.plan.partition import Parameters, Partition
from parallel_stage.run import result
from parallel_stage.run.task import Task
from parallel_stage.run.worker.execute import execute

if TYPE_CHECKING:
    from parallel_stage.run.task import Receipt, Stage
    from run.conftest import MakeStage

CODE = "def work(item):\n    return item\n"


def executed(
    make_stage: MakeStage, reducer: str, code: str = CODE, function: str | None = None
) -> tuple[Stage, list[Receipt]]:
    stage = make_stage(code, reducer=reducer, reducer_function=function)
    partitions = tuple(Partition(index, f"{index:016x}", Parameters([index]), 1) for index in range(3))
    return stage, execute(stage, Task(0, partitions, ())).receipts()


def test_the_old_result_stands_until_the_new_one_is_whole(make_stage: MakeStage, tmp_path: Path) -> None:
    stage, receipts = executed(make_stage, "concat-jsonl")
    target = tmp_path / "result.jsonl"
    target.write_text("old")
    Path(stage.directory, receipts[2].part).write_bytes(b"0\n1\nX\n")
    with pytest.raises(ReducerFailedError, match="no longer holds what partition 2 wrote"):
        result.merge(stage, receipts, 3, target)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_missing_receipt_is_no_result(make_stage: MakeStage, tmp_path: Path) -> None:
    stage, receipts = executed(make_stage, "concat-jsonl")
    for kept in (receipts[:2], receipts[1:], [receipts[0], receipts[2]]):
        with pytest.raises(ReducerFailedError, match=r"no receipt of partition \d of 3"):
            result.merge(stage, kept, 3, tmp_path / "result.jsonl")
    assert not (tmp_path / "result.jsonl").exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('odd parts')", "ValueError: odd parts"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("join(1, 2, 3)", "takes 2 positional arguments but 3 were given"),
        ("pass", "without writing its second argument"),
    ],
)
def test_a_reducer_function_that_fails(make_stage: MakeStage, tmp_path: Path, body: str, message: str) -> None:
    code = f"{CODE}def join(parts, output):\n    print('joining')\n    {body}\n"
    stage, receipts = executed(make_stage, "custom", code, "work:join")
    with pytest.raises(ReducerFailedError) as caught:
        result.merge(stage, receipts, 3, tmp_path / "out.txt")
    assert message in str(caught.value)
    assert Path(stage.directory, "logs/reducer.log").read_text() == "joining\n"
    assert len(list(Path(stage.directory, "ordered").iterdir())) == 4


def test_a_reducer_function_gets_ordered_parts_and_keeps_the_suffix(make_stage: MakeStage, tmp_path: Path) -> None:
    code = f"{CODE}def join(parts, output):\n    output.write_text(' '.join(p.name for p in parts) + output.suffix)\n"
    stage, receipts = executed(make_stage, "custom", code, "work.py:join")
    made = result.merge(stage, receipts, 3, tmp_path / "out.parquet")
    assert made.path.read_text() == "000000.json 000001.json 000002.json.parquet"
    assert made.bytes == made.path.stat().st_size


def test_a_directory_takes_the_place_of_an_older_one(make_stage: MakeStage, tmp_path: Path) -> None:
    stage, receipts = executed(make_stage, "custom")
    for _ in range(2):
        made = result.merge(stage, receipts, 3, tmp_path / "parts")
        (tmp_path / "parts" / "leftover").write_text("x")
    again = result.merge(stage, receipts, 3, tmp_path / "parts")
    assert again == made
    assert sorted(path.name for path in again.path.iterdir())[:2] == ["000000.json", "000001.json"]
    assert not (again.path / "leftover").exists()
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_place_that_cannot_be_written(make_stage: MakeStage, tmp_path: Path) -> None:
    stage, receipts = executed(make_stage, "concat-jsonl")
    with pytest.raises(ReducerFailedError, match="cannot be written: No such file or directory"):
        result.merge(stage, receipts, 3, tmp_path / "gone" / "result.jsonl")


def test_a_reducer_function_that_takes_no_output(make_stage: MakeStage, tmp_path: Path) -> None:
    stage, receipts = executed(make_stage, "custom", f"{CODE}def join(parts): ...\n", "work:join")
    with pytest.raises(ReducerFailedError, match=r"TypeError: join\(\) takes 1 positional argument but 2 were given"):
        result.merge(stage, receipts, 3, tmp_path / "out.txt")

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.errors import MissingExtraError, PlanRefusedError
from parallel_stage.plan.partition import Input, RowGroups, WholeFile, WholeTable
from parallel_stage.plan.splits import parquet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from plan.conftest import Planned


def write(path: Path, rows: int, group: int, **columns: Any) -> None:
    pq.write_table(pa.table({"n": list(range(rows)), **columns}), path, row_group_size=group)


def works(planned: Planned, **changes: Any) -> list[Any]:
    plan = planned(**{"input": "*.parquet", "split": "data-partitions", **changes})
    return [partition.work for partition in plan.partitions()]


@pytest.mark.parametrize("strategy", ["row-chunks", "file-chunks"])
@pytest.mark.parametrize("split", ["files", "data-partitions"])
def test_cut_by_row_groups(tmp_path: Path, planned: Planned, strategy: str, split: str) -> None:
    write(tmp_path / "a.parquet", 100, 10)
    write(tmp_path / "b.parquet", 50, 10)
    plan = planned(input="*.parquet", split=split, partition_strategy=strategy, target_partitions=6)
    found = [partition.work for partition in plan.partitions()]
    assert [(work.path, work.first, work.stop, work.rows) for work in found if isinstance(work, RowGroups)] == [
        ("a.parquet", 0, 2, 20),
        ("a.parquet", 2, 5, 30),
        ("a.parquet", 5, 7, 20),
        ("a.parquet", 7, 10, 30),
        ("b.parquet", 0, 2, 20),
        ("b.parquet", 2, 5, 30),
    ]
    assert all(partition.weight > 0 for partition in plan.partitions())
    assert [(note.proof, note.reason) for note in plan.notes] == [
        ("row-groups", "10 row groups"),
        ("row-groups", "5 row groups"),
    ]


def test_one_row_group_cannot_be_cut(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path / "a.parquet", 100, 100)
    plan = planned(input="*.parquet", split="data-partitions")
    assert [note.splittable for note in plan.notes] == [False]
    assert "1 row group" in plan.notes[0].reason
    assert (plan.count, plan.effective_workers) == (1, 1)


def test_whole(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path / "a.parquet", 10, 5)
    write(tmp_path / "b.parquet", 10, 5)
    size = (tmp_path / "a.parquet").stat().st_size
    whole = "one-file-per-partition"
    assert works(planned, split="files", partition_strategy=whole)[0] == WholeFile("a.parquet", size)
    assert works(planned, partition_strategy=whole) == [WholeTable(("a.parquet", "b.parquet"), (0, 0))]


def test_a_table_without_rows(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path / "a.parquet", 0, 1)
    assert isinstance(works(planned)[0], WholeFile)


def test_other_columns_are_refused(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path / "a.parquet", 2, 1)
    write(tmp_path / "b.parquet", 2, 1, m=["x", "y"])
    with pytest.raises(
        PlanRefusedError, match=r"a.parquet and b.parquet are not one table: column 2 is missing .*m: string"
    ):
        works(planned)


def test_columns_of_which_one_may_be_null(tmp_path: Path, planned: Planned) -> None:
    for name, nullable in (("a", True), ("b", False)):
        schema = pa.schema([pa.field("n", pa.int64(), nullable=nullable)])
        pq.write_table(pa.table({"n": [1]}, schema=schema), tmp_path / f"{name}.parquet")
    with pytest.raises(PlanRefusedError, match=r"'n: int64' in the first and 'n: int64 not null' in the second"):
        works(planned)


@pytest.mark.parametrize(
    ("damage", "fault", "hint"),
    [
        (lambda _: b"", "it is empty", "write or copy it again"),
        (lambda _: b"no magic here", "it does not start with PAR1, as", "set input_format.kind if it holds something"),
        (lambda whole: whole[: len(whole) // 2], "it is cut short, or still being written", "write or copy it again"),
        (lambda whole: whole[:-1], "it is cut short, or still being written", "write or copy it again"),
        (lambda whole: whole + b"\n", "it is cut short, or still being written", "write or copy it again"),
        (lambda _: b"PAR1", "it is cut short, or still being written", "write or copy it again"),
        (lambda whole: whole[:-8] + b"\xff\xff\xff\x7fPAR1", "its footer cannot be read", "write or copy it again"),
        (lambda whole: whole[:-99] + b"\0" * 91 + whole[-8:], "its footer cannot be read", "write or copy it again"),
        (lambda whole: b"PARE" + whole[4:-4] + b"PARE", "its footer is encrypted", "write it with a plain footer"),
    ],
)
@pytest.mark.parametrize("split", ["files", "data-partitions"])
def test_not_parquet(
    tmp_path: Path, planned: Planned, damage: Callable[[bytes], bytes], fault: str, hint: str, split: str
) -> None:
    path = tmp_path / "a.parquet"
    write(path, 100, 10)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(PlanRefusedError, match=f"a.parquet cannot be read as Parquet: .*{fault}") as caught:
        works(planned, split=split)
    assert caught.value.hint.startswith(hint)


def test_a_file_that_the_system_refuses(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        parquet.row_groups(str(tmp_path / "gone.parquet"), Input("gone.parquet", 1, 0))


def test_without_pyarrow(tmp_path: Path, planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.parquet", 2, 1)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match="needs pyarrow") as caught:
        works(planned)
    assert "parallel-stage[parquet]" in caught.value.hint


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40), st.integers(1, 40))
def test_ranges_of_row_groups_cover_all_and_none_is_empty(rows: list[int], parts: int) -> None:
    parts = min(parts, len(rows))
    shares, note = parquet.Groups(Input("a.parquet", 1, 0), tuple(rows), tuple(rows)).cut(parts)
    assert len(shares) == parts
    if parts == 1:
        assert isinstance(shares[0][0], WholeFile)
        return
    assert note.proof == "row-groups"
    ranges = [work for work, _ in shares if isinstance(work, RowGroups)]
    assert [group for work in ranges for group in range(work.first, work.stop)] == [*range(len(rows))]
    assert all(work.first < work.stop for work in ranges)

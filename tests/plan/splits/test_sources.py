from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan.partition import ByteRange, WholeFile
from parallel_stage.plan.splits.sources import apportion

if TYPE_CHECKING:
    from pathlib import Path

    from plan.conftest import Planned


def test_large_files_get_more_chunks() -> None:
    assert apportion([100, 300, 1], [99, 99, 1], 9, 9) == [2, 6, 1]
    assert apportion([0, 0], [9, 9], 2, 2) == [1, 1]
    assert apportion([], [], 0, 1) == []


def test_small_files_do_not_use_up_what_a_large_one_needs() -> None:
    """The shares are those of the target, as if there were no small files."""
    assert apportion([3 << 20, *[24] * 99], [3 << 20, *[24] * 99], 100, 64)[:2] == [64, 1]
    assert apportion([100, 100, 100], [100] * 3, 64, 64) == [22, 21, 21], "files of one size share the target"


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.integers(1, 50)), min_size=1, max_size=8),
    st.integers(1, 99),
)
def test_no_chunk_is_much_larger_than_its_share(files: list[tuple[int, int]], goal: int) -> None:
    weights, limits = [weight for weight, _ in files], [limit for _, limit in files]
    count = max(goal, len(files))
    parts = apportion(weights, limits, count, goal)
    assert sum(parts) >= min(count, sum(limits))
    assert all(1 <= part <= limit for part, limit in zip(parts, limits, strict=True))
    share = sum(weight for weight, limit in files if limit > 1) / goal
    for weight, limit, part in zip(weights, limits, parts, strict=True):
        assert part == limit or weight / part <= 1.5 * share
    if sum(parts) > count:
        assert sum(parts) <= len(files) + goal + len(files) / 2, "rounding adds half a chunk a file"


def write(root: Path, **files: str) -> None:
    for name, content in files.items():
        (root / f"{name}.csv").write_text(content, encoding="utf-8")


def test_partitions_are_of_similar_size_over_files(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a="h\n" + "1234567\n" * 3000, b="h\n" + "1234567\n" * 300, c="h\n" + "1234567\n")
    for strategy in ("file-chunks", "row-chunks"):
        plan = planned(partition_strategy=strategy, target_partitions=32)
        weights = [partition.weight for partition in plan.partitions()]
        assert plan.count == 32
        assert max(weights) < 1.2 * sum(weights) / 31


def test_row_chunks_count_their_rows(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a="h\n" + '"x\ny"\n' * 10, b="h\n" + "1\n" * 20)
    works = [partition.work for partition in planned(partition_strategy="row-chunks", target_partitions=6).partitions()]
    assert [(work.path, work.rows) for work in works if isinstance(work, ByteRange)] == [
        *[("a.csv", 5)] * 2,
        *[("b.csv", 5)] * 4,
    ]


def test_a_file_in_one_piece_is_the_file_itself(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a="h\n1\n", b="h\n" + "1\n" * 99, c="", d="h\n")
    for strategy in ("file-chunks", "row-chunks"):
        plan = planned(partition_strategy=strategy, target_partitions=5)
        works = [partition.work for partition in plan.partitions()]
        assert works[0] == WholeFile("a.csv", 4)
        assert works[-1] == WholeFile("d.csv", 2)


def test_files_that_cannot_be_cut_are_one_partition_with_the_reason(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a="h\n" + "1\n" * 99, b='h\n"\\"",1\n')
    plan = planned(target_partitions=5)
    assert [note.path for note in plan.notes] == ["a.csv", "b.csv"]
    assert [(note.splittable, note.proof) for note in plan.notes] == [(True, "newlines"), (False, "")]
    assert "byte 4 follows a backslash" in plan.notes[1].reason
    assert [partition.work for partition in plan.partitions()][-1] == WholeFile("b.csv", 9)
    assert plan.count == 5


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
@pytest.mark.parametrize(
    ("content", "offset"), [('h\n"1"\n"2,3\n' + "4\n" * 99, 6), ('h,"\n1\n2\n', 2), ('h\n1\n"2', 4)]
)
def test_an_unclosed_quote_is_named(tmp_path: Path, planned: Planned, content: str, offset: int, strategy: str) -> None:
    write(tmp_path, a=content)
    (note,) = planned(partition_strategy=strategy).notes
    assert note.splittable
    assert note.reason == f"the file ends inside quoted text: the quote at byte {offset} has no partner"


def test_a_stray_quote_is_named(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a='h\n5" pipe,1\n' + "1\n" * 99)
    (note,) = planned().notes
    assert (note.splittable, note.proof) == (True, "scan")
    assert "byte 3" in note.reason


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_a_large_file_among_small_ones_is_cut(tmp_path: Path, planned: Planned, strategy: str) -> None:
    write(tmp_path, a="h\n" + "1234567\n" * 8000, **{f"s{number:02}": f"h\n{number:02}\n" for number in range(99)})
    plan = planned(partition_strategy=strategy, target_partitions=64)
    weights = [partition.weight for partition in plan.partitions()]
    assert plan.count == 99 + 64
    assert max(weights) < 1.1 * sum(weights) / 64
    assert (
        f"large files are cut into shares of 1/64 of the data, as if small ones did not count: {plan.count}"
        in plan.reason
    )


def test_a_long_record_does_not_take_the_others_chunks(tmp_path: Path, planned: Planned) -> None:
    """The target is met where records allow it, within a file and over all files."""
    write(tmp_path, a="h\n" + "1\n" * 20 + "x" * 5000 + "\n")
    assert planned(target_partitions=8).count == 8
    write(tmp_path, a="h\n" + "x" * 5000 + "\n", b="h\n" + "1\n" * 20)
    plan = planned(target_partitions=8)
    assert [partition.work.path for partition in plan.partitions() if isinstance(partition.work, ByteRange)] == [
        "b.csv"
    ] * 7
    assert plan.count == 8
    assert "records allow" not in plan.reason

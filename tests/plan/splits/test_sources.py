from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan.partition import ByteRange, InputNote, Shares, WholeFile
from parallel_stage.plan.splits.sources import apportion

if TYPE_CHECKING:
    from pathlib import Path

    from plan.conftest import Planned


@dataclass(frozen=True)
class Sized:
    weight: int
    limit: int

    def cut(self, parts: int) -> tuple[Shares, InputNote]:
        raise AssertionError(parts)


def test_large_files_get_more_chunks() -> None:
    assert apportion([Sized(100, 99), Sized(300, 99), Sized(1, 1)], 9) == [2, 6, 1]
    assert apportion([Sized(0, 9), Sized(0, 9)], 2) == [1, 1]
    assert apportion([], 0) == []


@given(
    st.lists(st.builds(Sized, st.integers(0, 10**12), st.integers(1, 50)), min_size=1, max_size=8), st.integers(0, 99)
)
def test_no_chunk_is_much_larger_than_its_share(files: list[Sized], count: int) -> None:
    parts = apportion(files, count)
    possible = sum(file.limit for file in files)
    assert sum(parts) == max(len(files), min(count, possible))
    assert all(1 <= part <= file.limit for part, file in zip(parts, files, strict=True))
    share = sum(file.weight for file in files) / max(count, len(files))
    # A file cut further must have had chunks no smaller than any that could be cut further now.
    for part, file in zip(parts, files, strict=True):
        if 1 < part < file.limit and sum(parts) >= count:
            largest = max(f.weight / p for p, f in zip(parts, files, strict=True) if p < f.limit)
            assert file.weight / (part - 1) >= largest
            assert part == 1 or file.weight / part <= max(share * 2, largest)


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
        assert works[-2:] == [WholeFile("c.csv", 0), WholeFile("d.csv", 2)]


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

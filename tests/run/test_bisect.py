"""The search for a guilty record, and the halves that it cuts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.contract.model import Contract
from parallel_stage.errors import UsageError
from parallel_stage.plan.partition import ByteRange, Input, Parameters, RowGroups, WholeFile, WholeTable, Work
from parallel_stage.run.bisect.halves import Halves, UncuttableError
from parallel_stage.run.bisect.search import Found, search
from parallel_stage.run.failure_policy import FailurePolicy
from parallel_stage.run.task import Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAILURE = Failure("function", "ValueError", "bad", location="work.py:1")
OTHER = Failure("function", "KeyError", "'x'", location="work.py:2")
FIELDS: dict[str, Any] = {
    "schema": "agilab.parallel_stage.v1",
    "name": "stage",
    "function": "work:work",
    "split": "files",
    "input": "*",
    "workers": 1,
    "partition_strategy": "one-file-per-partition",
    "target_partitions": 0,
    "min_partitions_per_worker": 1,
    "reducer": "collect-json",
    "backend": "local",
    "output": "out",
}


def halve(work: Work) -> tuple[Work, Work] | None:
    """Halve a range in which each byte is a record."""
    assert isinstance(work, ByteRange)
    middle = (work.start + work.stop) // 2
    if middle == work.start:
        return None
    return work_of(work.start, middle), work_of(middle, work.stop)


def work_of(start: int, stop: int) -> ByteRange:
    return ByteRange("a", start, stop, 0)


def searched(count: int, fails: Callable[[range], Failure | None]) -> tuple[Found, int]:
    """Search so many records; return what was found, and the number of trials."""
    trials = 0

    def tried(work: Work) -> Failure | None:
        nonlocal trials
        trials += 1
        assert isinstance(work, ByteRange)
        return fails(range(work.start, work.stop))

    return search(work_of(0, count), FAILURE, halve, tried), trials


@given(st.integers(1, 5000), st.data())
def test_one_of_the_guilty_records_is_found_in_few_trials(count: int, data: st.DataObject) -> None:
    guilty = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=5))
    found, trials = searched(count, lambda records: FAILURE if guilty.intersection(records) else None)
    assert isinstance(found.work, ByteRange)
    assert found.work.stop - found.work.start == 1
    assert found.work.start in guilty
    assert (found.failure, found.note) == (FAILURE, "")
    assert trials <= 2 * math.ceil(math.log2(count))


@given(st.integers(2, 500), st.data())
def test_records_that_fail_only_together_are_told_apart_from_one(count: int, data: st.DataObject) -> None:
    pair = data.draw(st.sets(st.integers(0, count - 1), min_size=2, max_size=2))
    found, _ = searched(count, lambda records: FAILURE if pair <= set(records) else None)
    assert isinstance(found.work, ByteRange)
    assert pair <= set(range(found.work.start, found.work.stop))
    assert found.note == "neither half of it fails alone"


def test_a_half_that_fails_as_the_whole_goes_first() -> None:
    found, _ = searched(8, lambda records: FAILURE if 6 in records else OTHER if 1 in records else None)
    assert found == Found(work_of(6, 7), FAILURE, "")


def test_halves_that_fail_otherwise_are_followed_with_a_note() -> None:
    found, _ = searched(8, lambda records: OTHER if 5 in records else None)
    assert found == Found(work_of(5, 6), OTHER, "the whole fails otherwise: ValueError: bad")


def test_a_failure_that_no_record_is_guilty_of_ends_the_search() -> None:
    found, trials = searched(8, lambda _: Failure("input-changed", "InputChangedError", "a changed"))
    assert (found, trials) == (Found(work_of(0, 8), FAILURE, "the search ended: a changed"), 1)


def halves_of(root: Path, name: str, content: bytes, **fields: Any) -> tuple[Halves, WholeFile]:
    (root / name).write_bytes(content)
    inputs = {name: Input(name, len(content), 0)}
    return Halves(Contract.from_valid(FIELDS | fields), str(root), inputs), WholeFile(name, len(content))


def leaves(halves: Halves, work: Work) -> list[Work]:
    cut = halves.halve(work)
    return [work] if cut is None else [leaf for half in cut for leaf in leaves(halves, half)]


@pytest.mark.parametrize(
    ("name", "content", "records", "lines"),
    [
        ("a.csv", b'x,y\n1,"a\nb"\n2,c\n3,d', [b'1,"a\nb"\n', b"2,c\n", b"3,d"], [2, 4, 5]),
        ("a.csv", b"\xef\xbb\xbfx\r\n1\r\n2\r\n", [b"1\r\n", b"2\r\n"], [2, 3]),
        ("a.tsv", b"x\ty\n1\t2\n3\t4\n", [b"1\t2\n", b"3\t4\n"], [2, 3]),
        ("a.jsonl", b'{"a":1}\n\n[2]\n', [b'{"a":1}\n', b"\n", b"[2]\n"], [1, 2, 3]),
        ("a.txt", b"one\ntwo\n", [b"one\n", b"two\n"], [1, 2]),
    ],
)
def test_a_file_is_halved_down_to_its_records(
    tmp_path: Path, name: str, content: bytes, records: list[bytes], lines: list[int]
) -> None:
    halves, file = halves_of(tmp_path, name, content)
    found = leaves(halves, halves.whole(file))
    assert [content[work.start : work.stop] for work in found if isinstance(work, ByteRange)] == records
    places = [halves.place(work) for work in found]
    assert [place.partition(" (")[0] for place in places] == [f"{name}, line {line}" for line in lines]


def test_halves_of_counted_records_are_counted(tmp_path: Path) -> None:
    content = b"x\n" + b"".join(b"%d\n" % number for number in range(9))
    halves, file = halves_of(
        tmp_path, "a.csv", content, split="data-partitions", partition_strategy="row-chunks", target_partitions=2
    )
    whole = halves.whole(file)
    assert whole.rows == 9
    cut = halves.halve(whole)
    assert cut
    assert [content[half.start : half.stop].count(b"\n") for half in cut if isinstance(half, ByteRange)] == [
        half.rows for half in cut if isinstance(half, ByteRange)
    ]
    assert all(isinstance(leaf, ByteRange) and leaf.rows == 1 for leaf in leaves(halves, whole))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"x,y\n", "a.csv has no records"),
        ("a.csv", b"", "a.csv cannot be halved: it is empty"),
        ("a.bin", b"\0\1", "a.bin cannot be halved: "),
        ("a.parquet", b"no", "a.parquet cannot be halved: .* cannot be read as Parquet"),
    ],
)
def test_what_is_not_cut_is_not_halved(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    halves, file = halves_of(tmp_path, name, content)
    with pytest.raises(UncuttableError, match=f"^{reason}"):
        halves.whole(file)


@pytest.mark.parametrize(
    ("work", "reason"),
    [(Parameters(3), "a parameter set"), (WholeTable(("a.csv",), (0,)), "a whole table")],
)
def test_work_without_a_file_of_its_own_is_not_halved(tmp_path: Path, work: Work, reason: str) -> None:
    halves, _ = halves_of(tmp_path, "a.csv", b"x\n1\n")
    with pytest.raises(UncuttableError, match=reason):
        halves.whole(work)


def test_row_groups_are_halved_and_a_whole_parquet_file_is_not(tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"x": list(range(25))}), tmp_path / "table.parquet", row_group_size=10)
    content = (tmp_path / "table.parquet").read_bytes()
    halves, file = halves_of(tmp_path, "table.parquet", content)
    groups = [RowGroups(file.path, n, n + 1, rows) for n, rows in enumerate((10, 10, 5))]
    assert leaves(halves, halves.whole(RowGroups(file.path, 0, 3, 25))) == groups
    assert halves.place(groups[2]) == "table.parquet, row groups 2 to 3"
    with pytest.raises(UncuttableError, match="a whole Parquet file cannot be halved"):
        halves.whole(file)


def test_a_run_that_stops_at_once_has_no_time_to_halve() -> None:
    with pytest.raises(UsageError, match="fail-fast ends the run before bisect"):
        FailurePolicy(fail_fast=True, bisect=True)

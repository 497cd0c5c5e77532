from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_stage.errors import InputChangedError, NoInputError, PlanRefusedError
from parallel_stage.plan import policy
from parallel_stage.plan.chunk import Chunk
from parallel_stage.plan.partition import ByteRange, WholeFile
from support import REUSED_FIXTURES

if TYPE_CHECKING:
    from pathlib import Path

    from plan.conftest import Planned


@pytest.fixture
def three(tmp_path: Path) -> Path:
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("h\n" + "12345\n" * 100, encoding="utf-8")
    return tmp_path


DOCUMENTED = {"workers": "auto", "target_partitions": 64, "min_partitions_per_worker": 2}


def test_three_splittable_files_on_eight_cores(three: Path, planned: Planned) -> None:
    plan = planned(cores=8, **DOCUMENTED)
    assert (plan.count, plan.workers, plan.effective_workers) == (64, 8, 8)
    assert plan.root == str(three)


@pytest.mark.parametrize("changes", [{"input_format": {"splittable": False}}, {"input_format": {"kind": "binary"}}])
def test_three_unsplittable_files_on_eight_cores(three: Path, planned: Planned, changes: dict[str, Any]) -> None:
    plan = planned(cores=8, **DOCUMENTED, **changes)
    assert (plan.count, plan.workers, plan.effective_workers) == (3, 8, 3)
    assert "cannot be cut" in plan.reason
    assert len(plan.notes) == len(list(three.glob("*.csv")))


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_empty_files_are_reported_from_those_that_cannot_be_cut(
    tmp_path: Path, planned: Planned, strategy: str
) -> None:
    (tmp_path / "a.csv").touch()
    plan = planned(partition_strategy=strategy)
    assert plan.reason.startswith("1 empty file, one partition each; ")
    assert [(note.splittable, note.reason) for note in plan.notes] == [(False, "it is empty")]
    for name in "bc":
        (tmp_path / f"{name}.csv.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "d.txt").touch()
    mixed = planned(partition_strategy=strategy, input="*")
    assert mixed.reason.startswith("2 files that cannot be cut and 1 empty file, one partition each; ")


@pytest.mark.parametrize("split", ["files", "data-partitions"])
@pytest.mark.parametrize("strategy", ["one-file-per-partition", "file-chunks", "row-chunks"])
def test_an_empty_table_is_no_partition(tmp_path: Path, planned: Planned, split: str, strategy: str) -> None:
    for name, text in {"a.csv": "h\n1\n", "b.csv": "", "c.jsonl": "", "d.csv": "h\n2\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    plan = planned(split=split, partition_strategy=strategy, target_partitions=2, input="*.[cj]s*")
    paths = {path for work, _ in plan.shares for path in getattr(work, "paths", None) or [getattr(work, "path", "")]}
    assert paths == {"a.csv", "d.csv"}
    reasons = {note.path: note.reason for note in plan.notes}
    assert reasons["b.csv"] == reasons["c.jsonl"] == "it is empty: no record, no partition"
    assert [item.path for item in plan.inputs] == ["a.csv", "b.csv", "c.jsonl", "d.csv"]


@pytest.mark.usefixtures("three")
def test_the_plan_says_why_a_preview_differs(planned: Planned) -> None:
    plan = planned(cores=8, **{**DOCUMENTED, "target_partitions": 3})
    assert "(AGILAB's preview counts the 8 cores of this machine, too, and gives 16)" in plan.reason
    agreeing = [planned(cores=8, **DOCUMENTED), planned(cores=8, **{**DOCUMENTED, "target_partitions": 0}), planned()]
    assert not any("preview" in each.reason for each in agreeing)


@pytest.mark.usefixtures("three")
def test_the_machine_does_not_change_a_plan_with_a_target(planned: Planned) -> None:
    plans = [planned(cores=cores, **{**DOCUMENTED, "target_partitions": 10}) for cores in (1, 8, 128)]
    assert len({tuple(plan.partitions()) for plan in plans}) == 1
    assert [plan.count for plan in plans] == [10, 10, 10]
    assert [plan.effective_workers for plan in plans] == [1, 8, 10]


@pytest.mark.usefixtures("three")
def test_auto_without_a_target_says_that_the_machine_decides(planned: Planned) -> None:
    plan = planned(cores=8, **{**DOCUMENTED, "target_partitions": 0})
    assert plan.count == 16
    assert "8 workers (the cores of this machine) x 2 partitions a worker" in plan.reason


@pytest.mark.usefixtures("three")
def test_fixed_workers_count_as_the_rule_says(planned: Planned) -> None:
    plan = planned(cores=1, workers=20, target_partitions=10, min_partitions_per_worker=2)
    assert (plan.count, plan.workers) == (40, 20)


@pytest.mark.usefixtures("three")
def test_one_file_per_partition(planned: Planned) -> None:
    plan = planned(partition_strategy="one-file-per-partition")
    assert [partition.work for partition in plan.partitions()] == [WholeFile(f"{name}.csv", 602) for name in "abc"]
    assert (plan.count, plan.effective_workers, plan.notes) == (3, 3, ())
    assert plan.reason == "3 files, one partition each; 3 of 4 workers can be busy at once"


def test_fewer_records_than_partitions(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "a.csv").write_text("h\n1\n2\n", encoding="utf-8")
    plan = planned(cores=8, **DOCUMENTED)
    assert (plan.count, plan.effective_workers) == (2, 2)
    assert plan.reason.startswith("aims at 64 partitions")
    assert "records allow 2" in plan.reason


@pytest.mark.usefixtures("three")
def test_partitions_may_be_requested_again(planned: Planned) -> None:
    plan = planned()
    first = list(plan.partitions())
    assert first == list(plan.partitions())
    assert [partition.index for partition in first] == list(range(plan.count))
    assert sum(partition.weight for partition in first) == 3 * 600


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("split", "strategy"),
    [
        ("files", "parameter-items"),
        ("data-partitions", "parameter-items"),
        ("parameter-sweep", "file-chunks"),
        ("parameter-sweep", "row-chunks"),
    ],
)
def test_impossible_combinations(planned: Planned, split: str, strategy: str) -> None:
    with pytest.raises(PlanRefusedError, match=f"{strategy}.*does not fit split.*{split}") as caught:
        planned(split=split, partition_strategy=strategy)
    assert "write one of" in caught.value.hint


@pytest.mark.usefixtures("three")
def test_more_chunks_than_are_planned(planned: Planned) -> None:
    with pytest.raises(PlanRefusedError, match="2000000000 partitions are requested, but at most 1000000"):
        planned(target_partitions=2_000_000_000)


def test_nothing_to_plan(planned: Planned) -> None:
    with pytest.raises(NoInputError):
        planned()


def test_a_file_that_goes_away_is_named(three: Path, planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    from parallel_stage.plan.splits import sources

    def vanish(*_: object) -> str:
        (three / "b.csv").unlink(missing_ok=True)
        return ""

    monkeypatch.setattr(sources, "unsplittable", vanish)
    with pytest.raises(PlanRefusedError, match=r"b.csv cannot be read: No such file"):
        planned()


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_a_file_that_grows_meanwhile_is_named(
    three: Path, planned: Planned, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    from parallel_stage.plan.splits import sources

    def grow(*_: object) -> str:
        with (three / "a.csv").open("a", encoding="utf-8") as file:
            file.write("1\n")
        return ""

    monkeypatch.setattr(sources, "unsplittable", grow)
    with pytest.raises(InputChangedError, match=r"a.csv changed while it was read"):
        planned(partition_strategy=strategy)


@pytest.mark.usefixtures("three")
def test_cores_are_those_of_the_machine(planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    from parallel_stage.plan.planner import make_plan

    plan = planned(workers="auto")
    monkeypatch.setattr(policy, "available_cores", lambda: 7)
    assert make_plan(plan.contract, plan.root).workers == 7


@settings(max_examples=50, suppress_health_check=REUSED_FIXTURES)
@given(st.lists(st.text('ab,"\n\r\\', max_size=60), min_size=1, max_size=3), st.integers(1, 9), st.booleans())
def test_the_records_of_all_partitions_are_those_of_all_files(
    tmp_path: Path,
    planned: Planned,
    texts: list[str],
    target: int,
    by_rows: bool,  # noqa: FBT001
) -> None:
    for old in tmp_path.glob("*.csv"):
        old.unlink()
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.csv").write_bytes(text.encode())
    strategy = "row-chunks" if by_rows else "file-chunks"
    said = {"header": False}
    plan = planned(partition_strategy=strategy, target_partitions=target, input_format=said)
    works = [partition.work for partition in plan.partitions()]
    found: list[list[str]] = []
    for work in works:
        assert isinstance(work, (ByteRange, WholeFile))
        found += Chunk.of(work, tmp_path, plan.contract.input_format).records()
    assert found == [row for text in texts for row in csv.reader(io.StringIO(text, newline=""))]
    assert plan.count == len(works)


HEADED = "# made up\nh,i\n" + "1,2\n" * 20


def test_a_head_that_every_chunk_repeats_is_a_warning(tmp_path: Path, planned: Planned) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(HEADED, encoding="utf-8")
    (warning,) = planned(target_partitions=4).warnings
    assert warning.startswith("a.csv does not start with one header (as with 1 more file): line 1 is a comment;")
    assert "head_lines = 2" in warning
    assert planned(target_partitions=4, input_format={"head_lines": 2}).warnings == ()
    assert planned(partition_strategy="one-file-per-partition").warnings == (), "whole files repeat nothing"
    joined = planned(split="data-partitions", partition_strategy="one-file-per-partition")
    assert len(joined.warnings) == 1, "joined files leave out the heads but the first"


def test_json_over_several_lines_is_a_warning(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "a.jsonl").write_text('[\n{"a": 1}\n]\n', encoding="utf-8")
    (warning,) = planned(input="*.jsonl").warnings
    assert "a.jsonl cannot be cut into records: line 1 is not a JSON value" in warning


def test_one_large_file_is_a_warning(tmp_path: Path, planned: Planned) -> None:
    for name in "abcdef":
        (tmp_path / f"{name}.csv").write_text("h\n1\n", encoding="utf-8")
    (tmp_path / "large.csv").write_text("h\n" + "1\n" * 100, encoding="utf-8")
    (warning,) = planned(partition_strategy="one-file-per-partition").warnings
    assert warning.startswith("large.csv has 89% of the data, 6.3 times as much as the mean file, and is one partition")
    whole = planned(partition_strategy="one-file-per-partition", input_format={"splittable": False})
    assert whole.warnings == ()
    assert planned(target_partitions=8).warnings == ()


def test_an_entry_of_exclude_that_matches_nothing_is_a_warning(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "grid.json").write_text('{"grid": {"a": [1, 2]}, "exclude": [{"b": 1}]}', encoding="utf-8")
    plan = planned(split="parameter-sweep", partition_strategy="parameter-items", input="grid.json")
    (warning,) = plan.warnings
    assert warning.startswith('grid.json: entry 1 of exclude ({"b": 1}) matches no parameter set: none has the key')


def test_more_threads_than_cores_are_a_warning(tmp_path: Path, planned: Planned) -> None:
    for number in range(4):
        (tmp_path / f"{number}.csv").write_text("a\n1\n")
    (warning,) = planned(backend="pool", threads_per_worker=3).warnings
    assert warning.startswith("4 workers x 3 threads_per_worker are 12 threads for 4 cores, so that they wait")
    assert planned(cores=12, backend="pool", workers=4, threads_per_worker=3).warnings == ()
    assert planned(backend="dask", threads_per_worker=3).warnings == (), "its workers may be elsewhere"
    assert planned(backend="local", threads_per_worker=8).warnings == ()
    assert planned(backend="pool", workers=8).warnings == (), "nobody has chosen the threads"

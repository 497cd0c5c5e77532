from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.model import InputFormat
from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.partition import ByteRange, Input, WholeFile, WholeTable
from parallel_stage.plan.splits.table import column_names

if TYPE_CHECKING:
    from pathlib import Path

    from plan.conftest import Planned


def works(planned: Planned, **changes: Any) -> list[Any]:
    plan = planned(split="data-partitions", **changes)
    found = [partition.work for partition in plan.partitions()]
    assert len(found) == plan.count
    return found


def write(root: Path, **files: bytes) -> None:
    for name, content in files.items():
        (root / f"{name}.csv").write_bytes(content)


def test_one_file_whole(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a=b"h\n1\n")
    assert works(planned, partition_strategy="one-file-per-partition") == [WholeFile("a.csv", 4)]


def test_several_files_are_one_table(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, b=b'\xef\xbb\xbf"h",i\r\n1,2\r\n', a=b"h,i\n1,2\n", empty=b"")
    plan = planned(split="data-partitions", partition_strategy="one-file-per-partition")
    (partition,) = plan.partitions()
    assert partition.work == WholeTable(("a.csv", "b.csv"), (4, 10))
    assert partition.weight == 8 + 15
    assert (plan.effective_workers, [note.path for note in plan.notes]) == (1, ["empty.csv"])


def test_a_table_of_nothing(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a=b"", b=b"")
    for strategy in ("one-file-per-partition", "row-chunks", "file-chunks"):
        assert works(planned, partition_strategy=strategy) == [WholeFile("a.csv", 0)]


def test_chunks_never_cross_files(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a=b"h\n" + b"1\n" * 40, b=b"h\r\n" + b"1\r\n" * 40)
    found = works(planned, partition_strategy="row-chunks")
    assert [work.rows for work in found] == [10] * 8
    assert {work.header for work in found if isinstance(work, ByteRange)} == {2, 3}


def test_files_without_a_header_need_no_columns(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a=b"1\n2\n", b=b"x,y\n")
    (table,) = works(planned, partition_strategy="one-file-per-partition", input_format={"header": False})
    assert table.headers == (0, 0)


@pytest.mark.parametrize("strategy", ["one-file-per-partition", "row-chunks", "file-chunks"])
def test_files_of_other_columns_are_refused(tmp_path: Path, planned: Planned, strategy: str) -> None:
    write(tmp_path, a=b"h,i\n1,2\n", b=b"h,i\n", c=b"h,j\n1,2\n")
    with pytest.raises(PlanRefusedError, match=r"a.csv and c.csv are not one table: column 2 is 'i' in the first"):
        works(planned, partition_strategy=strategy)


@pytest.mark.parametrize("strategy", ["one-file-per-partition", "row-chunks", "file-chunks"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_is_neither_joined_nor_cut(tmp_path: Path, planned: Planned, strategy: str, encoding: str) -> None:
    text = "h,i\n1,2\n".encode(encoding)
    write(tmp_path, a=text, b=text)
    with pytest.raises(PlanRefusedError, match=r"a.csv cannot be joined with other files: .*; save it as UTF-8"):
        works(planned, partition_strategy=strategy)


def test_files_of_other_kinds_are_refused(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a=b"h\n1\n")
    (tmp_path / "b.tsv").write_bytes(b"h\n1\n")
    with pytest.raises(PlanRefusedError, match=r"a.csv and b.tsv are not read the same way"):
        works(planned, input="*.*sv")


@pytest.mark.parametrize("name", ["a.txt", "a.bin", "a.csv.gz", "a"])
def test_what_is_no_table(tmp_path: Path, planned: Planned, name: str) -> None:
    (tmp_path / name).write_bytes(b"h\n1\n")
    with pytest.raises(PlanRefusedError, match=f"{name} is of the kind .*, which is no table") as caught:
        works(planned, input=name)
    assert ".ndjson, .parquet, .tsv" in caught.value.hint
    assert works(planned, input=name, input_format={"kind": "csv"})


def test_encodings_that_no_header_can_be_found_in(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path, a="h\n1\n".encode("utf-16"))
    with pytest.raises(PlanRefusedError, match=r"a.csv cannot be read as a table.*'utf-16'"):
        works(planned, input_format={"encoding": "utf-16"})


def test_jsonl(tmp_path: Path, planned: Planned) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_bytes(b"1\n" * 40)
    assert {work.rows for work in works(planned, input="*.jsonl", partition_strategy="row-chunks")} == {10}
    (table,) = works(planned, input="*.jsonl", partition_strategy="one-file-per-partition")
    assert table == WholeTable(("a.jsonl", "b.jsonl"), (0, 0))


def names(path: Path, content: bytes, **said: Any) -> list[str]:
    path.write_bytes(content)
    declared = InputFormat(**said)
    return column_names(str(path.parent), Input(path.name, len(content), 0), dialect_of(path.name, declared))


@pytest.mark.parametrize(
    ("name", "content", "said", "expected"),
    [
        ("a.csv", b'\xef\xbb\xbfh,"i\n""j"""\n1,2\n', {}, ["h", 'i\n"j"']),
        ("a.csv", b"h;i\r1;2\r", {"delimiter": ";"}, ["h", "i"]),
        ("a.csv", b"\xe9,i\n", {"encoding": "latin-1"}, ["é", "i"]),
        ("a.csv", b"1,2\n", {"header": False}, []),
        ("a.csv", b"", {}, []),
        ("a.csv", b"made, today, by us\nh,i\nkg,m\n1,2\n", {"head_lines": 3}, ["h", "i"]),
        ("a.csv", b"made\n1,2\n", {"head_lines": 1}, []),
        ("a.csv", b"h,i\n1,2\n", {"head_lines": 0}, []),
        ("a.tsv", b"h\ti\n", {}, ["h", "i"]),
        ("a.jsonl", b'\xef\xbb\xbf\n \n{"h": 1, "i": {"j": 2}}\n{"k": 1}\n', {}, ["h", "i"]),
        ("a.jsonl", b'{"\xe9": 1}', {"encoding": "latin-1"}, ["é"]),
        ("a.jsonl", b"\n", {}, []),
    ],
)
def test_the_names_of_columns(tmp_path: Path, name: str, content: bytes, said: dict[str, Any], expected: Any) -> None:
    assert names(tmp_path / name, content, **said) == expected


def test_parquet_names_its_columns(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"h": [1], "i": ["x"]}), tmp_path / "a.parquet")
    assert column_names(str(tmp_path), Input("a.parquet", 1, 0), dialect_of("a.parquet", None)) == ["h", "i"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b'"' + b"x" * 140_000 + b'"\n', "the header of a.csv cannot be read as csv: field larger"),
        ("a.jsonl", b"[1]\n", "the first record of a.jsonl is not a JSON object"),
        ("a.jsonl", b"{\n", "the first record of a.jsonl is not a JSON value"),
        ("a.jsonl", b"[" * 200_000, "the first record of a.jsonl is not a JSON value"),
    ],
)
def test_names_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(PlanRefusedError, match=words) as caught:
        names(tmp_path / name, content)
    assert caught.value.hint

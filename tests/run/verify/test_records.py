"""The records of a file, and a copy that has some of them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parallel_stage.contract.model import InputFormat
from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.run.verify.records import ParquetTable, TextTable

if TYPE_CHECKING:
    from pathlib import Path

QUOTED = 'id;t\r\n1;"a\r\n""b"""\r\n\r\n2;é\r3;last'


def table(directory: Path, name: str, text: str, **said: Any) -> TextTable:
    (directory / name).write_bytes(text.encode())
    dialect = dialect_of(name, InputFormat(**said) if said else None)
    header = text.encode().index(b"\n") + 1 if dialect.header else 0
    return TextTable(str(directory / name), dialect, header)


def test_csv_has_records_as_pythons_reader_has_them(tmp_path: Path) -> None:
    found = table(tmp_path, "t.csv", QUOTED, delimiter=";")
    rows = [[*record.values.values()] for record in found.records(found.first)]
    expected = [*csv.reader(QUOTED.split("\r\n", 1)[1].splitlines(keepends=True), delimiter=";")]
    assert [[cell.encode("latin-1").decode() for cell in row] for row in rows] == expected
    spans = [record[:2] for record in found.records(found.first)]
    assert [start for start, _ in spans[1:]] == [stop for _, stop in spans[:-1]]
    assert spans[-1][1] == len(QUOTED.encode())


def test_a_copy_has_the_header_and_the_records_of_its_ranges(tmp_path: Path) -> None:
    found = table(tmp_path, "t.csv", QUOTED, delimiter=";")
    spans = [record[:2] for record in found.records(found.first)]
    copy = found.copy([spans[0], spans[3]], tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_bytes() == b'id;t\r\n1;"a\r\n""b"""\r\n3;last'
    assert [record.values[0] for record in copy.records(copy.first)] == ["1", "3"]
    assert found.place_of(spans[3][0]) == "line 6"


def test_json_lines_have_keys_and_odd_ones_have_none(tmp_path: Path) -> None:
    found = table(tmp_path, "t.jsonl", '{"a": 1}\n[2]\nno\n\n')
    assert [dict(record.values) for record in found.records(0)] == [{"a": 1}, {0: [2]}, {}, {}]


def test_rows_of_parquet_are_copied_each_as_a_group(tmp_path: Path) -> None:
    source = pa.table({"a": range(10)}, metadata={"x": "y"})
    pq.write_table(source, tmp_path / "t.parquet", row_group_size=4)
    found = ParquetTable(str(tmp_path / "t.parquet"))
    assert [record.values["a"] for record in found.records(4)] == [4, 5, 6, 7, 8, 9]
    copy = found.copy([(1, 2), (5, 6), (9, 10)], tmp_path / "copy.parquet")
    assert [record.values["a"] for record in copy.records(0)] == [1, 5, 9]
    written = pq.ParquetFile(tmp_path / "copy.parquet")
    assert written.num_row_groups == 3
    assert written.schema_arrow.equals(source.schema, check_metadata=True)


def test_what_csv_refuses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise csv.Error("line contains NUL")

    monkeypatch.setattr(csv, "reader", refuse)
    with pytest.raises(PlanRefusedError, match=r"t.csv cannot be read as csv: line contains NUL"):
        next(table(tmp_path, "t.csv", QUOTED).records(0))

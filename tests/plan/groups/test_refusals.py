"""What cannot be cut by a column, and what is said then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.groups import scan
from parallel_stage.plan.partition import Group

if TYPE_CHECKING:
    from pathlib import Path

    from plan.conftest import Planned

GROUP = {"column": "k", "kind": "group"}
DATE = {"column": "k", "kind": "date", "unit": "month"}
KEY = {"column": "k", "kind": "key"}


def said(planned: Planned, **fields: Any) -> str:
    wanted = {"split": "data-partitions", "partition_strategy": "row-chunks", "input": "t.*", **fields}
    with pytest.raises(PlanRefusedError) as caught:
        planned(**wanted)
    return f"{caught.value.message}; {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "by", "message"),
    [
        ("a,b\n1,2\n", GROUP, "t.csv has no column 'k', which partition_by names; it has 'a', 'b'"),
        ("k,k\n1,2\n", GROUP, "t.csv has 2 columns 'k'; give each column of the table its own name"),
        ("k,b\n", GROUP, "t.csv has no records, so that 'k' has no value; check the input, or leave partition_by out"),
        ("b,k\n1,2\n\n3,4\n", GROUP, "t.csv, record 2 at byte 8: a blank line stands between records"),
        (
            "b,k\n1,2\n3\n",
            GROUP,
            "t.csv, record 2 at byte 8: it has 1 cells, and 'k' is column 2; correct or remove it",
        ),
        (
            "k\n2013-01-01\n2013-02-30\n",
            DATE,
            "t.csv, record 2 at byte 13: k is '2013-02-30', which is not a date of ISO",
        ),
        ("k\n\\\na,\\\n", GROUP, ""),
        ('k,v\na\\",1\n', GROUP, "t.csv cannot be cut by 'k': the quote at byte 6 follows a backslash"),
    ],
)
def test_text(tmp_path: Path, planned: Planned, text: str, by: dict[str, Any], message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    assert message in said(planned, partition_by=by, input="t.csv")


def test_bytes_of_another_encoding(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "t.csv").write_bytes("k\nZürich\n".encode("latin-1"))
    assert "record 1 at byte 2: k is b'Z\\xfcrich', which is not utf-8; set" in said(planned, partition_by=GROUP)


def test_text_that_ends_inside_quotes_before_another_file(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "t.1.csv").write_text('k\na\n"b')
    (tmp_path / "t.2.csv").write_text("k\na\n")
    assert "t.1.csv ends inside quoted text, and another file of the table follows" in said(planned, partition_by=GROUP)


@pytest.mark.parametrize(
    ("text", "by", "message"),
    [
        ('{"k": 1}\n{"k": "1"}\n', GROUP, 'record 2 at byte 9: k is "1", which is text, and 1 above it is a number'),
        ('{"k": 1}\n[2]\n', GROUP, "record 2 at byte 9: it is not a JSON object: '[2]'; write one JSON object a line"),
        ('{"k": 1}\n{"k":\n', GROUP, "record 2 at byte 9: "),
        ('{"k": NaN}\n', GROUP, "record 1 at byte 0: Out of range float values are not JSON compliant"),
        ('{"k": 20130101.0}\n', DATE, "record 1 at byte 0: k is 20130101.0, which is not a date"),
        ('{"v": 1}\n', GROUP, "t.jsonl has no column 'k', which partition_by names"),
    ],
)
def test_json_lines(tmp_path: Path, planned: Planned, text: str, by: dict[str, Any], message: str) -> None:
    (tmp_path / "t.jsonl").write_text(text)
    assert message in said(planned, partition_by=by)


def test_parquet(tmp_path: Path, planned: Planned) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"k": [[1], [2]]}), tmp_path / "t.parquet")
    assert "cannot be cut by 'k', which is of the type list" in said(planned, partition_by=GROUP)
    assert "t.parquet has no column 'v'" in said(planned, partition_by={**GROUP, "column": "v"})


def test_what_does_not_fit_together(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "t.csv").write_text("k\n1\n")
    assert "target_partitions 0, so that there is no number of buckets; write how many, such as target" in said(
        planned, partition_by=KEY, target_partitions=0
    )
    assert "partition_strategy 'one-file-per-partition', by which the table is one partition; write" in said(
        planned, partition_by=GROUP, partition_strategy="one-file-per-partition"
    )
    assert "partition_by stands beside split 'files'" in said(planned, partition_by=GROUP, split="files")


def test_too_many_groups(tmp_path: Path, planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_GROUPS", 3)
    (tmp_path / "t.csv").write_text("k\n1\n2\n3\n4\n")
    assert "'k' has more than 3 different values; write kind = \"key\"" in said(planned, partition_by=GROUP)


def test_typed_values(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "t.jsonl").write_text('{"k": 1}\n{"k": 1.0}\n{}\n{"k": null}\n{"k": 10000000000000000000000}\n')
    plan = planned(split="data-partitions", partition_strategy="row-chunks", input="t.jsonl", partition_by=GROUP)
    keys = [(work.key, work.rows) for work, _ in plan.shares if isinstance(work, Group)]
    assert keys == [("1", 1), ("1.0", 1), ("null", 2), ("10000000000000000000000", 1)]


def test_most_records_in_one_partition_are_warned_about(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "t.csv").write_text("k\na\na\nb\na\n")
    plan = planned(split="data-partitions", partition_strategy="row-chunks", partition_by=GROUP)
    assert plan.warnings == ("75% of the records have k = a and are one partition, so that other workers wait for it",)

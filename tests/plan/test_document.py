from __future__ import annotations

import hashlib
import io
import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft7Validator

from parallel_stage.contract.schema import schema
from parallel_stage.plan.document import MOST_LISTED, SCHEMA, Figures, figures, write_plan

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.plan.plan import Plan
    from plan.conftest import Planned, Swept


def document(plan: Plan) -> dict[str, Any]:
    stream = io.StringIO()
    write_plan(plan, stream)
    found: dict[str, Any] = json.loads(stream.getvalue())
    Draft7Validator(schema(SCHEMA)).validate(found)
    assert found["summary"]["partitions"] == plan.count
    assert "grid" in found or len(found["partitions"]) == plan.count
    return found


def write(root: Path) -> None:
    (root / "a.csv").write_text("h\n" + '"1\n"\n' * 50, encoding="utf-8")
    (root / "b.csv").write_text("h\n" + "1\n" * 50, encoding="utf-8")
    pq.write_table(pa.table({"n": list(range(100))}), root / "a.parquet", row_group_size=10)


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(schema(SCHEMA))


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, {"byte-range"}),
        ({"partition_strategy": "row-chunks"}, {"byte-range"}),
        ({"partition_strategy": "one-file-per-partition"}, {"file"}),
        ({"partition_strategy": "one-file-per-partition", "split": "data-partitions"}, {"table"}),
        ({"input": "a.parquet", "split": "data-partitions"}, {"row-groups"}),
        ({"input_format": {"splittable": False}}, {"file"}),
    ],
)
def test_every_kind_of_work(tmp_path: Path, planned: Planned, changes: dict[str, Any], kinds: set[str]) -> None:
    write(tmp_path)
    found = document(planned(**changes))
    assert {partition["work"]["kind"] for partition in found["partitions"]} == kinds
    assert found["summary"]["weights"]["total"] == sum(partition["weight"] for partition in found["partitions"])


def test_parameters(swept: Swept) -> None:
    found = document(swept({"a": [1, None], "b": ["\ud800 é"]}))
    assert [partition["work"]["values"] for partition in found["partitions"]] == [
        {"a": 1, "b": "\ud800 é"},
        {"a": None, "b": "\ud800 é"},
    ]
    assert found["summary"]["weights"] == {"unit": "items", "total": 2, "largest": 1, "smallest": 1, "skew": 1.0}


def test_keys_are_sorted_and_partitions_one_a_line(tmp_path: Path, planned: Planned) -> None:
    write(tmp_path)
    stream = io.StringIO()
    plan = planned()
    write_plan(plan, stream)
    text = stream.getvalue()
    found = json.loads(text)
    assert list(found) == sorted(found)
    lines = [line for line in text.splitlines() if line.startswith('    {"id"')]
    assert [json.loads(line.rstrip(",")) for line in lines] == found["partitions"]
    assert text.endswith("\n}\n")


def test_names_that_are_not_text(tmp_path: Path, planned: Planned) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    (tmp_path / name).write_text("h\n1\n", encoding="utf-8")
    assert document(planned())["inputs"] == [{"path": name, "size": 4}]


def test_figures(tmp_path: Path, planned: Planned) -> None:
    for name, size in (("a", 10), ("b", 30), ("c", 20)):
        (tmp_path / f"{name}.csv").write_bytes(b"x" * size)
    plan = planned(partition_strategy="one-file-per-partition")
    assert figures(plan) == Figures("bytes", 60, 30, 10, 1.5)


def test_figures_of_nothing(tmp_path: Path, planned: Planned) -> None:
    (tmp_path / "a.csv").touch()
    assert figures(planned()) == Figures("bytes", 0, 0, 0, 1.0)


def test_a_large_sweep_is_not_listed(tmp_path: Path, swept: Swept) -> None:
    axes = {"a": list(range(MOST_LISTED // 10)), "b": list(range(10))}
    found = document(swept(axes))
    assert (len(found["partitions"]), "grid" in found) == (MOST_LISTED, False)
    plan = swept({**axes, "b": list(range(11))})
    found = document(plan)
    digest = hashlib.blake2b((tmp_path / plan.inputs[0].path).read_bytes(), digest_size=16).hexdigest()
    assert found["partitions"] == []
    assert found["grid"] == {"path": plan.inputs[0].path, "blake2b": digest, "items": plan.count}
    assert found["summary"]["partitions"] == plan.count > MOST_LISTED


def test_writing_holds_one_partition_at_a_time(swept: Swept) -> None:
    class Counted(io.StringIO):
        longest = 0

        def write(self, text: str) -> int:
            Counted.longest = max(Counted.longest, len(text))
            return len(text)

    write_plan(swept({"a": list(range(90)), "b": list(range(100))}), Counted())
    assert Counted.longest < 1000

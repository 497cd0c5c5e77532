"""A stored plan holds as long as nothing has changed; each thing that does change is told."""

from __future__ import annotations

import copy
import io
import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parallel_stage.contract.function import search_roots
from parallel_stage.contract.model import Contract
from parallel_stage.errors import UsageError
from parallel_stage.plan.document import MOST_LISTED, write_plan
from parallel_stage.plan.planner import make_plan
from parallel_stage.plan.reproof import faults_of, read_plan
from support import data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Document = dict[str, Any]
    Change = Callable[[Document], None]

TABLE = {"split": "data-partitions", "partition_strategy": "row-chunks", "reducer": "concat-csv", "output": "o.csv"}
ROWS = {**TABLE, "input": "t.csv", "target_partitions": 4}
KINDS: dict[str, dict[str, Any]] = {
    "rows": ROWS,
    "bytes": {**ROWS, "split": "files", "partition_strategy": "file-chunks"},
    "quoted": {**ROWS, "input": "q.csv"},
    "parquet": {**ROWS, "input": "t.parquet"},
    "files": {"split": "files", "input": "[tq].csv", "partition_strategy": "one-file-per-partition"},
    "table": {**ROWS, "input": "[tu].csv", "partition_strategy": "one-file-per-partition", "target_partitions": 0},
    "group": {**ROWS, "partition_by": {"column": "k", "kind": "group"}},
    "key": {**ROWS, "partition_by": {"column": "k", "kind": "key"}},
    "sweep": {"split": "parameter-sweep", "input": "grid.json", "partition_strategy": "parameter-items"},
    "large sweep": {"split": "parameter-sweep", "input": "large.json", "partition_strategy": "parameter-items"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    rows = "".join(f"{number},{number % 3},x\n" for number in range(200))
    (tmp_path / "t.csv").write_text("id,k,w\n" + rows)
    (tmp_path / "u.csv").write_text("id,k,w\n" + rows)
    (tmp_path / "q.csv").write_text("id,k,w\n" + rows.replace("x", '"a\nb"'))
    table = pa.table({"id": range(100), "k": [number % 3 for number in range(100)]})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=10)
    (tmp_path / "grid.json").write_text(json.dumps([{"a": number} for number in range(5)]))
    (tmp_path / "large.json").write_text(json.dumps(list(range(MOST_LISTED + 1))))
    (tmp_path / "work.py").write_text("import helper\ndef work(path):\n    return path\n")
    (tmp_path / "helper.py").write_text("A = 1\n")
    return tmp_path


def contract_of(kind: str, **changes: Any) -> Contract:
    return Contract.from_valid(data(**({"function": "work:work"} | KINDS[kind] | changes)))


def planned(root: Path, contract: Contract) -> Document:
    stream = io.StringIO()
    write_plan(make_plan(contract, root), stream)
    (root / "plan.json").write_text(stream.getvalue())
    return read_plan(str(root / "plan.json"))


def faults(root: Path, document: Document, contract: Contract) -> list[str]:
    return list(faults_of(document, contract, str(root), search_roots(str(root))))


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_holds_while_nothing_has_changed(root: Path, kind: str) -> None:
    contract = contract_of(kind)
    document = planned(root, contract)
    assert faults(root, document, contract) == []
    for path in root.iterdir():
        os.utime(path, (1, 1))
    assert faults(root, document, contract) == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_input_that_has_changed_is_told(root: Path, kind: str) -> None:
    contract = contract_of(kind)
    document = planned(root, contract)
    path = root / document["inputs"][0]["path"]
    path.write_bytes(path.read_bytes() + b" ")
    size = path.stat().st_size
    assert faults(root, document, contract)[0] == f"{path.name} has {size:,} bytes, and {size - 1:,} in the plan"


def test_inputs_that_come_and_go_are_told(root: Path) -> None:
    contract = contract_of("files")
    document = planned(root, contract)
    (root / "q.csv").rename(root / "kept")
    assert faults(root, document, contract) == ["q.csv is no input any more"]
    document["inputs"] = [item for item in document["inputs"] if item["path"] != "q.csv"]
    (root / "kept").rename(root / "q.csv")
    assert "q.csv is an input now, and the plan does not have it" in faults(root, document, contract)


def test_code_and_contract_that_have_changed_are_told(root: Path) -> None:
    contract = contract_of("rows")
    document = planned(root, contract)
    other = contract_of("rows", target_partitions=5)
    assert faults(root, document, other) == ["the contract has target_partitions = 5, and the plan was made with 4"]
    (root / "helper.py").write_text("A = 2\n")
    said = "the module helper, which the function needs, has changed since the plan was made"
    assert faults(root, document, contract) == [said]
    (root / "work.py").write_text("def work(path):\n    return path\n")
    assert "the module helper, which the function needs, is gone since the plan was made" in (
        faults(root, document, contract)
    )


def test_a_record_that_reaches_over_a_boundary_is_told(root: Path) -> None:
    """The file has the same size, and another line is inside quotes."""
    contract = contract_of("rows")
    document = planned(root, contract)
    stop = document["partitions"][0]["work"]["stop"]
    text = (root / "t.csv").read_bytes()
    (root / "t.csv").write_bytes(text[: stop - 2] + b'"' + text[stop - 1 :])
    assert faults(root, document, contract) != []
    left = text[: stop - 1].rfind(b",") + 1
    (root / "t.csv").write_bytes(text[:left] + b'"' + text[left + 1 :])
    assert any("is inside a record" in fault for fault in faults(root, document, contract))


def moved(name: str, by: int) -> Change:
    def change(document: Document) -> None:
        document["partitions"][1]["work"][name] += by

    return change


def removed(document: Document) -> None:
    del document["partitions"][1]


def renamed(document: Document) -> None:
    document["partitions"][1]["id"] = "0" * 16


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("rows", moved("stop", -1), "t.csv: bytes "),
        ("rows", moved("header", 1), "t.csv: its header has 7 bytes, and 8 in the plan"),
        ("rows", removed, "are in no partition"),
        ("rows", renamed, "partition 1 has the id 0000000000000000"),
        ("bytes", moved("start", 1), "are in no partition"),
        ("bytes", moved("stop", 1), "are in two partitions"),
        ("quoted", moved("stop", 2), "are in two partitions"),
        ("parquet", moved("rows", 1), "t.parquet: row groups "),
        ("parquet", moved("stop", 1), "in two partitions, or beyond the file's end"),
        ("files", moved("size", 1), "bytes, and"),
        ("group", removed, "there are 3 partitions now, and 2 in the plan"),
        ("group", moved("rows", 1), 'partition 1 is {"key": "1", "rows": 68'),
        ("key", renamed, "partition 1 is "),
        ("sweep", removed, "there are 5 partitions now, and 4 in the plan"),
    ],
)
def test_a_plan_that_was_edited_is_told(root: Path, kind: str, change: Change, said: str) -> None:
    contract = contract_of(kind)
    document = copy.deepcopy(planned(root, contract))
    change(document)
    found = faults(root, document, contract)
    assert any(said in fault for fault in found), found


def test_both_sides_of_a_boundary_that_was_moved_into_a_record_are_one_fault(root: Path) -> None:
    contract = contract_of("quoted")
    document = planned(root, contract)
    document["partitions"][0]["work"]["stop"] += 4
    document["partitions"][1]["work"]["start"] += 4
    (fault, *_) = faults(root, document, contract)
    assert fault.startswith("q.csv: byte ")
    assert fault.endswith(" is inside a record, and a partition ends there")


def test_another_large_grid_is_told(root: Path) -> None:
    contract = contract_of("large sweep")
    document = planned(root, contract)
    text = (root / "large.json").read_text()
    (root / "large.json").write_text(text.replace("9999", "9998"))
    assert faults(root, document, contract) == ["large.json holds another grid than that of the plan"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"plan.json:1:1: it is no JSON"),
        ('{\n "a": }', r"plan.json:2:7: it is no JSON"),
        ("[]", r"is no plan: \$: "),
        ('{"schema": "agilab.parallel_stage.plan.v1"}', "is no plan"),
        ("[" * 100_000, "is no JSON document"),
        ("\udcff", "is no JSON document"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "plan.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=said):
        read_plan(str(tmp_path / "plan.json"))
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(str(tmp_path))

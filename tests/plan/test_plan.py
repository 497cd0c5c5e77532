from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.plan.planner import make_plan

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.plan.plan import Plan
    from plan.conftest import Planned, Swept


WHOLE: dict[str, Any] = {"partition_strategy": "one-file-per-partition"}


def ids(plan: Plan) -> dict[Any, str]:
    return {repr(partition.work): partition.id for partition in plan.partitions()}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("h\n" + "1\n" * 50, encoding="utf-8")
    (tmp_path / "stage.py").write_text("def process(path):\n    return 1\n", encoding="utf-8")
    return tmp_path


def test_ids_are_16_digits_and_differ(files: Path, planned: Planned) -> None:
    found = ids(planned())
    assert all(re.fullmatch("[0-9a-f]{16}", value) for value in found.values())
    assert len(set(found.values())) == len(found) == 8
    assert (files / "a.csv").exists()


def test_what_does_not_determine_a_result_changes_no_id(files: Path, planned: Planned) -> None:
    before = ids(planned())
    os.utime(files / "a.csv", (1, 1))
    same: dict[str, Any] = {
        "workers": 2,
        "reducer": "custom",
        "backend": "dask",
        "output": "x.json",
        "name": "other",
        "notes": "n",
    }
    assert ids(planned(**same)) == before
    assert ids(planned(input_format={"kind": "csv", "splittable": True})) == before


def test_another_file_renumbers_but_changes_no_id(files: Path, planned: Planned) -> None:
    before = ids(planned(**WHOLE))
    (files / "_first.csv").write_text("h\n", encoding="utf-8")
    after = ids(planned(**WHOLE))
    assert before.items() < after.items()


def test_the_same_data_elsewhere_has_the_same_ids(files: Path, planned: Planned) -> None:
    plan = planned()
    elsewhere = files / "elsewhere"
    elsewhere.mkdir()
    before = ids(plan)
    for name in ("a.csv", "b.csv", "stage.py"):
        (files / name).replace(elsewhere / name)
    assert ids(make_plan(plan.contract, elsewhere, cores=9)) == before


def test_what_determines_a_result_changes_the_id(files: Path, planned: Planned) -> None:
    seen = [ids(planned(**WHOLE))["WholeFile(path='a.csv', size=102)"]]
    changed: list[dict[str, Any]] = [{"function": "stage.py:other"}, {"split": "data-partitions", "input": "a.csv"}]
    for changes in changed:
        seen += [value for key, value in ids(planned(**WHOLE, **changes)).items() if "a.csv" in key]
    for said in ({"delimiter": ";"}, {"quotechar": ""}, {"header": False}, {"encoding": "latin-1"}, {"kind": "lines"}):
        seen.append(ids(planned(**WHOLE, input_format=said))["WholeFile(path='a.csv', size=102)"])
    (files / "stage.py").write_text("def process(path):\n    return 2\n", encoding="utf-8")
    seen.append(ids(planned(**WHOLE))["WholeFile(path='a.csv', size=102)"])
    with (files / "a.csv").open("a", encoding="utf-8") as file:
        file.write("1\n")
    seen.append(ids(planned(**WHOLE))["WholeFile(path='a.csv', size=104)"])
    assert len(set(seen)) == len(seen) == 10


def test_parameters(swept: Swept) -> None:
    found = [partition.id for partition in swept([{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": "2"}]).partitions()]
    assert found[0] == found[1] != found[2]
    assert [partition.id for partition in swept("a,b\n1,2\n", "g.csv").partitions()] == found[:1]

"""Each consequence is seen on a change that has it, and nothing is said of its neighbour."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_stage.contract.schema import choices
from parallel_stage.contract.validation import violations
from parallel_stage.lint.revisions.consequences import Change, Ids, consequences
from support import data

RESULT, CUTS, BREAK, ONLY = "result-changes", "cuts-change", "consumers-break", "only-execution-changes"
GROUPS = {"split": "data-partitions", "partition_by": {"column": "c", "kind": "group"}}
KEYS = {"split": "data-partitions", "partition_by": {"column": "c", "kind": "key"}}
DATES = {"split": "data-partitions", "partition_by": {"column": "c", "kind": "date"}}
YEARS, DAYS = ({**DATES, "partition_by": {"column": "c", "kind": "date", "unit": unit}} for unit in ("year", "day"))
ONE_FILE = {"partition_strategy": "one-file-per-partition", "target_partitions": 0}
SWEEP = {"split": "parameter-sweep", "input": "g.json", "partition_strategy": "parameter-items", "target_partitions": 0}


def _change(old: dict[str, Any], new: dict[str, Any], **more: Any) -> Change:
    before, after = data(**old), data(**new)
    assert not violations(before)
    assert not violations(after)
    return Change(before, after, "main", "/project", more.pop("directory", "/project"), **more)


def _found(change: Change) -> list[tuple[str, str]]:
    return [(rule.id, ".".join(map(str, finding.route))) for rule, finding in consequences(change)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {}, []),
        ({}, {"notes": "better"}, []),
        ({}, {"next_steps": {"evidence": "look"}}, []),
        ({}, {"x-owner": "somebody"}, []),
        # the result
        ({}, {"function": "my_pipeline.process:other"}, [(RESULT, "function")]),
        ({}, {"input": "data/2024/*.csv"}, [(RESULT, "input")]),
        ({}, {"split": "data-partitions"}, [(RESULT, "split")]),
        ({"reducer": "custom"}, {"reducer": "custom", "reducer_function": "m:f"}, [(RESULT, "reducer_function")]),
        ({}, {"reducer": "collect-json"}, [(RESULT, "reducer"), (BREAK, "reducer")]),
        ({}, {"input_format": {"delimiter": ";"}}, [(RESULT, "input_format.delimiter")]),
        ({"input_format": {"delimiter": ";"}}, {}, [(RESULT, "input_format.delimiter")]),
        ({}, {"input_format": {"header": False}}, [(RESULT, "input_format.header")]),
        ({}, {"input_format": {"header": True, "quotechar": '"', "encoding": "utf-8", "splittable": True}}, []),
        (GROUPS, {**GROUPS, "partition_by": {"column": "d", "kind": "group"}}, [(RESULT, "partition_by.column")]),
        (
            DATES,
            {**DATES, "partition_by": {"column": "c", "kind": "date", "unit": "year"}},
            [(RESULT, "partition_by.unit")],
        ),
        (DATES, {**DATES, "partition_by": {"column": "c", "kind": "date", "unit": "day"}}, []),
        (KEYS, {**KEYS, "target_partitions": 65}, [(RESULT, "target_partitions")]),
        # the cuts
        ({}, {"target_partitions": 65}, [(CUTS, "target_partitions")]),
        ({}, {"partition_strategy": "row-chunks"}, [(CUTS, "partition_strategy")]),
        ({}, {"input_format": {"splittable": False}}, [(CUTS, "input_format.splittable")]),
        ({"target_partitions": 0}, {"target_partitions": 0, "workers": 8}, [(CUTS, "workers")]),
        ({"workers": 40}, {"workers": 41}, [(CUTS, "workers")]),
        ({"workers": 40}, {"workers": 40, "min_partitions_per_worker": 3}, [(CUTS, "min_partitions_per_worker")]),
        (
            {"workers": 40},
            {"workers": 20, "min_partitions_per_worker": 4},
            [(ONLY, "min_partitions_per_worker"), (ONLY, "workers")],
        ),
        # only the execution
        ({}, {"backend": "dask"}, [(ONLY, "backend")]),
        ({}, {"threads_per_worker": 2}, [(ONLY, "threads_per_worker")]),
        ({}, {"threads_per_worker": 1}, []),
        ({}, {"workers": 8}, [(ONLY, "workers")]),
        ({"workers": 8}, {"workers": 9}, [(ONLY, "workers")]),
        (ONE_FILE, {**ONE_FILE, "workers": 8}, [(ONLY, "workers")]),
        (ONE_FILE, {**ONE_FILE, "input_format": {"splittable": False}}, []),
        (ONE_FILE, {**ONE_FILE, "target_partitions": 8}, [(ONLY, "target_partitions")]),
        (GROUPS, {**GROUPS, "target_partitions": 8}, [(ONLY, "target_partitions")]),
        (SWEEP, {**SWEEP, "partition_strategy": "one-file-per-partition"}, [(ONLY, "partition_strategy")]),
        # those who rely on it
        ({}, {"output": "results/other.jsonl"}, [(BREAK, "output")]),
        ({}, {"output": "./results/delays.jsonl"}, []),
        ({}, {"name": "arrivals"}, [(BREAK, "name")]),
    ],
)
def test_each_consequence_and_its_neighbour(
    old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert _found(_change(old, new)) == expected


def _messages(change: Change) -> list[str]:
    return [finding.message for _, finding in consequences(change)]


def test_changed_code_is_named() -> None:
    change = _change({}, {}, modules=("my_pipeline.helper", "my_pipeline.process"))
    assert _found(change) == [(RESULT, "function")]
    assert "my_pipeline.helper, my_pipeline.process; no partition" in _messages(change)[0]
    assert _messages(_change({}, {}, modules=tuple("abcdefg")))[0].split("; ")[0].endswith(" in a, b, c, d, e, …")


def test_changed_code_of_the_reducer_is_named() -> None:
    custom = {"reducer": "custom", "reducer_function": "merge:f"}
    change = _change(custom, custom, reducer_modules=("merge",))
    assert _found(change) == [(RESULT, "reducer_function")]
    (message,) = _messages(change)
    assert message.startswith("the code of merge:f is another than in main, in merge; partitions stay reusable")


@pytest.mark.parametrize("reducer", choices("reducer"))
def test_every_reducer_has_a_form_of_its_own(reducer: str) -> None:
    old = next(other for other in choices("reducer") if other != reducer)
    change = _change({"reducer": old}, {"reducer": reducer})
    assert (BREAK, "reducer") in _found(change)
    assert any("form" in message and message.endswith(".") for message in _messages(change))


def test_an_output_moves_with_the_directory_of_its_contract() -> None:
    assert _found(_change({}, {}, directory="/project/stages")) == [(BREAK, "output")]
    assert '"../results/delays.jsonl"' in _messages(_change({}, {}, directory="/project/stages"))[0]
    assert not _found(_change({}, {"output": "../results/delays.jsonl"}, directory="/project/stages"))


def test_an_output_of_another_format_says_so() -> None:
    assert "another format (.jsonl before)" in _messages(_change({}, {"output": "results/delays.csv"}))[0]
    assert "format" not in _messages(_change({}, {"output": "results/b.jsonl"}))[0]


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (Ids(1, 2, 0), "1 of 3 partitions stays reusable"),
        (Ids(0, 1, 1), "0 of 1 partition stay reusable"),
        (None, "of files in both inputs"),
    ],
)
def test_what_stays_reusable_is_counted_where_data_is_there(ids: Ids | None, says: str) -> None:
    assert says in _messages(_change({}, {"input": "b/*.csv"}, ids=ids))[0]


def test_with_another_reducer_no_partition_is_reusable() -> None:
    change = _change({}, {"input": "b/*.csv", "reducer": "custom"}, ids=Ids(3, 0, 0))
    assert "no partition stays" in _messages(change)[0]


def test_cuts_that_are_the_same_with_this_data_only_change_the_execution() -> None:
    new = {"target_partitions": 65}
    assert _found(_change({}, new, ids=Ids(3, 0, 0))) == [(ONLY, "target_partitions")]
    changed = _change({}, new, ids=Ids(3, 2, 1))
    assert _found(changed) == [(CUTS, "target_partitions")]
    assert "2 added, 1 dropped, 3 kept" in _messages(changed)[0]

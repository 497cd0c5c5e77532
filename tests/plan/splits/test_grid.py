from __future__ import annotations

import itertools
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.errors import NoInputError, PlanRefusedError
from parallel_stage.plan.partition import Parameters
from parallel_stage.plan.splits import counting
from parallel_stage.plan.splits.grid import EmptyGridError, grid_of

if TYPE_CHECKING:
    from pathlib import Path

    from plan.conftest import Planned, Swept


def sets(plan: Any) -> list[Any]:
    works = [partition.work for partition in plan.partitions()]
    assert len(works) == plan.count
    assert all(isinstance(work, Parameters) for work in works)
    return [work.values for work in works]


PRODUCT = [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]

HELD = 20_000 * 200
"""What 20,000 parameter sets would take in memory at the least, in bytes: a dict alone is that large.

Peaks stay far below it, but not at nothing: threads that other tests leave behind are counted too.
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.json", '{"a": [1, 2], "b": ["x", "y"]}'),
        ("g.json", '\ufeff{"grid": {"a": [1, 2], "b": ["x", "y"]}}'),
        ("g.yaml", "a: [1, 2]\nb: [x, y]\n"),
        ("g.yml", "grid:\n  a: [1, 2]\n  b: [x, y]\n"),
        ("g.toml", 'a = [1, 2]\nb = ["x", "y"]\n'),
        ("g.toml", '[grid]\na = [1, 2]\nb = ["x", "y"]\n'),
        ("g.csv", "a,b\n1,x\n1,y\n\n2,x\n2,y\n"),
        ("g.jsonl", '{"a": 1, "b": "x"}\n{"a": 1, "b": "y"}\n\n{"a": 2, "b": "x"}\n{"a": 2, "b": "y"}'),
        ("g.ndjson", '{"a": 1, "b": "x"}\r\n{"a": 1, "b": "y"}\r\n{"a": 2, "b": "x"}\r\n{"a": 2, "b": "y"}\r\n'),
        ("g.json", '[{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]'),
        ("g.JSON", '{"include": [{"a": 2, "b": "x"}, {"a": 2, "b": "y"}], "grid": {"a": [1], "b": ["x", "y"]}}'),
    ],
)
def test_every_form(swept: Swept, name: str, text: str) -> None:
    assert sets(swept(text, name)) == PRODUCT


def test_the_order_of_the_explicit_form(swept: Swept) -> None:
    grid = {"include": [{"z": 1}], "items": ["text", 7], "grid": {"a": [1, 2]}, "exclude": [{"a": 1}, 7]}
    assert sets(swept(grid)) == [{"a": 2}, "text", {"z": 1}]


def test_a_list_is_taken_as_it_is(swept: Swept) -> None:
    items = [{"a": [1, 2]}, [3], "x", None, {"grid": {"a": [1]}}, {}]
    assert sets(swept(items)) == items


def test_what_is_no_list_is_a_constant(swept: Swept) -> None:
    grid = {"a": [1, [2]], "b": "x", "c": {"d": [1, 2]}, "e": None}
    assert sets(swept(grid)) == [{"a": a, "b": "x", "c": {"d": [1, 2]}, "e": None} for a in (1, [2])]


def test_cells_are_json_where_they_are_json(swept: Swept) -> None:
    text = 'a,b,c\n1,true,null\n1.10,"[1, ""x""]",x y\n"{""k"": 1}",,NaN\n1e3,-Infinity,007\n[NaN], 8,"""8"""\n'
    assert sets(swept(text, "g.csv")) == [
        {"a": 1, "b": True, "c": None},
        {"a": 1.1, "b": [1, "x"], "c": "x y"},
        {"a": {"k": 1}, "b": "", "c": "NaN"},
        {"a": 1000.0, "b": "-Infinity", "c": "007"},
        {"a": "[NaN]", "b": 8, "c": "8"},
    ]


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ({"a": 1}, [True, 2, "1"]),
        ({"a": 1.0}, [True, 2, "1"]),
        ({"a": True}, [1, 2, "1"]),
        ({"a": "1"}, [1, True, 2]),
        ({"a": 1, "b": 9}, [1, True, 2, "1"]),
        ({"a": 2, "k": [0, {"x": 1}]}, [1, True, "1"]),
        ({"a": 2, "k": [0, {"x": True}]}, [1, True, 2, "1"]),
        ({"c": 1}, [1, True, 2, "1"]),
    ],
)
def test_exclude(swept: Swept, entry: dict[str, Any], left: list[Any]) -> None:
    grid = {"grid": {"a": [1, True, 2, "1"], "k": [[0, {"x": 1}]]}, "exclude": [entry]}
    found = [item["a"] for item in sets(swept(grid))]
    assert [(type(value), value) for value in found] == [(type(value), value) for value in left]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("g.json", "[]", "has no parameter set"),
        ("g.json", "{}", "neither a list of items nor an object"),
        ("g.json", "7", "neither a list of items nor an object"),
        ("g.json", "", "line 1: not JSON"),
        ("g.json", '{"a": [1],\n"a": [2]}', "line 2: .*twice"),
        ("g.json", '{"a": [NaN]}', "NaN"),
        ("g.json", '{"a": [1, []], "b": []}', "the axis 'b' has no values"),
        ("g.json", '{"grid": {"a": []}}', "the axis 'a' has no values"),
        ("g.json", '{"grid": 1}', "'grid' is not an object"),
        ("g.json", '{"grid": [{"a": [1]}, 1]}', r"'grid\[1\]' is not an object"),
        ("g.json", '{"grid": [{}]}', r"'grid\[0\]' is not an object"),
        ("g.json", '{"grid": [{"a": [1]}, {"a": []}]}', r"the axis 'a' of 'grid\[1\]' has no values"),
        ("g.json", '{"grid": []}', "has no parameter set"),
        ("g.json", json.dumps({f"x{number}": [1, 2] for number in range(63)}), r"more than 9,223,\S+ parameter sets"),
        ("g.json", '{"a": [1e400]}', r"a\[0\] is inf"),
        ("g.json", '{"grid": {}}', "'grid' is not an object"),
        ("g.json", '{"items": {"a": 1}}', "'items' is not a list"),
        ("g.json", '{"items": [1], "exclude": 1}', "'exclude' is not a list"),
        ("g.json", '{"items": [1], "exclude": [{"a": 1}, {}]}', "item 2 of 'exclude' is empty"),
        ("g.json", '{"items": [1], "exclude": [1]}', "has no parameter set"),
        ("g.json", '{"grid": {"a": [1]}, "b": [2]}', "'grid', of the explicit form, beside 'b'"),
        ("g.json", "[" * 150 + "]" * 150, "deep"),
        ("g.toml", "a = [1979-05-27]", r"a\[0\] is datetime.date.* JSON cannot hold"),
        ("g.toml", "[grid]\na = [1.0, inf]", r"grid.a\[1\] is inf"),
        ("g.yaml", "- x: .nan\n", r"\[0\].x is nan"),
        ("g.yaml", "a: [2024-01-01]", r"a\[0\] is datetime.date"),
        ("g.yaml", "a: [1\nb: 2", "line 2: not YAML"),
        ("g.csv", "a,b\n1,2\n3\n", "line 3 has 1 cell, but the header has 2"),
        ("g.csv", "a,b\n1,2,3\n", "line 2 has 3 cells, but the header has 2"),
        ("g.csv", "a\n", "has no parameter set"),
        ("g.csv", "", "line 1 is blank"),
        ("g.csv", "\na\n1\n", "line 1 is blank"),
        ("g.csv", "a,\n1,2\n", "line 1 has no name for column 2"),
        ("g.csv", "a,b,a\n1,2,3\n", "line 1 names 'a' in column 1 and in column 3"),
        ("g.csv", "a;b\n1;2\n", "line 1 is one column, 'a;b': semicolons do not separate cells"),
        ("g.csv", "a\tb\n1\t2\n", "tabs do not separate cells"),
        ("g.csv", "a|b\n1|2\n", "bars do not separate cells"),
        ("g.csv", 'a,b\n1,2\n3,"{""k"": 1, ""k"": 2}"\n', """line 3, column 'b': the key "k" is there twice"""),
        ("g.csv", "a\n1e400\n", "line 2, column 'a': 1e400 is beyond what a float can hold"),
        ("g.csv", f"a\n{10**4200}000{10**200}\n", "line 2, column 'a': an integer does not fit"),
        ("g.csv", "a\n" + "[" * 100_000, "line 2, column 'a': the value is nested deeper than 100 levels"),
        ("g.jsonl", '{"a": 1}\n{"a": 2\n', "line 2 is not a JSON value"),
        ("g.jsonl", "NaN\n", "line 1 is not a JSON value: NaN"),
        ("g.jsonl", "1e400\n", "line 1: 1e400 is beyond what a float can hold"),
        ("g.jsonl", '{"a": 1}\n\n{"a": {"b": 1, "b": 2}}\n', 'line 3: the key "b" is there twice; keep one'),
        ("g.jsonl", "[" * 101 + "]" * 101, "line 1: the value is nested deeper than 100 levels"),
        ("g.yaml", "a: [1]\nb: [2]\na: [3]\n", 'line 3: not YAML: the key "a" is there twice'),
        ("g.toml", "a = [1]\nb = [2]\na = [3]\n", 'line 3: not TOML: the key "a" is there twice'),
        ("g.jsonl", "\n", "has no parameter set"),
        ("g.txt", "1", "suffix '.txt'"),
        ("grid", "1", "suffix ''"),
    ],
)
def test_mistakes_name_the_file_and_the_place(swept: Swept, name: str, text: str, said: str) -> None:
    with pytest.raises(PlanRefusedError, match=said) as caught:
        swept(text, name)
    assert name in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["[]", '{"a": [1], "b": []}', '{"items": [1], "exclude": [1]}'])
def test_a_grid_of_nothing_is_reported_from_a_wrong_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "g.json").write_text(text, encoding="utf-8")
    with pytest.raises(EmptyGridError):
        grid_of(str(tmp_path / "g.json"))


def test_one_grid_file(swept: Swept, planned: Planned) -> None:
    swept([1])
    swept([1], "grid2.json")
    with pytest.raises(PlanRefusedError, match="matches 2 files"):
        planned(split="parameter-sweep", input="*.json", partition_strategy="parameter-items")
    with pytest.raises(NoInputError):
        planned(split="parameter-sweep", input="none.json", partition_strategy="parameter-items")


def test_the_generators_default_strategy_is_read_as_parameter_items(swept: Swept, planned: Planned) -> None:
    items = sets(swept({"a": [1, 2]}))
    assert (
        sets(planned(split="parameter-sweep", input="grid.json", partition_strategy="one-file-per-partition")) == items
    )


def test_ten_million_sets_need_no_memory(tmp_path: Path) -> None:
    axis = ",".join(map(str, range(215)))
    (tmp_path / "g.json").write_text(f'{{"grid": {{"a": [{axis}], "b": [{axis}], "c": [{axis}]}}}}', encoding="utf-8")
    grid = grid_of(str(tmp_path / "g.json"))
    assert grid.count == 215**3 == 9_938_375
    tracemalloc.start()
    for (work, weight), _ in zip(grid, range(20_000), strict=False):
        assert (len(work.values), weight) == (3, 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < HELD / 4


def test_streamed_grids_are_read_line_by_line(tmp_path: Path) -> None:
    with (tmp_path / "g.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f'{{"a": {number}}}\n' for number in range(20_000))
    tracemalloc.start()
    grid = grid_of(str(tmp_path / "g.jsonl"))
    last = [work.values for work, _ in itertools.islice(grid, 19_999, None)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (grid.count, last) == (20_000, [{"a": 19_999}])
    assert peak < HELD / 4


def test_values_may_be_nested_a_hundred_levels_in_every_format(swept: Swept) -> None:
    text = "[" * 99 + "{}" + "]" * 99
    for name, written in {"g.json": f'{{"a": [{text[1:-1]}]}}', "g.jsonl": text, "g.csv": f"a\n{text}"}.items():
        assert swept(written, name).count == 1


def test_a_list_of_grids_gives_the_sets_of_each_in_turn(swept: Swept) -> None:
    grid = {
        "grid": [{"kernel": ["linear"], "C": [1, 10]}, {"kernel": "rbf", "C": [1, 10], "gamma": [0.1, 0.2]}],
        "items": [{"kernel": "poly"}],
        "exclude": [{"C": 10, "gamma": 0.2}, {"kernel": "linear", "C": 1}],
    }
    assert sets(swept(grid)) == [
        {"kernel": "linear", "C": 10},
        {"kernel": "rbf", "C": 1, "gamma": 0.1},
        {"kernel": "rbf", "C": 1, "gamma": 0.2},
        {"kernel": "rbf", "C": 10, "gamma": 0.1},
        {"kernel": "poly"},
    ]


def test_exclusions_that_cannot_be_counted_are_refused(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST", 500)
    axes = {f"x{number}": [0, 1] for number in range(40)}
    exclude = [{f"x{number}": 0, f"x{number + 1}": 1} for number in range(39)]
    with pytest.raises(PlanRefusedError, match=r"grid.json: the entries of 'exclude' overlap") as caught:
        swept({"grid": axes, "exclude": exclude})
    assert "name fewer axes" in caught.value.hint


@pytest.mark.parametrize("grid", [{"a": [[1], [2]], "b": [1, 2]}, [{"a": [1]}, {"a": [2]}]])
def test_what_a_function_changes_stays_its_own(swept: Swept, grid: Any) -> None:
    plan = swept(grid)
    before = [partition.id for partition in plan.partitions()]
    for partition in plan.partitions():
        assert isinstance(partition.work, Parameters)
        partition.work.values["a"].append("changed")
    assert [partition.id for partition in plan.partitions()] == before

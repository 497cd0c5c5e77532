from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parallel_stage.plan.splits import counting, product
from parallel_stage.plan.splits.counting import UncountableError
from parallel_stage.plan.splits.product import Product
from plan.splits.test_exclusion import SCALARS, VALUES, matches

NAMES = st.sampled_from("abcd")
AXES = st.dictionaries(NAMES, st.lists(SCALARS | VALUES, min_size=1, max_size=4), min_size=1, max_size=4)
TWOS = {name: [0, 1] for name in "abcdefgh"}
CHAIN = [{"a": 1, "b": 0}, {"b": 1, "c": 0}, {"c": 1, "d": 0}, {"e": 1, "f": 1}, {"f": 0, "g": 1}, {"h": 1}]


@st.composite
def grids(draw: st.DrawFn) -> tuple[dict[str, list[Any]], list[Any]]:
    """Axes, and entries of which most match something."""
    axes = draw(AXES)
    known = st.sampled_from([(name, value) for name, values in axes.items() for value in values])
    pairs = st.lists(known | st.tuples(NAMES, SCALARS), min_size=1, max_size=3)
    return axes, draw(st.lists(pairs.map(dict) | VALUES.filter(lambda value: value != {}), max_size=6))


def written_out(axes: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def exact(value: Any) -> str:
    return repr(value)  # which tells 1 from 1.0 and True, and has the order of keys


@given(grids())
@example(({"a": [1, 1.0, True, "1", [1], [True], {"x": 1}]}, [{"a": 1}, {"a": [1.0]}, {"a": {"x": True}}]))
@example(({"a": [1, 1.0], "b": [2]}, [{"a": 1, "b": 2}]))
@example(({"a": [1, 2], "b": [3, 3], "c": [4]}, [{"b": 3, "a": 2}, {"c": 4, "a": 1.0}]))
@example((TWOS, CHAIN))
def test_the_sets_are_those_that_no_entry_matches(grid: tuple[dict[str, list[Any]], list[Any]]) -> None:
    axes, entries = grid
    every = written_out(axes)
    left = [values for values in every if not any(matches(values, entry) for entry in entries)]
    found = Product(axes, entries)
    assert found.count == len(left)
    assert [*map(exact, found)] == [*map(exact, left)]
    assert [*map(exact, found)] == [*map(exact, left)]  # once more
    matching = {place for place, entry in enumerate(entries) if any(matches(values, entry) for values in every)}
    assert found.matching == matching


BIG = {name: [*range(215)] for name in "abc"}


@pytest.mark.parametrize(
    ("exclude", "dropped"),
    [
        ([], 0),
        ([{"a": 7}], 215**2),
        ([{"c": 7}], 215**2),
        ([{"a": 1, "b": 2, "c": 3}], 1),
        ([{"a": 1}, {"b": 1}, {"c": 1}], 215**3 - 214**3),
        ([{"a": 1, "c": value} for value in range(200)], 200 * 215),
        ([{"a": value, "b": value} for value in range(215)], 215**2),
    ],
)
def test_ten_million_sets_are_counted_not_enumerated(
    monkeypatch: pytest.MonkeyPatch, exclude: list[Any], dropped: int
) -> None:
    monkeypatch.setattr(product, "product", lambda *_: pytest.fail("enumerated"))
    assert Product(BIG, exclude).count == 215**3 - dropped


def test_many_entries_over_many_axes_are_counted() -> None:
    axes = {f"x{number}": [*range(10)] for number in range(20)}
    pairs = [{f"x{number}": value, f"x{number + 10}": value} for number in range(10) for value in range(10)]
    assert Product(axes, pairs).count == (10 * 9) ** 10
    hub = [{f"x{number}": value, "x19": 3} for number in range(19) for value in range(5)]
    assert Product(axes, hub).count == 9 * 10**19 + 5**19


def test_dropped_products_are_passed_over() -> None:
    axes = {**BIG, "d": [*range(215)], "e": [*range(215)]}
    found = Product(axes, [{"a": value} for value in range(214)])
    assert next(iter(found)) == {"a": 214, "b": 0, "c": 0, "d": 0, "e": 0}


def test_sets_are_made_one_by_one() -> None:
    tracemalloc.start()
    found = sum(1 for _ in itertools.islice(Product(BIG, [{"a": 0, "c": 7}, {"b": 3}]), 20_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found, peak < 1_000_000) == (20_000, True)


def test_what_arithmetic_cannot_count_is_enumerated_where_it_is_not_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Product(TWOS, CHAIN).count
    monkeypatch.setattr(counting, "MOST", 500)
    assert Product(TWOS, CHAIN).count == expected
    monkeypatch.setattr(product, "_ENUMERATED", 2**8 - 1)
    with pytest.raises(UncountableError):
        Product(TWOS, CHAIN)


def test_many_axes_of_one_value_are_no_depth() -> None:
    axes = {f"x{number}": [number] for number in range(5000)} | {"y": [1, 2]}
    (found,) = Product(axes, [{"y": 2, "x7": 7}, {"y": 1, "x7": 8}])
    assert ([*found], found["y"]) == ([*axes], 1)

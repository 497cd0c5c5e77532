from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan.splits.sweep import grid_of_axes
from parallel_stage.plan.splits.unmatched import unmatched
from plan.splits.test_exclusion import ITEMS, SCALARS, matches

if TYPE_CHECKING:
    from collections.abc import Sequence

AXES = st.dictionaries(st.sampled_from("abc"), st.lists(SCALARS, min_size=1, max_size=3), min_size=1, max_size=3)


@given(st.lists(AXES, max_size=2), st.lists(ITEMS, max_size=3), st.lists(ITEMS.filter(lambda e: e != {}), max_size=4))
def test_an_entry_is_reported_exactly_where_no_set_matches_it(
    grids: Sequence[dict[str, list[Any]]], items: list[Any], exclude: list[Any]
) -> None:
    every = [work.values for work, _ in grid_of_axes(grids, items)]
    numbered = enumerate(exclude, start=1)
    expected = [place for place, entry in numbered if not any(matches(values, entry) for values in every)]
    found = unmatched(grid_of_axes(grids, items, exclude))
    assert [int(clause.split()[1]) for clause in found] == expected


GRID: dict[str, list[Any]] = {
    "method": ["sgd", "adam"],
    "rate": [0.1, 0.2, 0.3, 0.4, 1],
    "flag": [True],
    "odd": ["1", 1],
}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"methods": "sgd"}, "none has the key 'methods' (did you mean 'method'?)"),
        ({"zzz": "sgd"}, "none has the key 'zzz'"),
        ({"method": "adma"}, """none has "adma" as 'method' (did you mean "adam"?)"""),
        ({"method": 7}, """none has 7 as 'method' (only "sgd", "adam")"""),
        ({"rate": "0.1"}, """none has "0.1" as 'rate' (did you mean 0.1?)"""),
        ({"rate": 0.11}, "none has 0.11 as 'rate' (only 0.1, 0.2, 0.3 and 2 more)"),
        ({"flag": "true"}, """none has "true" as 'flag' (did you mean true?)"""),
        ({"flag": 1}, "none has 1 as 'flag' (only true)"),
        ({"method": "sgd", "rate": 2}, "none has 2 as 'rate' (only 0.1, 0.2, 0.3 and 2 more)"),
        ({"method": "sgd", "extra": [1]}, "none has all of it at once"),
        (["sgd"], "no item is equal to it"),
    ],
)
def test_what_was_meant(entry: Any, said: str) -> None:
    (found,) = unmatched(grid_of_axes([GRID], [{"extra": [1]}], [entry]))
    assert found == f"entry 1 of exclude ({json.dumps(entry)}) matches no parameter set: {said}"


def test_long_entries_are_shortened() -> None:
    (found,) = unmatched(grid_of_axes([GRID], (), [{"method": "x" * 100}]))
    assert len(found) < 300
    assert f'({{"method": "{"x" * 47}…)' in found


def test_a_product_of_ten_million_is_not_enumerated(monkeypatch: pytest.MonkeyPatch) -> None:
    from parallel_stage.plan.splits import product

    monkeypatch.setattr(product, "product", lambda *_: pytest.fail("enumerated"))
    axes = {name: [*range(215)] for name in "abc"}
    assert len(unmatched(grid_of_axes([axes], (), [{"a": 1}, {"c": 215}]))) == 1

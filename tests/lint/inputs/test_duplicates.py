from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.lint.inputs import duplicates
from parallel_stage.plan.splits.exclusion import key
from parallel_stage.plan.splits.grid import grid_of

if TYPE_CHECKING:
    from pathlib import Path

_NUMBERS = st.one_of(
    st.integers(-2, 2), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([-0.0, 1e22])
)
_SCALARS = st.none() | st.booleans() | _NUMBERS | st.text(max_size=2)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=1), inner, max_size=2)
)


@given(_VALUES, _VALUES)
def test_digests_are_equal_where_json_values_are(one: Any, other: Any) -> None:
    assert (duplicates.digest(one) == duplicates.digest(other)) is (key(one) == key(other))


@pytest.mark.parametrize("other", [{"b": [1.0, True], "a": 2**53}, {"a": 2.0**53, "b": [1, True]}])
def test_keys_have_no_order_and_numbers_no_type(other: Any) -> None:
    assert duplicates.digest({"a": 2**53, "b": [1, True]}) == duplicates.digest(other)


@pytest.mark.parametrize("other", [{"a": 2**53 + 1}, {"a": True}, {"a": "1"}, {"a": [1]}, {"a": 1, "b": None}, 1, None])
def test_other_values_differ(other: Any) -> None:
    assert duplicates.digest({"a": 1}) != duplicates.digest(other)


def _repeats(directory: Path, text: str, name: str = "grid.json") -> list[str]:
    (directory / name).write_text(text, encoding="utf-8")
    return [*duplicates.repeats(grid_of(str(directory / name)))]


@given(
    axes=st.dictionaries(st.sampled_from("ab"), st.lists(_SCALARS, min_size=1, max_size=3), max_size=2),
    items=st.lists(st.dictionaries(st.sampled_from("ab"), _SCALARS, max_size=2) | _SCALARS, max_size=4),
)
def test_something_is_found_exactly_where_two_sets_are_equal(
    axes: dict[str, Any], items: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if not axes and not items:
        return
    text = json.dumps({"items": items} | ({"grid": axes} if axes else {}))
    directory = tmp_path_factory.mktemp("grid")
    found = _repeats(directory, text)
    sets = [work.values for work, _ in grid_of(str(directory / "grid.json"))]
    equal = any(key(one) == key(other) for place, one in enumerate(sets) for other in sets[:place])
    assert bool(found) is equal


def test_a_product_of_ten_million_is_not_enumerated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parallel_stage.plan.splits import product

    axis = [*range(214)]
    text = json.dumps({"grid": {"a": [*axis, 7.0], "b": [*axis, 214], "c": [*axis, 214]}})
    monkeypatch.setattr(product, "product", lambda *_: pytest.fail("enumerated"))
    assert _repeats(tmp_path, text) == ["value 215 of the axis 'a' (7.0) equals value 8"]


def test_the_memory_for_many_items_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "ITEMS", 100)
    with (tmp_path / "grid.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f'{{"a": {number}}}\n' for number in [*range(99), 0, 5, *range(20_000)])
    grid = grid_of(str(tmp_path / "grid.jsonl"))
    tracemalloc.start()
    found = [*duplicates.repeats(grid)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == ['item 100 ({"a": 0}) equals item 1']
    assert peak < 20_000 * 100  # what as many digests would take


def test_long_items_are_shortened(tmp_path: Path) -> None:
    (found,) = _repeats(tmp_path, json.dumps(["é" * 100] * 2))
    assert found == f'item 2 ("{"é" * 58}…) equals item 1'

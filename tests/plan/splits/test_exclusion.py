from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan.splits.exclusion import Exclusion, key

SCALARS = st.sampled_from([None, False, True, 0, 1, 1.0, -0.0, 1.5, "", "1", "true", 2**53 + 1, 2.0**53, 10**400])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
)
ITEMS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3) | VALUES


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it, written plainly: true is not 1, though 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return bool(one == other)


def matches(item: Any, entry: Any) -> bool:
    """Whether an entry of `exclude` drops an item, written plainly."""
    if isinstance(item, dict) and isinstance(entry, dict):
        return all(name in item and same(item[name], value) for name, value in entry.items())
    return same(item, entry)


@given(VALUES, VALUES)
def test_keys_are_equal_where_json_values_are(one: Any, other: Any) -> None:
    assert (key(one) == key(other)) is same(one, other)
    assert key(one) != key(other) or hash(key(one)) == hash(key(other))


@given(ITEMS, st.lists(ITEMS, max_size=5))
def test_the_entries_that_match_are_found(item: Any, entries: list[Any]) -> None:
    exclusion = Exclusion(entries)
    expected = [place for place, entry in enumerate(entries) if matches(item, entry)]
    assert sorted(exclusion.matching(item)) == expected
    assert exclusion.drops(item) is bool(expected)


@pytest.mark.parametrize(
    ("item", "dropped"),
    [({"a": 1, "b": 2}, True), ({"a": 1.0}, True), ({"a": True}, False), ({"b": 1}, False), ([1], True), (1, False)],
)
def test_an_object_matches_in_part_anything_else_as_a_whole(item: Any, dropped: bool) -> None:  # noqa: FBT001
    assert Exclusion([{"a": 1}, [1]]).drops(item) is dropped

"""How records of partitions merge into those of the whole."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_stage.run.verify.partial import Partial, partial


def rows(*each: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dict(zip(("k", "n", "m"), row, strict=False)) for row in each]


@pytest.mark.parametrize(
    ("whole", "parts", "expected"),
    [
        (rows(("a", 3), ("b", 5)), [rows(("a", 1), ("b", 5)), rows(("a", 2))], Partial(("k",), {"n": "sum"})),
        (rows(("a", 1), ("b", 5)), [rows(("a", 1), ("b", 5)), rows(("a", 2))], Partial(("k",), {"n": "min"})),
        (rows(("a", 2, 4)), [rows(("a", 1, 3)), rows(("a", 2, 1))], Partial(("k",), {"n": "max", "m": "sum"})),
        (rows(("a", 1.5)), [rows(("a", 1)), rows(("a", 2))], Partial(("k",), {"n": ""})),
        ([{"n": 3}], [[{"n": 1}], [{"n": 2}]], Partial((), {"n": "sum"})),
        ([{"m": 1, "n": 3}, {"m": 2, "n": 4}], [[{"m": 1, "n": 1}], [{"m": 1, "n": 2}, {"m": 2, "n": 4}]],
         Partial(("m",), {"n": "sum"})),
        (rows(("a", "0.3")), [rows(("a", "0.1")), rows(("a", "0.2"))], Partial(("k",), {"n": "sum"})),
        (rows(("a", 1), ("b", 2)), [rows(("a", 1)), rows(("b", 2))], Partial(("k",), {"n": ""})),
        (rows(("a",), ("b",)), [rows(("a",)), rows(("b",))], None),
        (rows(("a", 1), ("a", 1)), [rows(("a", 1), ("a", 1))], None),
        ([1, 2], [[1], [2]], None),
        ([], [[]], None),
    ],
)  # fmt: skip
def test_merges(whole: list[Any], parts: list[list[Any]], expected: Partial | None) -> None:
    assert partial(whole, parts) == expected


@pytest.mark.parametrize(
    ("merges", "is_merged"),
    [({"n": "sum"}, True), ({"n": "sum", "m": "max"}, True), ({"n": "min"}, False), ({"n": "sum", "m": ""}, False)],
)
def test_a_selection_is_no_partial_result(merges: dict[str, str], is_merged: bool) -> None:  # noqa: FBT001
    assert Partial(("k",), merges).is_merged is is_merged

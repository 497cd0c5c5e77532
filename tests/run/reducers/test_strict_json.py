from __future__ import annotations

import enum
import json
import re
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.run.reducers import strict_json
from parallel_stage.run.reducers.encoded import UnfitValueError

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(JSON)
def test_what_json_holds_comes_back(value: Any) -> None:
    line = strict_json.encoded(value)
    assert b"\n" not in line
    assert json.loads(line) == value


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def endless() -> list[Any]:
    value: list[Any] = [1]
    value.append(value)
    return value


class Scalar(float):
    """As numpy's scalars are."""

    dtype = "float32"

    def item(self) -> float:
        return float(self)


class NoFloat:
    dtype = "float32"

    def item(self) -> float:
        return 1.0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "$ is nan"),
        ({"rows": [0, 0, 0, {"delay": float("inf")}]}, "$.rows[3].delay is inf"),
        ({"a key": {1, 2}}, '$["a key"] is of type set'),
        ((1, (2, b"x")), "$[1][1] is of type bytes"),
        ({"a": {1: 2}}, "$.a has the key 1 of type int"),
        ({None: 2}, "$ has the key None of type NoneType"),
        ({"a": "\udcff"}, "$.a has a lone surrogate"),
        ({"\udcff": 1}, "$ has a key that has a lone surrogate"),
        ([Decimal(1)], "$[0] is of type decimal.Decimal"),
        ([NoFloat()], "call its .item()"),
        (nested(strict_json.DEEPEST + 1), "nested deeper than 200 levels"),
        (nested(100_000), "nested deeper than 200 levels"),
        (endless(), "$[1] contains itself"),
        ((number for number in (1, 2)), "$ is of type generator"),
        pytest.param([10**5000], "$ is not JSON: Exceeds the limit", id="long integer"),
    ],
)
def test_what_json_cannot_hold_is_named_by_its_path(value: Any, message: str) -> None:
    with pytest.raises(UnfitValueError) as caught:
        strict_json.encoded(value)
    assert message in caught.value.message


FRAME = pd.DataFrame({"a": [1]})


@pytest.mark.parametrize(
    ("value", "call"),
    [
        (FRAME, 'to_dict("records")'),
        (FRAME["a"], "to_list()"),
        (FRAME.to_numpy(), "tolist()"),
        (FRAME["a"].iloc[0], "item()"),
        (pd.Timestamp(2026, 11, 26), "isoformat()"),
        (pl.DataFrame({"a": [1]}), "to_dicts()"),
        (pl.LazyFrame({"a": [1]}), "collect().to_dicts()"),
        (pl.Series([1]), "to_list()"),
        (pa.table({"a": [1]}), "to_pylist()"),
    ],
)
def test_the_call_that_makes_json_of_a_value_is_named_and_does(value: Any, call: str) -> None:
    with pytest.raises(UnfitValueError, match=r"; call its \." + re.escape(call) + "$"):
        strict_json.encoded({"found": value})
    strict_json.encoded(eval(f"value.{call}"))  # noqa: S307 -- the calls above


def test_the_deepest_that_is_taken() -> None:
    assert strict_json.encoded(nested(strict_json.DEEPEST)).count(b"[") == strict_json.DEEPEST


def test_subclasses_are_their_values() -> None:
    colour = enum.IntEnum("colour", "red")
    assert strict_json.encoded([colour.red, Scalar(0.5), True]) == b"[1,0.5,true]"


def test_a_shared_value_is_not_a_circle() -> None:
    shared = {"a": 1}
    assert strict_json.encoded([shared, shared]) == b'[{"a":1},{"a":1}]'

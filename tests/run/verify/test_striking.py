"""Which records are striking."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_stage.run.verify.records import Record
from parallel_stage.run.verify.striking import is_blank, striking


def records(*values: Any) -> list[Record]:
    return [
        Record(place, place + 1, value if isinstance(value, dict) else {0: value}) for place, value in enumerate(values)
    ]


def test_blanks_pairs_runs_steps_and_rare_values() -> None:
    found = striking(records("1", "2", "", "2", "9", "9", "3"))
    assert found.blanks == {0: 2}
    assert found.pairs[0] == (1, 3)
    assert found.runs == {0: 5}
    assert found.steps == {0: 4}  # what is blank is no step
    assert found.rare == {0: 0}


def test_a_column_of_words_has_no_steps_and_one_of_times_has() -> None:
    found = striking(
        records({"t": "2024-01-01T10:00", "w": "a"}, {"t": "2024-01-01T10:05", "w": "5"}, {"t": "2024-02-01"})
    )
    assert found.steps == {"t": 2}


def test_values_that_are_equal_in_two_columns_together() -> None:
    table = [{"a": n % 3, "b": n % 2, "c": n} for n in range(7)]
    found = striking(records(*table), combined=True)
    assert found.pairs[("a", "b")] == (0, 6)
    assert ("all",) not in found.pairs
    assert found.repeats[-1] == 6


def test_values_that_cannot_be_keys_are_compared_as_text() -> None:
    assert striking(records({"a": [1]}, {"a": {"x": 1}}, {"a": [1]})).pairs["a"] == (0, 2)


@pytest.mark.parametrize("value", [None, "", " ", "NaN", "n/a", "NULL", b"", float("nan")])
def test_what_is_blank(value: Any) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, "0", False, "none at all", 0.0])
def test_what_is_not(value: Any) -> None:
    assert not is_blank(value)

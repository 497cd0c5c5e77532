from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parallel_stage.wording import abridged, plural, size

UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4, "PiB": 1024**5}


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1404, "1.4 KiB"), (1024**2 - 1, "1.0 MiB"), (3.6, "4 B")],
)
def test_sizes(count: float, words: str) -> None:
    assert size(count) == words


@given(st.integers(0, 1024**6 - 1024**5))
@example(1024**3 - 1)
def test_a_size_is_near_the_truth_and_short(count: int) -> None:
    number, unit = size(count).split()
    assert float(number) < 1024
    assert abs(float(number) * UNITS[unit] - count) <= 0.051 * UNITS[unit]


def test_plurals() -> None:
    assert [plural(count, "row group") for count in (0, 1, 2)] == ["0 row groups", "1 row group", "2 row groups"]


@given(st.text(max_size=40), st.integers(10, 30))
@example("x" * 31, 31)
@example("x" * 32, 31)
def test_an_abridged_text_keeps_its_ends(text: str, longest: int) -> None:
    short = abridged(text, longest)
    assert len(short) <= longest
    assert (short == text) == (len(text) <= longest)
    assert (short[:4], short[-4:]) == (text[:4], text[-4:])

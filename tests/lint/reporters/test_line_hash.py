from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.lint.reporters.line_hash import line_hashes

TEXTS = st.text(st.one_of(st.sampled_from("ab \t\r\n\ufeff\uffff\0🐍"), st.characters(exclude_categories=["Cs"])))
GREETINGS = [
    "e9496ae3ebfced30:1",
    "fb7c023a8b9ccb3f:1",
    "ce8ba1a563dcdaca:1",
    "e20e36e16fcb0cc8:1",
    "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1",
    "c129715d7a2bc9a3:1",
]


def test_of_nothing() -> None:
    assert line_hashes("") == ["c129715d7a2bc9a3:1"]


def test_blanks_do_not_count() -> None:
    expected = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
    assert line_hashes(" a\nb\n  \t\tc\n d") == expected


@pytest.mark.parametrize("ends", ["\n", "\r", "\r\n"])
def test_line_ends_are_all_the_same(ends: str) -> None:
    text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n"
    assert line_hashes(text.replace("\n", ends)) == GREETINGS


def test_equal_lines_are_numbered() -> None:
    first, *_, last = line_hashes("Lorem ipsum dolor sit amet.\n" * 10)
    assert (first, last) == ("a7f2ff13bc495cf2:1", "c129715d7a2bc9a3:1")
    assert line_hashes("Lorem ipsum dolor sit amet.\n" * 10)[5:8] == [
        "a7f2ff13bc495cf2:6",
        "a7f2ff1481e87703:1",
        "a9cf91f7bbf1862b:1",
    ]


def test_a_line_is_known_again_after_others_came_before_it() -> None:
    text = "name = 1\nworkers = 0\n"
    assert line_hashes("# new\n\n" + text)[2:] == line_hashes(text)


@given(TEXTS)
def test_a_hash_is_the_polynomial_that_its_docstring_says(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    hashes = [value.split(":") for value in line_hashes(text)]
    assert len(hashes) == len(lines)
    assert len({(value, number) for value, number in hashes}) == len(lines)
    for index, (value, _) in enumerate(hashes):
        rest = "\n".join(lines[index:]).replace(" ", "").replace("\t", "").encode("utf-16-be")
        units = [int.from_bytes(rest[at : at + 2], "big") for at in range(0, len(rest), 2)]
        window = ([*units, 0xFFFF] + [0] * 100)[:100]
        assert int(value, 16) == sum(unit * 37 ** (99 - at) for at, unit in enumerate(window)) % 2**64

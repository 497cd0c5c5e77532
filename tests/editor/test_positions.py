from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.workspace import PositionCodec

from opened_contracts import ENCODINGS, counted
from parallel_stage.editor.positions import Positions

TEXTS = st.text(st.sampled_from("ab é😀\U0010ffff\t\n\r\x0b\x0c\x85\u2028"), max_size=30)


def positions(text: str, encoding: str) -> Positions:
    return Positions(text, PositionCodec(encoding))


@given(TEXTS, TEXTS, st.sampled_from(ENCODINGS))
def test_a_position_counts_the_lines_and_units_before_it(before: str, behind: str, encoding: str) -> None:
    found = positions(before + behind, encoding).position(len(before))
    if before.endswith("\r") and behind.startswith("\n"):  # inside the end of a line
        before = before[:-1]
    assert found == counted(before, encoding)


@given(TEXTS, st.data(), st.sampled_from(ENCODINGS))
def test_a_position_leads_back_to_its_offset(text: str, data: st.DataObject, encoding: str) -> None:
    offset = data.draw(st.integers(0, len(text)))
    there = positions(text, encoding)
    back = there.offset(there.position(offset))
    inside_an_end = text[offset - 1 : offset + 1] == "\r\n" and offset
    assert back == (offset - 1 if inside_an_end else offset)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_position_behind_a_line_or_the_text_is_its_end(encoding: str) -> None:
    there = positions("😀a\r\nb", encoding)
    assert there.offset(types.Position(0, 99)) == 2
    assert there.offset(types.Position(1, 99)) == there.offset(types.Position(7, 0)) == 5


def test_a_position_inside_a_character_is_before_it() -> None:
    assert positions("a😀b", "utf-16").offset(types.Position(0, 2)) == 1

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parallel_stage.plan.dialect import Dialect
from parallel_stage.plan.records.escapes import first_escape

if TYPE_CHECKING:
    from pathlib import Path

CSV = Dialect("csv", ",", '"', header=True, encoding="utf-8", splittable=True)
NONE = (-1, "")


def found(path: Path, content: bytes, dialect: Dialect = CSV) -> tuple[int, str]:
    path.write_bytes(content)
    return first_escape(str(path), dialect)


@pytest.mark.parametrize(
    ("content", "escape"),
    [
        (b"", NONE),
        (b"a\n1\n", NONE),
        (b'a,b\n"x \\" y",1\n', (8, "quote")),
        (b"a\n1\\\n", (4, "line end")),
        (b"a\\\n1\n", (2, "line end")),
        (b"a\n1\\\r\n2\\\n", (4, "line end")),
        (b"a\r1\\\r", (4, "line end")),
        (b'a\n"1\\\n"\n', NONE),
        (b'a\n"1\\\n",x\\\n\\"', (10, "line end")),
        (b"a\n1\\", NONE),
        (b"a\n1\\n", NONE),
    ],
)
def test_the_first_escape(tmp_path: Path, content: bytes, escape: tuple[int, str]) -> None:
    assert found(tmp_path / "x.csv", content) == escape


@pytest.mark.parametrize("backslashes", [*range(1, 9), 1000, 1001])
def test_a_backslash_that_another_one_escapes_is_none(tmp_path: Path, backslashes: int) -> None:
    for after, what in ((b'"', "quote"), (b"\n", "line end"), (b"\r\n", "line end")):
        escape = (1 + backslashes, what) if backslashes % 2 else NONE
        assert found(tmp_path / "x.csv", b"a" + b"\\" * backslashes + after) == escape


def test_nothing_is_escaped_where_nothing_quotes(tmp_path: Path) -> None:
    assert found(tmp_path / "x.csv", b'a\n\\"\\\n', replace(CSV, quotechar="")) == NONE
    assert found(tmp_path / "x.csv", b'a\n\\"\\\n', replace(CSV, kind="lines")) == NONE


def test_the_head_is_left_out(tmp_path: Path) -> None:
    content = b'\\"\\\n1\\\n'
    assert found(tmp_path / "x.csv", content, replace(CSV, head_lines=1)) == (6, "line end")


def test_the_character_of_the_dialect(tmp_path: Path) -> None:
    dialect = replace(CSV, quotechar="|")
    assert found(tmp_path / "x.csv", b'a\n\\"\\|', dialect) == (5, "quote")


@pytest.mark.parametrize(
    ("encoding", "text", "offset"),
    [
        ("shift_jis", '\u8868"', -1),
        ("shift_jis", "\u8868\n", -1),
        ("shift_jis", '\u8868\\"', 3),
        ("shift_jis", '\u8868\\\\"', -1),
        ("shift_jis", '\uff71\u8868"\\"', 5),
        ("shift_jis_2004", '\xa5"', 1),
        ("big5", '\u8a31"', -1),
        ("gbk", '\u8a98"\u8a98\\\n', 6),
    ],
)
def test_a_byte_of_a_backslash_that_is_part_of_a_character(
    tmp_path: Path, encoding: str, text: str, offset: int
) -> None:
    """As in the Japanese word for table."""
    assert found(tmp_path / "x.csv", text.encode(encoding), replace(CSV, encoding=encoding))[0] == offset


def test_many_pairs_of_backslashes_take_linear_time(tmp_path: Path) -> None:
    assert found(tmp_path / "x.csv", b'"' + b'\\\\"' * 300_000) == NONE
    assert found(tmp_path / "x.csv", b"\\" * 3_000_000 + b"\n") == NONE

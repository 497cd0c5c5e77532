"""Rows that are taken as they are: the result is what csv alone gives."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parallel_stage.run.reducers import concat_csv, plain_csv
from parallel_stage.run.reducers.encoded import UnfitValueError

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Encoded

BLANKS = [" ", "\t", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\ufeff"]
CELLS = st.sampled_from(["", "a", " a ", "1", "é", "'", "#", ";", "\x00", '"a"', '"', 'a"b', '"x\ny"', *BLANKS])
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=8)
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """CSV files, most of them of rows with as many cells as the header."""
    width = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    rows += draw(st.sampled_from([[], [], draw(ROWS)]))
    text = "".join(",".join(row) + draw(ENDS) for row in rows)
    content = draw(st.sampled_from(["", "\ufeff"])).encode() + text.encode()
    end = draw(st.sampled_from([b"", b"", b"", b"\xff", b"a,\xc3\n"]))
    return content[: len(content) - draw(st.integers(0, 1))] + end


def result(path: Path) -> tuple[bytes, Encoded] | str:
    written = io.BytesIO()
    try:
        encoded = concat_csv.encode(path, written.write)
    except UnfitValueError as error:
        # Where a byte is wrong, the line is that of the block.
        return error.message.partition(", line")[0] if "codec" in error.message else error.message
    return written.getvalue(), encoded


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(files(), st.integers(1, 20))
@example(b"a,b\n1,2\n\n3,4\n", 3)
@example(b"a,b\n1,2\n3\n", 4)
@example(b"a,b\r\n1,2\r\n3,4", 5)
@example(b'a,b\n1,2\n"3\n4",5\n6,7\n', 5)
@example(b"a\n\n1\n", 9)
@example(b"\xef\xbb\xbfa,b\n1,2\n", 9)
@example(b"\na,b\n1,2\n", 9)
@example(b"a,b", 9)
@example(b"", 9)
def test_csv_alone_gives_the_same(tmp_path: Path, content: bytes, size: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_csv, "_BLOCK", size)
        taken = result(path)
        patch.setattr(plain_csv, "take", lambda _file, _write: plain_csv.Taken([]))
        assert taken == result(path)


def test_plain_rows_are_not_read_by_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    monkeypatch.setattr(concat_csv, "_write_row", lambda *_: 1 / 0)
    found = result(path)
    assert found[0] == path.read_bytes()

"""The lines of a returned file: what is taken many at once is what each line alone would give."""

from __future__ import annotations

import importlib.util
import io
import json
from itertools import product
from typing import TYPE_CHECKING
from unittest.mock import patch

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallel_stage.run.reducers import json_lines
from parallel_stage.run.reducers.encoded import UnfitValueError

if TYPE_CHECKING:
    from pathlib import Path

VALUES = [
    *("1", "-0", "1e400", "0.1", "9" * 30, "9" * 5_000, "01", "1.", ".1", "+1", "0x1", "1_0", "1 2", "1,2"),
    *("NaN", "-NaN", "Infinity", "-Infinity", "null", "nul", "True", "true", "undefined"),
    *('"a"', r'"\ud800"', r'"\u0000"', '"\t"', r'"\x"', '"', "'a'", '"\u2028"', '"é"', '"\x7f"', '"\x00"'),
    *("[]", "[1", "1]", "a],[b", "[1,]", "[,1]", '{"a":1,"a":2}', '{"a":1,}', "{1:2}", "{a:1}", '{"a"}'),
    *(
        "[" * 300 + "]" * 300,
        "[" * 899 + "]",
        "[" * 1_010 + "]" * 1_010,
        "[" * 100_000,
        '{"a":' * 400 + "1" + "}" * 400,
    ),
    *("", " ", "\r", "\x00", " 1", "1 ", "1\r", "\r1", "\x0b1", "1\x0c", "\xa01", "\ufeff1", "// 1", "/* */ 1", "1#"),
]
LINES = [value.encode() for value in VALUES] + [b"\xff", b'"\xff"', b'"\xc3"', b'"\xed\xa0\x80"', b"\xef\xbb\xbf"]


def one_by_one(content: bytes, name: str) -> tuple[bytes, int] | str:
    """What is written, and the number of records, by json and each line by itself; or the start of the message."""
    written, records = b"", 0
    for number, line in enumerate(content.split(b"\n"), start=1):
        stripped = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
        if stripped:
            try:
                json.loads(stripped.decode(), parse_constant=lambda _: 1 / 0)
            except (ValueError, RecursionError, ZeroDivisionError):
                return f"{name}:{number} is not a line of JSON"
            written, records = written + stripped + b"\n", records + 1
    return written, records


def taken(path: Path) -> tuple[bytes, int] | str:
    written = io.BytesIO()
    try:
        records = json_lines.copy(path, written.write, "")
    except UnfitValueError as error:
        return error.message.partition(": ")[0]
    return written.getvalue(), records


@pytest.fixture(params=["orjson", "json"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the faster library, and without."""
    assert importlib.util.find_spec("orjson")
    if request.param == "json":
        monkeypatch.setattr("parallel_stage.run.reducers.json_lines.orjson", None)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("line", LINES, ids=lambda line: ascii(line[:20]))
@pytest.mark.parametrize("around", [b"%b", b"%b\n", b"1\n%b\n[2]\n", b"1\r\n%b\r\n"])
def test_every_kind_of_line(tmp_path: Path, line: bytes, around: bytes) -> None:
    path, content = tmp_path / "a.jsonl", around.replace(b"%b", line)
    path.write_bytes(content)
    assert taken(path) == one_by_one(content, str(path))


@pytest.mark.usefixtures("library")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.sampled_from([*LINES, *[b'{"a":1}', b"[2]", b"3"] * 20]), max_size=8), st.integers(1, 9))
def test_files_that_are_read_in_pieces(tmp_path: Path, lines: list[bytes], size: int) -> None:
    path, content = tmp_path / "a.jsonl", b"\n".join(lines)
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "_BLOCK", size)
        assert taken(path) == one_by_one(content, str(path))


HALVES = [
    *(b"1", b"1,2", b"[1", b"2]", b'{"a":1', b'"b":2}', b'[{"a":1', b'"x', b'y"', b"[1,[2", b"3]]", b"[", b"]"),
    *(b'"\x7f"', b'1,"\x7f",2', b'["\x7f"', b'"\x7f",', b',"\x7f"', b'"~"', b"{}", b"null"),
]


@given(st.lists(st.sampled_from(HALVES), min_size=1, max_size=7))
def test_lines_that_make_up_for_each_other(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    path, content = tmp_path_factory.mktemp("halves") / "a.jsonl", b"\n".join(lines) + b"\n"
    path.write_bytes(content)
    assert taken(path) == one_by_one(content, str(path))


def test_every_pair_and_triple_of_halves(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for lines in (*product(HALVES, repeat=2), *product(HALVES, repeat=3)):
        content = b"\n".join(lines) + b"\n"
        path.write_bytes(content)
        assert taken(path) == one_by_one(content, str(path)), content


def test_lines_are_proven_many_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":[1,2.5,"x"]}\n' * 10_000)
    with patch("parallel_stage.run.reducers.json_lines.orjson") as library:
        library.loads.side_effect = orjson.loads
        assert taken(path) == (path.read_bytes(), 10_000)
    assert library.loads.call_count < 10


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnfitValueError, match=r"cannot be read: No such file") as caught:
        json_lines.copy(tmp_path / "a.jsonl", bytes, "return one")
    assert caught.value.hint == "return one"

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_stage.contract.model import InputFormat
from parallel_stage.errors import ParallelStageError
from parallel_stage.plan.chunk import Chunk
from parallel_stage.plan.partition import ByteRange, WholeFile
from support import REUSED_FIXTURES

TABLE = b'a,b\r\n1,"x\n"\r\n2,y\r\n3,z'


def chunk(root: Path, name: str, content: bytes, *bounds: int, **said: Any) -> Chunk:
    """A byte range from (start, stop, header), or the whole file without bounds."""
    (root / name).write_bytes(content)
    work = ByteRange(name, *bounds) if bounds else WholeFile(name, len(content))
    return Chunk.of(work, root, InputFormat(**said) if said else None)


def test_a_range_reads_as_a_file_with_the_header(tmp_path: Path) -> None:
    found = chunk(tmp_path, "a.csv", TABLE, 13, 18, 5)
    assert (found.path, found.start, found.stop, found.rows) == (tmp_path / "a.csv", 13, 18, None)
    assert found.header == b"a,b\r\n"
    with found.open() as stream:
        assert stream.read() == b"a,b\r\n2,y\r\n"
        assert stream.seekable()
        assert stream.readable()
    assert list(found.records()) == [{"a": "2", "b": "y"}]


def test_a_whole_file_reads_as_it_is(tmp_path: Path) -> None:
    found = chunk(tmp_path, "a.csv", TABLE)
    assert found.header == b"a,b\r\n"
    assert found.open().read() == TABLE
    assert [row["b"] for row in found.records()] == ["x\n", "y", "z"]


@settings(suppress_health_check=REUSED_FIXTURES)
@given(st.data())
def test_the_stream_is_like_one_in_memory(tmp_path: Path, data: st.DataObject) -> None:
    content = bytes(range(256)) * 8
    header = data.draw(st.integers(0, 300))
    start = data.draw(st.integers(header, len(content)))
    stop = data.draw(st.integers(start, len(content)))
    truth = io.BytesIO(content[:header] + content[start:stop])
    with chunk(tmp_path, "a.bin", content, start, stop, header).open() as stream:
        for _ in range(8):
            if data.draw(st.booleans()):
                size = data.draw(st.integers(-1, 700))
                assert stream.read(size) == truth.read(size)
            else:
                offset, whence = data.draw(st.integers(0, 2500)), data.draw(st.sampled_from([0, 2]))
                assert stream.seek(offset, whence) == truth.seek(offset, whence)
            assert stream.tell() == truth.tell()


def test_seeking_before_the_start(tmp_path: Path) -> None:
    with chunk(tmp_path, "a.csv", TABLE, 13, 18, 5).open() as stream:
        assert stream.seek(-3, os.SEEK_END) == 7
        assert stream.seek(-2, os.SEEK_CUR) == 5
        with pytest.raises(ValueError, match="negative seek"):
            stream.seek(-1)


def test_text_readers_of_others_take_the_stream(tmp_path: Path) -> None:
    with chunk(tmp_path, "a.csv", TABLE, 5, 18, 5).open() as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        assert list(csv.reader(text)) == [["a", "b"], ["1", "x\n"], ["2", "y"]]


def test_closing_lets_go_of_the_file(tmp_path: Path) -> None:
    stream = chunk(tmp_path, "a.csv", TABLE, 13, 18, 5).open()
    stream.close()
    with pytest.raises(ValueError, match="closed file"):
        stream.read()


BELOW = [{"a": "1", "b": "2"}, {"a": "3", "b": None}, {"a": "4", "b": "5", None: ["6"]}]


@pytest.mark.parametrize(
    ("name", "content", "said", "expected"),
    [
        ("a.csv", b"\xef\xbb\xbfa\n1\n", {}, [{"a": "1"}]),
        ("a.csv", b"\xef\xbb\xbf1\n2\n", {"header": False}, [["1"], ["2"]]),
        ("a.tsv", b"a\tb\n1\t\n", {}, [{"a": "1", "b": ""}]),
        ("a.csv", b"a;b\n'x;';2\n", {"delimiter": ";", "quotechar": "'"}, [{"a": "x;", "b": "2"}]),
        ("a.csv", b'a\n"x\n', {"quotechar": ""}, [{"a": '"x'}]),
        ("a.csv", b"a\n\xe9\n", {"encoding": "latin-1"}, [{"a": "é"}]),
        ("a.csv", "a\né\n".encode("utf-16"), {"encoding": "utf-16"}, [{"a": "é"}]),
        ("a.csv", b"", {}, []),
        ("a.csv", b"\xef\xbb\xbf# made today, by us\n\na,b\n1,2\n3\n4,5,6\n", {"head_lines": 3}, BELOW),
        ("a.csv", b"a,b\r\nkg,m\r\n1,2\r\n3\r\n\r\n4,5,6\r\n", {"head_lines": 2}, BELOW),
        ("a.csv", b"one\ntwo\n1,2\n", {"head_lines": 2}, [["1", "2"]]),
        ("a.csv", b"made,today\n#a,b,c\n1,2,3\n", {"head_lines": 2}, [{"#a": "1", "b": "2", "c": "3"}]),
        ("a.csv", b"one\n1,2\n", {"head_lines": 1, "header": False}, [["1", "2"]]),
        ("a.csv", b"1,2\n", {"head_lines": 0}, [["1", "2"]]),
        ("a.csv", b"a\n", {"head_lines": 3}, []),
        ("a.txt", b"one\ntwo\nx\n", {"head_lines": 2}, ["x"]),
        ("a.jsonl", b'{"a": 1}\n\n  \n[2]\r\n3', {}, [{"a": 1}, [2], 3]),
        ("a.txt", b"x\ny\r\n\n z", {}, ["x", "y", "", " z"]),
        ("a.log", b"# head\nx\n", {"header": True}, ["x"]),
    ],
)
def test_records(tmp_path: Path, name: str, content: bytes, said: dict[str, Any], expected: list[Any]) -> None:
    assert list(chunk(tmp_path, name, content, **said).records()) == expected


def test_a_cell_longer_than_the_csv_module_takes_by_default(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    long = "x" * (before + 1)
    assert list(chunk(tmp_path, "a.csv", f"a\n{long}\n".encode()).records()) == [{"a": long}]
    assert csv.field_size_limit() == before


def test_a_mark_inside_a_file_is_data(tmp_path: Path) -> None:
    content = "1\n\ufeff2\n".encode()
    assert list(chunk(tmp_path, "a.csv", content, 2, len(content), 0, header=False).records()) == [["\ufeff2"]]


def test_a_line_that_is_not_json(tmp_path: Path) -> None:
    found = chunk(tmp_path, "a.jsonl", b'1\n2\n{"a"\n', 2, 9, 0).records()
    assert next(found) == 2
    with pytest.raises(
        ParallelStageError, match=r"a.jsonl, record 2 after byte 2, is not a JSON value .*'{\"a\""
    ) as caught:
        next(found)
    assert caught.value.hint


def test_bytes_that_are_not_in_the_encoding(tmp_path: Path) -> None:
    with pytest.raises(ParallelStageError, match=r"a.csv is not utf-8 .*0xff") as caught:
        list(chunk(tmp_path, "a.csv", b"a\n\xff\n").records())
    assert "input_format.encoding" in caught.value.hint


@pytest.mark.parametrize("name", ["a.bin", "a.parquet"])
def test_kinds_without_text_records(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParallelStageError, match="has no text records"):
        chunk(tmp_path, name, b"x").records()


def test_a_chunk_is_of_the_path_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TABLE)
    work = WholeFile(str(tmp_path / "a.csv"), len(TABLE))
    assert Chunk.of(work, "elsewhere", None).path == Path(tmp_path / "a.csv")

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.model import InputFormat
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.divisible import doubtful_quote, why_whole

if TYPE_CHECKING:
    from pathlib import Path

TABLE = b"a,b\n1,2\n"


def reason(path: Path, content: bytes, **said: Any) -> str:
    path.write_bytes(content)
    declared = InputFormat(**said) if said else None
    return why_whole(str(path), dialect_of(path.name, declared), declared)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.txt", "a.parquet"])
def test_text_and_parquet_may_be_cut(tmp_path: Path, name: str) -> None:
    for content in (TABLE, b"", b"\xef\xbb\xbf" + TABLE, b"BZh9 is how this text starts\n", b"PK,x\n"):
        assert reason(tmp_path / name, content) == ""


@pytest.mark.parametrize(
    ("compress", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bzip2"), (lzma.compress, "xz")]
)
def test_compressed_by_content(tmp_path: Path, compress: Any, name: str) -> None:
    for content in (TABLE, b""):
        assert name in reason(tmp_path / "a.csv", compress(content))


def test_other_compressions_by_content(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("a.csv", TABLE)
    assert "zip" in reason(tmp_path / "a.csv", (tmp_path / "a.csv").read_bytes())
    assert "zstandard" in reason(tmp_path / "a.csv", b"\x28\xb5\x2f\xfd\x04\x00")
    assert "lz4" in reason(tmp_path / "a.csv", b"\x04\x22\x4d\x18\x64\x40")


@pytest.mark.parametrize("suffix", ["gz", "GZ", "bz2", "xz", "zst", "zip", "lz4"])
def test_compressed_by_suffix(tmp_path: Path, suffix: str) -> None:
    assert f"(.{suffix.lower()})" in reason(tmp_path / f"a.csv.{suffix}", TABLE, kind="csv")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_text(tmp_path: Path, encoding: str) -> None:
    marks = [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE]
    for mark in marks[:2] if encoding == "utf-16" else marks[2:]:
        assert encoding.upper() in reason(tmp_path / "a.csv", mark + b"\0a\0,")
    words = f"in input_format.encoding = '{encoding}-le' newlines, delimiters and quotes are not always the bytes"
    assert reason(tmp_path / "a.csv", b"a\0,\0", encoding=f"{encoding}-le").startswith(words)


@pytest.mark.parametrize(
    ("encoding", "safe"),
    [
        ("UTF8", True),
        ("utf-8-sig", True),
        ("us-ascii", True),
        ("latin-1", True),
        ("iso-8859-15", True),
        ("windows-1252", True),
        ("cp1251", True),
        ("koi8-r", True),
        ("mac_roman", True),
        ("cp866", True),
        ("shift_jis", True),
        ("sjis", True),
        ("gb18030", True),
        ("big5-tw", True),
        ("johab", True),
        ("utf-7", False),
        ("hz", False),
        ("mac_arabic", False),
        ("iso2022_jp", False),
        ("cp037", False),
        ("unicode_escape", False),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, safe: bool) -> None:  # noqa: FBT001
    found = reason(tmp_path / "a.csv", TABLE, encoding=encoding)
    assert (found == "") is safe
    assert safe or "input_format.encoding" in found


def test_delimiters_of_several_bytes(tmp_path: Path) -> None:
    assert "delimiter = '§' is not one byte in utf-8" in reason(tmp_path / "a.csv", TABLE, delimiter="§")
    assert "quotechar = '“'" in reason(tmp_path / "a.csv", TABLE, quotechar="“", encoding="ascii")
    assert reason(tmp_path / "a.csv", TABLE, delimiter="§", encoding="latin-1") == ""
    assert reason(tmp_path / "a.jsonl", b"1\n", delimiter="§") == ""


@pytest.mark.parametrize(
    ("encoding", "delimiter", "byte"),
    [
        ("shift_jis", "|", "0x7c"),
        ("shift_jis", "\uff71", "0xb1"),
        ("shift_jis", "\xa5", "0x5c"),
        ("gb18030", "0", "0x30"),
        ("johab", ";", "0x3b"),
        ("euc_jp", "~", "0x7e"),
    ],
)
def test_delimiters_that_are_part_of_other_characters(tmp_path: Path, encoding: str, delimiter: str, byte: str) -> None:
    for field in ("delimiter", "quotechar"):
        found = reason(tmp_path / "a.csv", TABLE, encoding=encoding, **{field: delimiter})
        assert found.startswith(f"input_format.{field} = {delimiter!r} is the byte {byte}, which may be")
    assert reason(tmp_path / "a.jsonl", TABLE, encoding=encoding, delimiter=delimiter) == ""
    assert reason(tmp_path / "a.csv", TABLE, encoding=encoding, delimiter="\t") == ""


def test_the_word_of_the_author(tmp_path: Path) -> None:
    assert "splittable = false" in reason(tmp_path / "a.csv", TABLE, splittable=False)
    assert "splittable = false" in reason(tmp_path / "a.parquet", TABLE, splittable=False)


def test_opaque_bytes(tmp_path: Path) -> None:
    assert "input_format.kind" in reason(tmp_path / "a.bin", TABLE)
    assert reason(tmp_path / "a.bin", TABLE, kind="lines") == ""


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.txt"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark(tmp_path: Path, name: str, encoding: str) -> None:
    found = reason(tmp_path / name, "a\n1\n".encode(encoding))
    assert f"byte {1 if encoding == 'utf-16-le' else 0} is NUL" in found
    assert reason(tmp_path / name, b"a\n1\n" + b"x" * 1024 + b"\0") == ""


def test_a_backslash_before_a_quote(tmp_path: Path) -> None:
    content = b'a,b\n"C:\\",1\n'
    found = reason(tmp_path / "a.csv", content)
    assert "the quote at byte 8 follows a backslash" in found
    assert "input_format.quotechar = '\"'" in found
    assert reason(tmp_path / "a.csv", content, quotechar='"') == ""
    assert reason(tmp_path / "a.jsonl", b'"\\""\n') == ""


def test_a_backslash_before_a_line_end(tmp_path: Path) -> None:
    content = b"a,b\n1,C:\\x\\\n2,x\n"
    found = reason(tmp_path / "a.csv", content)
    assert "the line end at byte 11 follows a backslash, which may or may not escape it" in found
    assert "input_format.quotechar = '\"'" in found
    for settled in ('"', ""):
        assert reason(tmp_path / "a.csv", content, quotechar=settled) == ""
    assert reason(tmp_path / "a.txt", content) == ""


def test_line_ends_that_would_join(tmp_path: Path) -> None:
    assert "carriage return" in reason(tmp_path / "a.csv", b"a\r1\n\n")
    assert reason(tmp_path / "a.csv", b'a\r"x\n\ny"\r1\r') == ""
    assert reason(tmp_path / "a.csv", b"a\r1\r") == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'h\n"a ""b"""\n', ""),
        (b"h\n1\n", ""),
        (b'h\n5" pipe\n', "the quote at byte 3 stands inside a field that does not start with one"),
        (b'h 5"\n1\n', "the quote at byte 3 stands inside"),
        (b'h\n"a"\n"b\n', "the file ends inside quoted text: the quote at byte 6 has no partner"),
        (b'h\n"a\n"b"\n', "the quote at byte 7 stands inside"),
        (b'h,"\n', "the file ends inside quoted text: the quote at byte 2"),
        (b'h\n"\\"\n5"', "the quote at byte 4 follows a backslash"),
        (b"h\n1\\\n5", "the line end at byte 4 follows a backslash"),
        (b'\xef\xbb\xbf"h"\n"1"\n', ""),
    ],
)
def test_doubtful_quotes(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    found = doubtful_quote(str(path), dialect_of("a.csv", None))
    assert found.startswith(words)
    assert bool(found) is bool(words)
    assert doubtful_quote(str(path), dialect_of("a.csv", InputFormat(quotechar=""))) == ""
    assert doubtful_quote(str(path), dialect_of("a.jsonl", None)) == ""


def test_a_compressed_file_is_not_reported_to_say_what_it_holds(tmp_path: Path) -> None:
    assert reason(tmp_path / "a.csv.gz", TABLE) == "it is compressed (.gz)"

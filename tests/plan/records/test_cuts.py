"""The truth is Python's csv: rows of the whole file == header and the rows of all chunks, for every cut."""

from __future__ import annotations

import csv
import io
import random
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parallel_stage.contract.model import InputFormat
from parallel_stage.errors import InputChangedError
from parallel_stage.plan.chunk import Chunk
from parallel_stage.plan.dialect import Dialect
from parallel_stage.plan.divisible import unsplittable
from parallel_stage.plan.partition import ByteRange
from parallel_stage.plan.records import grammar, proofs, reader
from parallel_stage.plan.records.cuts import Cuts, cut_bytes, cut_records
from parallel_stage.plan.records.survey import loose_quote, mixed_line_ends, survey
from support import REUSED_FIXTURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BOM = b"\xef\xbb\xbf"
WITH_HEADER = Dialect("csv", ",", '"', header=True, encoding="utf-8", splittable=True)
WITHOUT_HEADER = Dialect("csv", ",", '"', header=False, encoding="utf-8", splittable=True)
SETTINGS = settings(suppress_health_check=REUSED_FIXTURES)


def by_bytes(path: str, dialect: Dialect, parts: int, *, numpy: bool = False) -> Cuts:
    return cut_bytes(survey(path, dialect, count=False, numpy=numpy), parts)


def by_records(path: str, dialect: Dialect, parts: int, *, numpy: bool = False) -> Cuts:
    return cut_records(survey(path, dialect, count=True, numpy=numpy), parts)


CUTS = (by_bytes, by_records)
Cut: TypeAlias = "Callable[..., Cuts]"


@contextmanager
def in_pieces_of(size: int, shared_from: int = 20) -> Iterator[None]:
    """Read files in blocks of so many bytes, so that small texts have many, which threads share from a size on."""
    with (
        mock.patch.object(reader, "BLOCK", size),
        mock.patch.object(proofs, "BLOCK", size),
        mock.patch.object(reader, "WINDOW", max(2, size)),
        mock.patch.object(proofs, "WINDOW", max(2, size)),
        mock.patch("parallel_stage.plan.records.survey._FINER", ((size + 1) // 2, 1)),
        mock.patch.object(proofs, "_LEAST_SHARED", shared_from),
    ):
        yield


def rows(content: bytes, dialect: Dialect) -> list[list[str]]:
    encoding = "utf-8-sig" if content.startswith(BOM) else dialect.encoding
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    return list(csv.reader(text, **dialect.csv_options()))


def assert_exact(path: Path, content: bytes, parts: int, dialect: Dialect) -> None:
    """Cut the content both ways, with numpy and without."""
    path.write_bytes(content)
    for cut in CUTS:
        for numpy in (False, True):
            assert_cut(str(path), content, parts, dialect, cut, numpy=numpy)


def assert_cut(path: str, content: bytes, parts: int, dialect: Dialect, cut: Cut, *, numpy: bool) -> None:
    """Cut the content, and compare with what csv reads; every chunk is read with the header in front."""
    if mixed_line_ends(path, dialect):
        return
    whole = rows(content, dialect)
    cuts = cut(path, dialect, parts, numpy=numpy)
    header = content[: cuts.header]
    columns = rows(header, dialect) if dialect.header else []
    chunks = [rows(header + content[start:stop], dialect) for start, stop in pairwise(cuts.bounds)]
    assert all(chunk[: len(columns)] == columns for chunk in chunks)
    found = columns + [row for chunk in chunks for row in chunk[len(columns) :]]
    assert found == whole, cuts
    assert (cuts.bounds[0], cuts.bounds[-1]) == (cuts.header, len(content))
    assert len(chunks) == max(1, min(parts, len(whole) - len(columns)))
    assert len(chunks) == 1 or all(start < stop for start, stop in pairwise(cuts.bounds)), cuts
    if cut is by_records:
        assert cuts.rows == tuple(len(chunk) - len(columns) for chunk in chunks)
        assert max(cuts.rows) - min(cuts.rows) <= 1


@SETTINGS
@given(
    st.lists(st.text("a,'\"# \t", max_size=6), max_size=4),
    st.text('a,"\n', max_size=40),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([b"", BOM]),
    st.integers(1, 5),
)
@example(['he said "', "a,b"], "1,2\n3,4\n", "\n", b"", 2)
def test_head_lines_are_copied_as_they_are(
    tmp_path: Path, head: list[str], body: str, end: str, mark: bytes, parts: int
) -> None:
    """Whatever stands in the head, the records below are cut as those of a file without one."""
    below = body.replace("\n", end).encode()
    start = mark + "".join(line + end for line in head).encode()
    dialect = replace(WITH_HEADER, head_lines=len(head))
    (tmp_path / "x.csv").write_bytes(start + below)
    (tmp_path / "below.csv").write_bytes(below)
    if mixed_line_ends(str(tmp_path / "x.csv"), dialect):
        return
    for cut in CUTS:
        cuts, wanted = (
            cut(str(tmp_path / name), of, parts) for name, of in (("x.csv", dialect), ("below.csv", WITHOUT_HEADER))
        )
        assert cuts.header == len(start)
        assert [bound - cuts.header for bound in cuts.bounds] == list(wanted.bounds)


dialects = st.sampled_from([WITH_HEADER, WITHOUT_HEADER])
blocks = st.sampled_from([1, 2, 3, 5, 64, 1 << 16])


@SETTINGS
@given(st.text('a,"\n\r'), st.integers(1, 12), dialects, st.booleans(), blocks)
@example('a,b\n"x\ny",1\n2,"z""\n"\n', 3, WITH_HEADER, False, 4)
@example('"unterminated\n1,2\n', 2, WITHOUT_HEADER, False, 1 << 16)
@example('"a"\n"b"\n', 2, WITHOUT_HEADER, True, 1 << 16)
@example('h\r"a\n"\r', 2, WITH_HEADER, False, 1 << 16)
@example('""""""""\n""""",2\n', 3, WITHOUT_HEADER, False, 1)
@example('5" pipe,"a\nb"\n' * 3, 3, WITHOUT_HEADER, False, 3)
def test_any_text(
    tmp_path: Path,
    text: str,
    parts: int,
    dialect: Dialect,
    marked: bool,  # noqa: FBT001
    block: int,
) -> None:
    with in_pieces_of(block), mock.patch.object(grammar, "_MOST_DOUBLED", block):
        assert_exact(tmp_path / "x.csv", (BOM if marked else b"") + text.encode(), parts, dialect)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table as RFC 4180 has them, with one kind of line end."""
    width = draw(st.integers(1, 4))
    cell = st.text('ab ,"\n\ré', max_size=6)
    table = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=12))
    stream = io.StringIO(newline="")
    dialect = draw(st.sampled_from([csv.excel, csv.unix_dialect]))  # quotes where needed, quotes everywhere
    csv.writer(stream, dialect, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))).writerows(table)
    text = stream.getvalue()
    return (text.rstrip("\r\n") if draw(st.booleans()) else text).encode()


@SETTINGS
@given(tables(), st.integers(1, 20), dialects, blocks)
def test_any_table(tmp_path: Path, content: bytes, parts: int, dialect: Dialect, block: int) -> None:
    with in_pieces_of(block):
        assert_exact(tmp_path / "x.csv", content, parts, dialect)


@SETTINGS
@given(tables())
def test_tables_of_rfc_4180_never_need_a_scan(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    expected = {"newlines", "parity"}
    assert by_bytes(str(path), WITHOUT_HEADER, 4).proof in expected


@SETTINGS
@given(st.text('a,"\n\r'), blocks)
@example('a\n"""\n', 1)
def test_a_loose_quote_is_what_leaves_a_file_without_the_cheaper_proofs(tmp_path: Path, text: str, block: int) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    with in_pieces_of(block):
        offset, unclosed = loose_quote(str(path), WITHOUT_HEADER)
        assert loose_quote(str(path), WITHOUT_HEADER, numpy=True) == (offset, unclosed)
        found = survey(str(path), WITHOUT_HEADER, count=False)
    assert (found.stray if found.stray >= 0 else -1) == (-1 if unclosed else offset)
    assert found.unclosed == (offset if unclosed else -1)
    if found.proof == "parity":
        assert unclosed is (text.count('"') % 2 == 1)
        assert not unclosed or text[offset] == '"'


@SETTINGS
@given(st.text('a,"\n\\'), blocks, st.booleans())
@example('x"\n\\n', 1, False)
def test_a_backslash_is_seen_wherever_it_stands(
    tmp_path: Path,
    text: str,
    block: int,
    numpy: bool,  # noqa: FBT001
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    with in_pieces_of(block):
        found = survey(str(path), WITHOUT_HEADER, count=False, numpy=numpy)
    assert found.backslash or "\\" not in text


@SETTINGS
@given(tables())
def test_tables_of_rfc_4180_have_no_loose_quote(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert loose_quote(str(path), WITH_HEADER) == (-1, False)


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_thousands_of_short_texts(seed: int) -> None:
    """A thousand texts a seed, so ten thousand in all, each cut in one way; they are files in memory."""
    chance, content = random.Random(seed), b""  # noqa: S311

    @contextmanager
    def opened(path: str) -> Iterator[reader.Reader]:
        yield reader.Reader(path, io.BufferedReader(io.BytesIO(content)), len(content))

    with ExitStack() as stack:
        stack.enter_context(in_pieces_of(chance.randint(1, 8), shared_from=100))
        for module in ("survey", "cuts"):
            stack.enter_context(mock.patch(f"parallel_stage.plan.records.{module}.opened", opened))
        for _ in range(1000):
            alphabet = chance.choice(['a,"\n\r', 'a,"\n', '",\n', 'a"'])
            content = "".join(chance.choices(alphabet, k=chance.randrange(30))).encode()
            dialect, numpy = chance.choice([WITH_HEADER, WITHOUT_HEADER]), chance.choice([False, True])
            assert_cut("x.csv", content, chance.randrange(1, 9), dialect, chance.choice(CUTS), numpy=numpy)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(
    "content",
    [b"", b"a", b"\n", b'"', b"a,b", b"a,b\n", BOM, BOM + b"a\n", b"a,b\n1,2", b'"a\nb",c\r\n1,2\r\n', b"\r\r\r"],
)
def test_tiny_files(tmp_path: Path, content: bytes, cut: Callable[[str, Dialect, int], Cuts]) -> None:
    for dialect in (WITH_HEADER, WITHOUT_HEADER):
        assert_exact(tmp_path / "x.csv", content, 4, dialect)
        assert cut(str(tmp_path / "x.csv"), dialect, 4).bounds[-1] == len(content)


def test_equal_records_give_equal_chunks(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"head\n" + b"12345678\n" * 12)
    assert by_bytes(str(path), WITH_HEADER, 4).bounds == (5, 32, 59, 86, 113)
    assert by_records(str(path), WITH_HEADER, 4).rows == (3, 3, 3, 3)


def test_a_record_longer_than_many_chunks_stays_whole(tmp_path: Path) -> None:
    content = b'h\n1\n"' + b"x\n" * 300_000 + b'"\n2\n'
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    cuts = by_bytes(str(path), WITH_HEADER, 64)
    assert cuts.bounds == (2, 4, len(content) - 2, len(content))
    assert by_records(str(path), WITH_HEADER, 64).bounds == (2, 4, len(content) - 2, len(content))


@pytest.mark.parametrize(
    ("content", "proof", "stray"),
    [
        (b"h\n1,2\n3,4\n", "newlines", -1),
        (b'"h\nh"\n1\n2\n', "newlines", -1),
        (b'h\n"1\n",2\n"3""4",5\n', "parity", -1),
        (b'h\n"1"tail,2\n3,4\n', "parity", -1),
        (b'h\n5" pipe,2\n"3\n",4\n', "scan", 3),
        (b'h\n "1",2\n3,4\n', "scan", 3),
        (b'h\n"1","2",3"\n', "scan", 11),
        (b"h\n" + b"x" * 65_534 + b'"\n', "scan", 65_536),
    ],
)
def test_the_cheapest_proof(tmp_path: Path, content: bytes, proof: str, stray: int) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    found = survey(str(path), WITH_HEADER, count=True)
    assert (found.proof, found.stray) == (proof, stray)
    assert found.records == len(rows(content, WITH_HEADER)) - 1


@pytest.mark.parametrize("quote_at", [65_534, 65_535, 65_536, 65_537])
def test_quotes_and_line_ends_around_the_end_of_a_block(tmp_path: Path, quote_at: int) -> None:
    for middle in (b'"a""b"', b'"a\r\n"', b'"""\n"""', b'""', b'"",""', b'"\n"'):
        content = b"x" * (quote_at - 1) + b"," + middle + b"\r\n" + b"y\r\n" * 3
        assert_exact(tmp_path / "x.csv", content, 5, WITHOUT_HEADER)
    assert_exact(tmp_path / "x.csv", b"x" * quote_at + b"\r\n" + b'"y"\r\n' * 3, 5, WITHOUT_HEADER)


@pytest.mark.parametrize(
    ("dialect", "content"),
    [
        (Dialect("csv", ";", "'", header=True, encoding="utf-8", splittable=True), b"a;b\n'x\n;';1\n2;'y'''\n\"\n;3\n"),
        (Dialect("csv", "^", "|", header=True, encoding="utf-8", splittable=True), b"a^b\n|x\n^|^1\n2^|y|||\n"),
        (Dialect("csv", "]", "\\", header=False, encoding="utf-8", splittable=True), b"a]b\n\\x\n]\\]1\n2]y\\\n"),
        (Dialect("csv", ",", "", header=True, encoding="utf-8", splittable=True), b'a,b\n"x\ny",2\n'),
        (
            Dialect("csv", "\t", '"', header=True, encoding="iso8859-1", splittable=True),
            b'\xefa\tb\n"\xe9\n"\t1\n2\t3\n',
        ),
    ],
)
def test_other_delimiters_and_quotes(tmp_path: Path, dialect: Dialect, content: bytes) -> None:
    for parts in range(1, 6):
        assert_exact(tmp_path / "x.csv", content, parts, dialect)


@st.composite
def tables_of_carriage_returns(draw: st.DrawFn) -> bytes:
    """A table as Excel for Mac writes them: records end with a carriage return, lines in cells with a line feed."""
    table = draw(st.lists(st.lists(st.text('ab,"\n', max_size=6), min_size=2, max_size=2), min_size=1, max_size=12))
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r", quoting=csv.QUOTE_ALL).writerows(table)
    return stream.getvalue().encode()


@SETTINGS
@given(tables_of_carriage_returns(), st.integers(1, 20), blocks)
def test_carriage_returns_with_line_feeds_in_cells(tmp_path: Path, content: bytes, parts: int, block: int) -> None:
    with in_pieces_of(block):
        assert_exact(tmp_path / "x.csv", content, parts, WITH_HEADER)
    assert not mixed_line_ends(str(tmp_path / "x.csv"), WITH_HEADER)


MULTIBYTE = {
    "big5": "\u8a31\u529f\u84cb\u4e00",
    "cp932": "\u8868\u30bd\u80fd\uff71\u2460",
    "cp949": "\uac02\uac03\ub618\u4e00",
    "euc_jp": "\u8868\u30bd\u4e02\uff71",
    "euc_kr": "\uac00\ub618\u4e00",
    "gb18030": "\u4e02\u4e42\x80\u3400\U00020000\ue5e5",
    "gbk": "\u4e02\u8a98\u4e42",
    "johab": "\uac02\uac03\u314f\u4e00",
    "shift_jis": "\u8868\u30bd\u80fd\uff71",
}
"""Characters of which many have bytes below 128, such as those of backslashes, digits and letters."""


@SETTINGS
@given(st.data(), st.sampled_from(sorted(MULTIBYTE)), st.sampled_from(CUTS), st.integers(1, 12), blocks)
def test_encodings_in_which_bytes_of_ascii_are_parts_of_characters(
    tmp_path: Path, data: st.DataObject, encoding: str, cut: Callable[..., Cuts], parts: int, block: int
) -> None:
    text = data.draw(st.text(MULTIBYTE[encoding] + 'a,"\n\r\\|@0', max_size=40))
    delimiter = data.draw(st.sampled_from([",", "\t", " ", "'"]))
    dialect = replace(WITH_HEADER, encoding=encoding, delimiter=delimiter)
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    if unsplittable(str(path), dialect):
        assert mixed_line_ends(str(path), dialect)
        return
    with in_pieces_of(block):
        assert_exact(path, text.encode(encoding), parts, dialect)
    cuts = cut(str(path), dialect, parts)
    works = [ByteRange("x.csv", start, stop, cuts.header) for start, stop in pairwise(cuts.bounds)]
    declared = InputFormat(encoding=encoding, delimiter=delimiter)
    found = [list(Chunk.of(work, tmp_path, declared).records()) for work in works]
    whole = list(csv.DictReader(io.StringIO(text, newline=""), **dialect.csv_options()))
    assert [record for chunk in found for record in chunk] == whole


@SETTINGS
@given(st.text('a"\n\r'), st.integers(1, 9), st.sampled_from(["jsonl", "lines"]), st.booleans())
def test_lines_end_with_a_line_feed_only(
    tmp_path: Path,
    text: str,
    parts: int,
    kind: str,
    header: bool,  # noqa: FBT001
) -> None:
    dialect = Dialect(kind, ",", '"', header=header, encoding="utf-8", splittable=True)
    content, path = text.encode(), tmp_path / "x"
    path.write_bytes(content)
    lines = content.splitlines(keepends=True) if "\r" not in text else io.BytesIO(content).readlines()
    for cut in CUTS:
        cuts = cut(str(path), dialect, parts)
        pieces = [content[start:stop] for start, stop in pairwise(cuts.bounds)]
        assert content[: cuts.header] == (b"".join(lines[:1]) if header else b"")
        assert all(piece.endswith(b"\n") for piece in pieces[:-1])
        assert content[: cuts.header] + b"".join(pieces) == content
    assert sum(cuts.rows) == len(lines) - (header and bool(lines))


def test_a_header_with_a_bare_return_before_line_feeds(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for content, mixed in (
        (b"a\r1\r2\r", False),
        (b"a\r1\n\n2\n", True),
        (b"a\r1\r\n\n2\r", True),
        (b"a\r1\n2\n\r", False),
        (b'a\r"1\n\n2"\r3\r', False),
        (b'a\r"1\n\n2"\n\n3\r', True),
        (b"a\r\n1\n\n", False),
        (b"", False),
    ):
        path.write_bytes(content)
        assert mixed_line_ends(str(path), WITH_HEADER) is mixed


@pytest.mark.parametrize("doubled", [63, 64, 65, 66, 10_000])
def test_a_field_of_many_doubled_quotes(tmp_path: Path, doubled: int) -> None:
    field = b'"' + b'a""\n' * doubled + b'"'
    for start in (b"", b'5" pipe,'):
        assert_exact(tmp_path / "x.csv", start + field + b"\n1\n" + field + b",2\n", 4, WITHOUT_HEADER)


def test_many_chunks_of_a_quoted_file_are_cut_in_one_go(tmp_path: Path) -> None:
    content = b'"a","b\nc"\n' * 20_000
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert by_bytes(str(path), WITHOUT_HEADER, 20_000).bounds == tuple(range(0, len(content) + 1, 10))
    assert set(by_records(str(path), WITHOUT_HEADER, 20_000).rows) == {1}


def test_a_file_that_changes_between_reading_and_cutting(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"h\n1\n2\n")
    found = survey(str(path), WITH_HEADER, count=True)
    for content in (b"h\n1\n", b"", b"h\n1\n2\n3\n"):
        path.write_bytes(content)
        for cut in (cut_bytes, cut_records):
            with pytest.raises(InputChangedError, match=f"x.csv changed .* from 6 to {len(content)} bytes"):
                cut(found, 2)

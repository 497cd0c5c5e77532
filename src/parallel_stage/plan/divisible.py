"""Whether a file may be cut, and the reason where it may not."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from parallel_stage.plan.dialect import TEXT_KINDS
from parallel_stage.plan.records.encodings import finds_lines, is_shared
from parallel_stage.plan.records.escapes import first_escape
from parallel_stage.plan.records.survey import loose_quote, mixed_line_ends

if TYPE_CHECKING:
    from parallel_stage.contract.model import InputFormat
    from parallel_stage.plan.dialect import Dialect

_COMPRESSED_SUFFIXES = (".gz", ".bgz", ".bz2", ".xz", ".lzma", ".zst", ".zip", ".lz4", ".br", ".z")
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
}
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # what follows BZh and a digit; three letters alone may be text
_WIDE_MARKS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_HEAD = 1024
_BINARY = "nothing tells where its records end: set input_format.kind if it holds text records"


def why_whole(path: str, dialect: Dialect, declared: InputFormat | None) -> str:
    """Return why a file stays whole, as a clause; empty where it may be cut.

    Args:
        path: The file.
        dialect: How it is read.
        declared: The contract's `input_format`: its quotechar settles what a backslash before it, or before a
            line's end, means.

    Raises:
        OSError: Where the file cannot be read.
    """
    return unsplittable(path, dialect) or undecided(path, dialect, declared)


def unsplittable(path: str, dialect: Dialect) -> str:
    """Return why a file cannot be cut whatever its quotes are, as a clause; empty where quotes decide.

    Raises:
        OSError: Where the file cannot be read.
    """
    return (
        (not dialect.splittable and "input_format.splittable = false says that it must not be cut")
        or opaque(path, is_text=dialect.kind in TEXT_KINDS and not unsafe_encoding(dialect))
        or (dialect.kind == "binary" and _BINARY)
        or (dialect.kind != "parquet" and (unsafe_encoding(dialect) or _mixed_line_ends(path, dialect)))
        or ""
    )


def doubtful_quote(path: str, dialect: Dialect, *, numpy: bool = False) -> str:
    """Return how the quotes of a splittable text file break RFC 4180, as a clause; else empty.

    The runner then reads as Python's `csv` does, or leaves the file whole; other readers may see other
    records. `numpy` tells whether to use it.
    """
    if dialect.kind != "csv":
        return ""
    return _escaped(path, dialect) or _loose(path, dialect, numpy=numpy)


def opaque(path: str, *, is_text: bool) -> str:
    """Return why a file does not hold plain records, as a clause: it is compressed, or wide text.

    Args:
        path: The file.
        is_text: Whether it should be text: a NUL tells of UTF-16 without a byte order mark.

    Raises:
        OSError: Where it cannot be read.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _COMPRESSED_SUFFIXES:
        return f"it is compressed ({suffix})"
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    for magic, name in _COMPRESSED.items():
        if head.startswith(magic) and (name != "bzip2" or head[4:10] in _BZIP2_BLOCKS):
            return f"it is compressed (it starts as {name} does)"
    for mark, name in _WIDE_MARKS.items():
        if head.startswith(mark):
            return f"it is {name} (by its byte order mark), where newlines are not single bytes; save it as UTF-8"
    if is_text and (offset := head.find(b"\0")) >= 0:
        return f"byte {offset} is NUL, as in UTF-16 and in no text of UTF-8; save it as UTF-8"
    return ""


def unsafe_encoding(dialect: Dialect) -> str:
    """Return why newlines, delimiters and quotes cannot be found as bytes, as a clause.

    Empty where they can.
    """
    if not finds_lines(dialect.encoding):
        return (
            f"in input_format.encoding = {dialect.encoding!r} newlines, delimiters and quotes are not always the bytes "
            "that they are in ASCII, or these bytes may be part of others; save it as UTF-8"
        )
    for field, value in (("delimiter", dialect.delimiter), ("quotechar", dialect.quotechar)):
        if dialect.kind == "csv" and value and (fault := _no_byte_of_its_own(value, dialect.encoding)):
            return f"input_format.{field} = {value!r} {fault}"
    return ""


def _no_byte_of_its_own(value: str, encoding: str) -> str:
    """Return why a character cannot be found as a byte, as a predicate; empty where it can."""
    try:
        # utf-8-sig would write its mark first.
        data = value.encode("utf-8" if encoding == "utf-8-sig" else encoding)
    except UnicodeEncodeError:
        data = b""
    if len(data) != 1:
        return f"is not one byte in {encoding}"
    if data.decode(encoding) != value or is_shared(data[0], encoding):
        return (
            f"is the byte {data[0]:#04x}, which may be another character or part of one in {encoding}; save it as UTF-8"
        )
    return ""


def _mixed_line_ends(path: str, dialect: Dialect) -> str:
    if dialect.kind == "csv" and mixed_line_ends(path, dialect):
        return (
            "its header ends with a bare carriage return, and a blank line with a line feed, which together would be "
            "one line end in a chunk; give it one kind of line end"
        )
    return ""


def undecided(path: str, dialect: Dialect, declared: InputFormat | None) -> str:
    """Return why a file whose records could be found is not cut before its author says how, as a clause.

    Empty where it may be cut. Args and Raises as `why_whole`.
    """
    if dialect.kind != "csv" or (declared is not None and declared.quotechar is not None):
        return ""
    escaped = _escaped(path, dialect)
    hint = f"set input_format.quotechar = {dialect.quotechar!r} if quotes are doubled and backslashes are data"
    return f"{escaped}: {hint}" if escaped else ""


def _escaped(path: str, dialect: Dialect) -> str:
    offset, what = first_escape(path, dialect)
    return f"the {what} at byte {offset} follows a backslash, which may or may not escape it" if what else ""


def _loose(path: str, dialect: Dialect, *, numpy: bool) -> str:
    offset, unclosed = loose_quote(path, dialect, numpy=numpy)
    if offset < 0:
        return ""
    if unclosed:
        return f"the file ends inside quoted text: the quote at byte {offset} has no partner"
    return f"the quote at byte {offset} stands inside a field that does not start with one"

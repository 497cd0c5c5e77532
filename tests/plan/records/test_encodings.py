"""What is said of encodings holds for every sequence of bytes that Python's codecs read."""

from __future__ import annotations

import codecs
import encodings
import pkgutil
import random
from contextlib import suppress
from functools import cache

import pytest

from parallel_stage.plan.records.encodings import finds_lines, is_shared, last_run

SAMPLE = 300  # of the sequences of bytes that are not yet a character, where there are more


def text_codecs() -> list[str]:
    """The names of all text encodings of this Python."""
    names = set()
    for module in pkgutil.iter_modules(encodings.__path__):
        with suppress(LookupError, ValueError):
            " ".encode(module.name)
            names.add(codecs.lookup(module.name).name)
    return sorted(names)


@cache
def characters(encoding: str) -> dict[bytes, str]:
    """All characters of an encoding by their bytes; of those with four and more bytes, many."""
    chance = random.Random(encoding)  # noqa: S311
    found: dict[bytes, str] = {}
    begun = [b""]
    while begun:
        longer = [start + bytes((byte,)) for start in begun for byte in range(256)]
        begun = []
        for data in longer:
            decoder = codecs.getincrementaldecoder(encoding)("strict")
            try:
                text = decoder.decode(data)
            except UnicodeDecodeError:
                continue
            if decoder.getstate()[0]:
                begun.append(data)
            else:
                found[data] = text
        begun = begun if len(begun) < 10 * SAMPLE else chance.sample(begun, SAMPLE)
    return found


def shared(encoding: str) -> set[int]:
    """The bytes of ASCII that do not mean their character alone, or whose character something else means."""
    found = set()
    for data, text in characters(encoding).items():
        if len(data) > 1:
            found |= {byte for byte in data if byte < 128}
        if len(data) > 1 or data[0] > 127:
            found |= {ord(character) for character in text if ord(character) < 128}
        elif text != chr(data[0]):
            found |= {data[0], ord(text) if ord(text) < 128 else data[0]}
    return found


FINDING = [name for name in text_codecs() if finds_lines(name)]
STATEFUL = (
    "iso2022",
    "hz",
    "utf-7",
    "idna",
    "punycode",
    "undefined",
    "unicode-escape",
    "raw-unicode-escape",
    "charmap",
)


@pytest.mark.parametrize("encoding", FINDING)
def test_the_bytes_that_are_shared(encoding: str) -> None:
    found = shared(encoding)
    assert min(found, default=ord("0")) >= ord("0")
    assert encoding == "johab" or ord(";") not in found
    assert {byte for byte in range(128) if is_shared(byte, encoding)} == found


@pytest.mark.parametrize("encoding", FINDING)
def test_a_single_byte_above_ascii_is_shared_where_characters_have_several_bytes(encoding: str) -> None:
    found = characters(encoding)
    parts = {byte for data in found if len(data) > 1 for byte in data}
    for data, text in found.items():
        if len(data) == 1 and data[0] > 127 and not is_shared(data[0], encoding):
            assert data[0] not in parts
            assert [other for other in found if found[other] == text] == [data]


@pytest.mark.parametrize("encoding", [name for name in text_codecs() if name not in FINDING])
def test_the_other_encodings_have_a_byte_of_ascii_that_means_something_else(encoding: str) -> None:
    if not encoding.startswith(STATEFUL):
        assert '"\n'.encode(encoding) != b'"\n' or shared(encoding)


@pytest.mark.parametrize(
    ("encoding", "written", "text"),
    [
        ("utf-7", b"+ACI-", '"'),
        ("hz", b"~{0,~}", "\u827e"),
        ("iso2022_jp", b"\x1b$B\x22\x2c\x1b(B", "\u2191"),
        ("unicode-escape", b"\\n", "\n"),
        ("raw-unicode-escape", b"\\u000a", "\n"),
        ("punycode", b",-9fa", "\xe9,"),
    ],
)
def test_bytes_of_ascii_that_mean_something_else_in_encodings_with_a_state(
    encoding: str, written: bytes, text: str
) -> None:
    assert not finds_lines(encoding)
    assert written.decode(encoding) == text


@pytest.mark.parametrize("encoding", FINDING)
def test_the_last_run_has_whole_characters(encoding: str) -> None:
    for data, text in characters(encoding).items():
        if data > b"/" and text.strip("\ufeff"):
            assert last_run(b'a,"' + data * 2, encoding) == text * 2
    assert last_run(b"a,b", encoding) == "b"
    assert last_run(b"a,", encoding) == ""

"""Text encodings in which line ends, delimiters and quotes can be found as bytes.

A test holds every statement here against each codec of Python, for all sequences of bytes.
"""

from __future__ import annotations

import re

# A byte below 128 is always that ASCII character, and the other way round.
_ASCII_APART = re.compile(
    r"ascii|utf-8(-sig)?|iso8859-\d+|koi8-[rtu]|hp-roman8|kz1048|palmos|ptcp154|tis-620|gb2312|euc_kr"
    r"|cp(125\d|437|720|737|775|85[025678]|86[01235679]|869|874|1006|1125)"
    r"|mac-(croatian|cyrillic|greek|iceland|latin2|roman|romanian|turkish)"
)
_SECOND_BYTES = frozenset(range(0x40, 0x7F))
_SHARED = {
    "big5": _SECOND_BYTES,
    "big5hkscs": _SECOND_BYTES,
    "cp932": _SECOND_BYTES,
    "cp949": frozenset((*range(0x41, 0x5B), *range(0x61, 0x7B))),
    "cp950": _SECOND_BYTES,
    "euc_jis_2004": frozenset(b"~"),
    "euc_jisx0213": frozenset(b"~"),
    "euc_jp": frozenset(b"~"),
    "gb18030": _SECOND_BYTES | frozenset(range(0x30, 0x3A)),
    "gbk": _SECOND_BYTES,
    "johab": frozenset(range(0x31, 0x7F)),
    "shift_jis": _SECOND_BYTES,
    "shift_jis_2004": _SECOND_BYTES,
    "shift_jisx0213": _SECOND_BYTES,
}
"""The bytes below 128 that are part of other characters, too, or whose character other bytes mean, too."""

_NOT_APART_ABOVE = re.compile("utf-8(-sig)?|gb2312|euc_kr|cp1006")
_NEVER_SHARED = re.compile(b"[\0-/]")


def finds_lines(encoding: str) -> bool:
    """Whether the bytes of line ends are those of ASCII, and nothing else has these bytes."""
    return encoding in _SHARED or _ASCII_APART.fullmatch(encoding) is not None


def is_shared(byte: int, encoding: str) -> bool:
    """Whether a byte that is a character of an encoding that finds lines may mean another one, or part of it, too."""
    if byte >= 0x80:  # noqa: PLR2004 - the bytes above ASCII
        return encoding in _SHARED or _NOT_APART_ABOVE.fullmatch(encoding) is not None
    return byte in _SHARED.get(encoding, ())


def last_run(data: bytes, encoding: str) -> str:
    """Return the characters after a text's last blank, control character or sign below the digits.

    The bytes of these are never part of another character, so that characters of several bytes are whole.
    """
    return _NEVER_SHARED.split(data)[-1].decode(encoding, "replace")

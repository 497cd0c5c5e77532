"""Patterns of `.gitignore` files, as git reads them; configurations have them, too.

Semantics: https://git-scm.com/docs/gitignore, and, where it says nothing, git's `wildmatch.c`: names are matched
byte by byte. pathspec and other libraries differ from git in `?` and `[!a]` beyond ASCII, in `***/a`, `[a/b]`,
`[!/]*` and odd brackets. The time is bounded by the lengths of pattern and name multiplied: a wildcard that fails
is retried only from the last `*` and the last `**`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from itertools import takewhile
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits, hexdigits, punctuation
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLASH = ord("/")
_ANY = frozenset(range(256)) - {_SLASH}

STAR = 0
"""`*`: any bytes up to the next slash."""

DEEP = 1
"""`**` at the end of a path: any bytes."""

DIRECTORIES = 2
"""`**/`: any directories, or none."""

CLASSES = {
    "alnum": ascii_letters + digits,
    "alpha": ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, [*range(32), 127])),
    "digit": digits,
    "graph": ascii_letters + digits + punctuation,
    "lower": ascii_lowercase,
    "print": ascii_letters + digits + punctuation + " ",
    "punct": punctuation,
    "space": " \t\n\r",
    "upper": ascii_uppercase,
    "xdigit": hexdigits,
}
"""The characters of the classes that a set may name, as in `[[:alpha:]]`."""

Element: TypeAlias = "int | frozenset[int]"
"""A wildcard, or the bytes that one byte may be."""


class _NeverMatchesError(Exception):
    """The pattern is not well-formed; git matches nothing with it."""


class Pattern(NamedTuple):
    """A line of a `.gitignore`.

    Attributes:
        elements: What a name must match; None for a line that matches nothing.
        negated: Whether it takes back what others ignore.
        directories_only: Whether it matches directories only.
        whole_path: Whether it is matched with the path from the file's directory, else with the name alone.
        end: The bytes with which all that it matches ends, to reject most names at once.
    """

    elements: list[Element] | None
    negated: bool
    directories_only: bool
    whole_path: bool
    end: bytes


def parse(line: bytes) -> Pattern | None:
    """Return the pattern of a line; None for a comment and for a line without text."""
    if line.startswith(b"#") or not line:
        return None
    body = _without_trailing_spaces(line)
    negated, body = body.startswith(b"!"), body.removeprefix(b"!")
    directories_only, body = body.endswith(b"/"), body.removesuffix(b"/")
    found = elements(body.removeprefix(b"/"))
    return Pattern(found, negated, directories_only, b"/" in body, literal_end(found or []))


def _without_trailing_spaces(line: bytes) -> bytes:
    """Return a line without the spaces at its end; one behind a backslash stays."""
    text = line.rstrip(b" ")
    backslashes = len(text) - len(text.rstrip(b"\\"))
    return line[: len(text) + 1] if backslashes % 2 else text


class Patterns(NamedTuple):
    """The patterns of one file, of which the last that matches decides."""

    patterns: list[Pattern]

    def ignores(self, path: bytes, *, is_directory: bool) -> bool | None:
        """Whether a path, relative to the file's directory, is ignored; None where no pattern matches it."""
        name = path.rpartition(b"/")[2]
        for pattern in reversed(self.patterns):
            if not path.endswith(pattern.end) or (pattern.directories_only and not is_directory):
                continue
            if pattern.elements and matches(pattern.elements, path if pattern.whole_path else name):
                return not pattern.negated
        return None

    def ignores_below(self, path: str) -> bool:
        """Whether a path, or a directory that it is in, is ignored; a directory's path ends in a slash."""
        names = os.fsencode(path).split(b"/")
        above = (b"/".join(names[:count]) for count in range(1, len(names)))
        whole = bool(names[-1]) and bool(self.ignores(b"/".join(names), is_directory=False))
        return any(self.ignores(each, is_directory=True) for each in above) or whole


def read(content: bytes) -> Patterns:
    """Return the patterns of a file's content."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    # A line ends before its carriage return, and, as a string of git's, before a zero byte.
    texts = (line.removesuffix(b"\r").partition(b"\0")[0] for line in lines)
    return Patterns([pattern for pattern in map(parse, texts) if pattern])


@lru_cache
def of_texts(texts: tuple[str, ...]) -> Patterns:
    """Return the patterns of a configuration, one a text."""
    return Patterns([pattern for pattern in map(parse, map(os.fsencode, texts)) if pattern])


def is_pattern(text: str) -> bool:
    """Whether a text is a pattern that can match something, or a comment."""
    pattern = parse(os.fsencode(text))
    return pattern is None or bool(pattern.elements)


def elements(pattern: bytes) -> list[Element] | None:
    """Return the elements of a pattern; None where it is not well-formed, so that it matches nothing."""
    try:
        return list(_elements(pattern))
    except _NeverMatchesError:
        return None


def literal_end(pattern: list[Element]) -> bytes:
    """Return the bytes with which all that a pattern matches ends."""
    literals = takewhile(lambda element: isinstance(element, frozenset) and len(element) == 1, reversed(pattern))
    return bytes(byte for element in literals if isinstance(element, frozenset) for byte in element)[::-1]


def matches(pattern: list[Element], name: bytes) -> bool:
    """Whether a pattern matches a whole name, which may be a path with slashes."""
    at = position = 0
    # Where to go on when what follows a wildcard fails: the next element, and how far the wildcard reaches.
    star: tuple[int, int] | None = None
    deep: tuple[int, int, Element] | None = None
    while True:
        element = pattern[at] if at < len(pattern) else None
        if element is None and position == len(name):
            return True
        if element == STAR:
            at, star = at + 1, (at + 1, position)
        elif element in (DEEP, DIRECTORIES):
            at, star, deep = at + 1, None, (at + 1, position, element)
        elif isinstance(element, frozenset) and position < len(name) and name[position] in element:
            at, position = at + 1, position + 1
        elif star and star[1] < len(name) and name[star[1]] != _SLASH:
            star = at, position = star[0], star[1] + 1
        elif deep and (position := _further(name, deep[1], deep[2])):
            at, star, deep = deep[0], None, (deep[0], position, deep[2])
        else:
            return False


def _further(name: bytes, position: int, wildcard: Element) -> int:
    """Return where a `**` may end after this position; 0 where it cannot."""
    if wildcard == DIRECTORIES:
        return name.find(b"/", position) + 1
    return position + 1 if position < len(name) else 0


def _elements(pattern: bytes) -> Iterator[Element]:
    at = 0
    while at < len(pattern):
        byte = pattern[at : at + 1]
        if byte == b"*":
            element, at = _wildcard(pattern, at)
        elif byte == b"[":
            element, at = _set(pattern, at + 1)
        elif byte == b"?":
            element, at = _ANY, at + 1
        else:
            escaped = byte == b"\\"
            element, at = frozenset(pattern[at + escaped : at + escaped + 1]), at + escaped + 1
            if not element:
                raise _NeverMatchesError
        yield element


def _wildcard(pattern: bytes, start: int) -> tuple[Element, int]:
    """Return the wildcard of the stars at `start`, and where the pattern goes on.

    Two stars or more are special where they stand alone between slashes.
    """
    end = start
    while pattern[end : end + 1] == b"*":
        end += 1
    alone = end - start > 1 and pattern[:start][-1:] in (b"", b"/")
    if alone and pattern[end : end + 1] == b"/":
        return DIRECTORIES, end + 1
    if alone and (end == len(pattern) or pattern[end : end + 2] == b"\\/"):
        return DEEP, end
    return STAR, end


def _set(pattern: bytes, at: int) -> tuple[Element, int]:
    """Return the bytes between brackets, of which the first stands before `at`, and where the pattern goes on."""
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    found: set[int] = set()
    start = -1  # of a range, where there can be one
    first = True
    while first or pattern[at : at + 1] != b"]":
        first = False
        name, end = _class(pattern, at)
        if name is not None:
            found.update(CLASSES[name].encode())
            start, at = -1, end
        elif pattern[at : at + 1] == b"-" and start >= 0 and pattern[at + 1 : at + 2] not in (b"", b"]"):
            last, at = _literal(pattern, at + 1)
            found.update(range(start, last + 1))
            start = -1
        else:
            start, at = _literal(pattern, at)
            found.add(start)
    return (_ANY - found if negated else _ANY & found), at + 1


def _literal(pattern: bytes, at: int) -> tuple[int, int]:
    at += pattern[at : at + 1] == b"\\"
    if at >= len(pattern):
        raise _NeverMatchesError
    return pattern[at], at + 1


def _class(pattern: bytes, at: int) -> tuple[str | None, int]:
    """Return the name of the class at this place, such as `[:alpha:]`, and where it ends; None for none."""
    if pattern[at : at + 2] != b"[:":
        return None, at
    end = pattern.find(b"]", at + 2)
    if end < 0:
        raise _NeverMatchesError
    if pattern[at + 2 : end][-1:] != b":":
        return None, at
    name = pattern[at + 2 : end - 1].decode("latin-1")
    if name not in CLASSES:
        raise _NeverMatchesError
    return name, end + 1

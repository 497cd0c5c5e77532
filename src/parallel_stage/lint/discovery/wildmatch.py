"""Match names with the wildcards of git, byte by byte.

Semantics: https://git-scm.com/docs/gitignore, and, where it says nothing, git's `wildmatch.c`. pathspec and
other libraries differ from git in `?` and `[!a]` beyond ASCII, in `***/a`, `[a/b]`, `[!/]*` and odd brackets.
The time is bounded by the lengths of pattern and name multiplied: a wildcard that fails is retried only from
the last `*` and the last `**`.
"""

from __future__ import annotations

from itertools import takewhile
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits, hexdigits, punctuation
from typing import TYPE_CHECKING, TypeAlias

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

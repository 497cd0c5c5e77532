"""Patterns of `.gitignore` files, as git reads them; configurations have them, too."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.lint.discovery import wildmatch

if TYPE_CHECKING:
    from parallel_stage.lint.discovery.wildmatch import Element


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
    elements = wildmatch.elements(body.removeprefix(b"/"))
    return Pattern(elements, negated, directories_only, b"/" in body, wildmatch.literal_end(elements or []))


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
            if pattern.elements and wildmatch.matches(pattern.elements, path if pattern.whole_path else name):
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

"""Read one file: its text, its data, and, on demand, the span of every key and value in the text."""

from __future__ import annotations

import os
import stat
import sys

from parallel_stage.contract import formats, regular_file
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.contract.text import Span
from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

    from parallel_stage.contract.formats import EntrySpans, Format
    from parallel_stage.contract.text import Lines, Route

SIZE_LIMIT = 1 << 20
"""The size of the largest contract that is read, in bytes; real ones have a few hundred."""

NODE_LIMIT = 5_000
"""The most keys and values of a contract, with YAML's aliases expanded; real ones have a few dozen."""

_INTEGERS = 1 << 63
_OTHER_KINDS = {
    **dict.fromkeys((".py", ".pyi", ".pyw"), "Python"),
    **dict.fromkeys((".csv", ".tsv", ".jsonl", ".ndjson"), "data"),
    **dict.fromkeys((".md", ".rst", ".txt"), "prose"),
    ".ipynb": "a notebook",
}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Document:
    """A file that was read and parsed.

    Attributes:
        path: As the caller named it.
        text: The file's content.
        data: What it holds; a mapping in every valid contract, anything in others.
        format: The module of `contract.formats` that read it.
    """

    __slots__ = ("_found", "_lines", "_read", "_unread", "data", "format", "path", "text")

    def __init__(self, path: str, text: str, data: Any, format_: Format) -> None:
        self.path = path
        self.text = text
        self.data = data
        self.format = format_
        self._found: dict[Route, EntrySpans] = {}
        self._unread: Iterator[EntrySpans] | None = None
        self._read: list[EntrySpans] = []
        self._lines: Lines | None = None

    @property
    def lines(self) -> Lines:
        """The text's lines."""
        if self._lines is None:
            from parallel_stage.contract.text import Lines

            self._lines = Lines(self.text)
        return self._lines

    def span(self, route: Route, *, on_key: bool = False) -> Span:
        """Return the span of a value, or of its key; for a missing one, that of the nearest table.

        The root's span is empty, and at its first key, or at the start of a text without one.
        """
        for stop in range(len(route), 0, -1):
            place = self._entry(route[:stop])
            if place:
                _, key, value = place
                return Span(*(key if on_key or stop < len(route) else value))
        if not self._read:
            self._read_on()
        start = self._read[0][1][0] if self._read and isinstance(self.data, dict) else 0
        return Span(start, start)

    def entries(self) -> list[EntrySpans]:
        """Return every route with the spans of its key and its value; see `formats.Format`."""
        while self._read_on():
            pass
        return self._read

    def value(self, route: Route) -> Any:
        """Return the value at a route. Raise KeyError, IndexError or TypeError where there is none."""
        value = self.data
        for step in route:
            value = value[step]
        return value

    def _entry(self, route: Route) -> EntrySpans | None:
        """Find an entry; the text is read no further than it."""
        while route not in self._found and self._read_on():
            pass
        return self._found.get(route)

    def _read_on(self) -> bool:
        """Read the next entry; False at the end."""
        if self._unread is None:
            self._unread = self.format.entries(self.text)
        found = next(self._unread, None)
        if found is not None:
            self._read.append(found)
            self._found.setdefault(found[0], found)
        return found is not None


def read(path: str, *, bounded: bool = True) -> Document:
    """Read one file.

    Args:
        path: The file.
        bounded: Whether to refuse what is larger than any contract, in bytes or in keys and values.

    Raises:
        NotADocumentError: Where the file holds no data; its problem says why, and where.
    """
    return parse(content_of(path, bounded=bounded), path, bounded=bounded)


def read_stdin(path: str) -> Document:
    """Read standard input as if it were the file `path`. Raise as `read` does."""
    return parse(content_of_stdin(path), path)


def parse(content: bytes, path: str, *, bounded: bool = True) -> Document:
    """Read a file's bytes; the suffix of `path` gives the format. Raise as `read` does."""
    text = decoded(_small(content, path) if bounded else content, path)
    try:
        document = parse_text(text, path, formats.of(path), bounded=bounded)
    except NotADocumentError as error:
        raise _other_kind(path, text) or error from None
    data = document.data
    if bounded and isinstance(data, dict) and "schema" not in data and (other := _other_kind(path, text)):
        raise other  # constants of Python and headings of Markdown are TOML, too
    return document


def parse_text(text: str, path: str, format_: Format, *, bounded: bool = True) -> Document:
    """Parse a text of a file in a format, whatever the file's suffix. Raise as `read` does."""
    document = Document(path, text, format_.parse(text, NODE_LIMIT if bounded else None), format_)
    _refuse_long_integers(document)
    return document


def content_of_stdin(path: str) -> bytes:
    """Return the bytes of standard input, in place of the file `path`. Raise as `read` does."""
    try:
        return _small(sys.stdin.buffer.read(SIZE_LIMIT + 1), path)
    except (AttributeError, OSError):  # it is closed, or a directory
        raise _unreadable("standard input cannot be read; give it a contract, or name a file") from None


def content_of(path: str, *, bounded: bool) -> bytes:
    """Return the bytes of a file. Raise as `read` does."""
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            listed = os.access(path, os.R_OK | os.X_OK)
            hint = "; name a contract file" if listed else " that cannot be listed; allow it, or exclude it"
            raise _unreadable(f"{path!r} is a directory{hint}")
        if stat.S_ISREG(found.st_mode):
            return regular_file.read(path) if not bounded or found.st_size <= SIZE_LIMIT else _too_large(path)
        return _from_pipe(path)
    except FileNotFoundError:
        hint = ", or write it with parallel-stage new" if bounded else ""
        raise _unreadable(f"{path!r} does not exist; check the path{hint}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise _unreadable(f"{path!r} cannot be read: {reason}") from None


def _from_pipe(path: str) -> bytes:
    """Read a pipe that a shell made, as in `<(command)`; a link in a repository may lead to any device."""
    if not path.startswith(("/dev/fd/", "/dev/stdin")):
        raise _unreadable(f"{path!r} is not a regular file; name a contract file")
    with open(path, "rb") as file:
        return _small(file.read(SIZE_LIMIT + 1), path)


def _small(content: bytes, path: str) -> bytes:
    return content if len(content) <= SIZE_LIMIT else _too_large(path)


def _too_large(path: str) -> NoReturn:
    raise _unreadable(f"{path!r} is larger than {SIZE_LIMIT >> 20} MiB; a contract has a few hundred bytes")


def decoded(content: bytes, path: str) -> str:
    """Return the text of a file's bytes. Raise as `read` does."""
    if content.startswith(_UTF16_MARKS):
        raise _unreadable(f"{path!r} is UTF-16 (it starts with the byte order mark {content[:2]!r}); save it as UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        message = f"byte {content[error.start]:#04x} at offset {error.start} is not UTF-8; save the file as UTF-8"
        problem = Problem("unreadable", message, offset=len(before))
        raise NotADocumentError(problem, content.decode("utf-8", "replace")) from None


def _refuse_long_integers(document: Document) -> None:
    """Refuse integers beyond TOML's 64 bits.

    Python reads them, and cannot print one of some thousand digits.
    """
    if not _has_long_integer(document.data):
        return
    waiting: list[tuple[Route, Any]] = [((), document.data)]
    for route, value in waiting:  # the list grows: messages show nested values, too
        if type(value) is int and not -_INTEGERS <= value < _INTEGERS:
            offset = document.span(route).start
            raise NotADocumentError(Problem("syntax-error", formats.TOO_LONG, offset=offset), document.text)
        if isinstance(value, (dict, list)):
            members = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*route, key), member) for key, member in members]


def _has_long_integer(data: Any) -> bool:
    """Whether there is such an integer; without routes, since every file is checked."""
    waiting = [data]
    for value in waiting:  # the list grows
        kind = type(value)
        if kind is int and not -_INTEGERS <= value < _INTEGERS:
            return True
        if kind is dict or kind is list:
            waiting += value.values() if kind is dict else value
    return False


def _other_kind(path: str, text: str) -> NotADocumentError | None:
    """Return the error of a file that its suffix says to be no contract; None for any other."""
    kind = _OTHER_KINDS.get(os.path.splitext(path)[1].lower())
    if kind is None:
        return None
    message = f"this is {kind}; name a contract, which is TOML, YAML or JSON"
    return NotADocumentError(Problem("syntax-error", message, offset=0), text)


def _unreadable(message: str) -> NotADocumentError:
    return NotADocumentError(Problem("unreadable", message, offset=0))

"""One file, read: its text, its data, and on demand the place of every key and value in the text."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract import formats
from parallel_stage.contract.problem import NotADocumentError, Problem

if TYPE_CHECKING:
    from parallel_stage.contract.formats import Format
    from parallel_stage.contract.problem import Route

SIZE_LIMIT = 1 << 20
"""The largest file that is read, in bytes; a contract has a few hundred."""

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Span(NamedTuple):
    """A stretch of text: `start <= offset < stop`, in code points."""

    start: int
    stop: int


class Place(NamedTuple):
    """Where a key and its value stand; elements of a list have no key of their own."""

    key: Span
    value: Span


class Document:
    """A file that was read and parsed.

    Attributes:
        path: As the caller named it.
        text: The file's content.
        data: What it holds; a mapping in every valid contract, anything in others.
        format: The module of `contract.formats` that read it.
    """

    __slots__ = ("_places", "data", "format", "path", "text")

    def __init__(self, path: str, text: str, data: Any, format_: Format) -> None:
        self.path = path
        self.text = text
        self.data = data
        self.format = format_
        self._places: dict[Route, Place] | None = None

    def span(self, route: Route, *, on_key: bool = False) -> Span:
        """Where a value (or its key) stands; for what is not there, the nearest table around it.

        The root's span is empty and at the start of the text.
        """
        if self._places is None:
            self._places = {
                route: Place(Span(*key), Span(*value)) for route, key, value in self.format.places(self.text)
            }
        for stop in range(len(route), 0, -1):
            place = self._places.get(route[:stop])
            if place:
                return place.key if on_key or stop < len(route) else place.value
        return Span(0, 0)


def read(path: str) -> Document:
    """Read one contract file.

    Raises:
        NotADocumentError: Where there is no data to speak of; its problem says why, and where.
    """
    return parse(_content(path), path)


def read_stdin(path: str) -> Document:
    """Read standard input as if it were the file `path`; raises as `read` does."""
    return parse(sys.stdin.buffer.read(SIZE_LIMIT + 1), path)


def parse(content: bytes, path: str) -> Document:
    """Read a file's bytes; the suffix of `path` tells the format. Raises as `read` does."""
    text = _decoded(content, path)
    format_ = formats.of(path)
    return Document(path, text, format_.parse(text), format_)


def _content(path: str) -> bytes:
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise _unreadable(f"{path!r} is a directory; name a contract file")
        with open(path, "rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise _unreadable(f"{path!r} does not exist; check the path, or write it with parallel-stage new") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise _unreadable(f"{path!r} cannot be read: {reason}") from None


def _decoded(content: bytes, path: str) -> str:
    if len(content) > SIZE_LIMIT:
        raise _unreadable(f"{path!r} is larger than {SIZE_LIMIT >> 20} MiB; a contract has a few hundred bytes")
    if content.startswith(_UTF16_MARKS):
        raise _unreadable(f"{path!r} is UTF-16 (it starts with the byte order mark {content[:2]!r}); save it as UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        message = f"byte {content[error.start]:#04x} at offset {error.start} is not UTF-8; save the file as UTF-8"
        problem = Problem("unreadable", message, offset=len(before))
        raise NotADocumentError(problem, content.decode("utf-8", "replace")) from None


def _unreadable(message: str) -> NotADocumentError:
    return NotADocumentError(Problem("unreadable", message, offset=0))

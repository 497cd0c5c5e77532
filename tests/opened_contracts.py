"""Contracts as an editor has them open, with the cursor where the text has its mark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st
from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument

from parallel_stage.editor.open_document import OpenDocument
from parallel_stage.lint.engine.check_document import check_file
from support import data, toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parallel_stage.lint.diagnostic import Position

MARK = "‸"
"""Where the cursor is."""
NAMES = ("parallel_stage.toml", "parallel_stage.yaml", "parallel_stage.json")
UNITS: dict[str, Callable[[str], int]] = {
    types.PositionEncodingKind.Utf8: lambda text: len(text.encode()),
    types.PositionEncodingKind.Utf16: lambda text: len(text.encode("utf-16-le")) // 2,
    types.PositionEncodingKind.Utf32: len,
}
"""How long a text is in each of the encodings."""
ENCODINGS = tuple(UNITS)
FRAGMENTS = ("", *" =:,.\"'{}[]#-\n0a", "\r\n", "\r", "😀", "é", "\u2028", "workers", "[input_format]\n", "auto", "x-")
PROCESS = "import os\n\n\ndef process_file(path):\n    return {'size': os.path.getsize(path)}\n"


class Cursor(NamedTuple):
    """A document, and the offset of the cursor in it."""

    opened: OpenDocument
    offset: int


def contract(file: str, /, **changes: Any) -> str:
    """The valid contract with some fields changed, in the format that the file's suffix tells."""
    if file.endswith(".json"):
        return json.dumps(data(**changes), indent=2) + "\n"
    if file.endswith(".yaml"):
        return "".join(f"{key}: {json.dumps(value)}\n" for key, value in data(**changes).items())
    return toml(**changes)


def document(path: Path, text: str, encoding: str = types.PositionEncodingKind.Utf16) -> TextDocument:
    """What the server has of a document that a client has opened."""
    return TextDocument(path.as_uri(), text, version=1, position_codec=PositionCodec(encoding))


def opened(path: Path, text: str, encoding: str = types.PositionEncodingKind.Utf16) -> OpenDocument:
    """The same as the editor's modules take it."""
    return OpenDocument.of(document(path, text, encoding))


def at_mark(path: Path, text: str) -> Cursor:
    """A document with a mark in its text, which is taken out."""
    before, _, behind = text.partition(MARK)
    return Cursor(opened(path, before + behind), len(before))


def project(root: Path) -> None:
    """The function of the valid contract, and an input for it."""
    (root / "my_pipeline").mkdir()
    (root / "my_pipeline" / "__init__.py").write_text("")
    (root / "my_pipeline" / "process.py").write_text(PROCESS)
    (root / "data").mkdir()
    (root / "data" / "one.csv").write_text("a,b\n1,2\n")


def counted(before: str, encoding: str) -> types.Position:
    """The position at the end of a text, by the words of the protocol: lines end in LF, CRLF or CR."""
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return types.Position(len(lines) - 1, UNITS[encoding](lines[-1]))


def applied(text: str, edits: list[types.TextEdit], encoding: str = types.PositionEncodingKind.Utf16) -> str:
    """A text after a client has applied edits, the last one first."""
    between = [n for n in range(len(text) + 1) if n == 0 or text[n - 1 : n + 1] != "\r\n"]
    places = {(at.line, at.character): n for n in between for at in [counted(text[:n], encoding)]}
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        start, stop = (places[at.line, at.character] for at in (edit.range.start, edit.range.end))
        text = text[:start] + edit.new_text + text[stop:]
    return text


class Counted(NamedTuple):
    """A finding as a client sees it."""

    rule: str
    message: str
    range: types.Range


def fresh(path: Path, text: str, encoding: str = types.PositionEncodingKind.Utf16) -> list[Counted]:
    """What a check of the text as a file finds."""
    path.write_text(text, encoding="utf-8", newline="")
    found = check_file(str(path))
    path.unlink()
    starts = [0, *(n + 1 for n, char in enumerate(text) if char == "\n")]

    def place(at: Position) -> types.Position:
        offset = starts[at.line - 1] + at.column - 1
        inside_an_end = text[offset - 1 : offset + 1] == "\r\n" if offset else False
        return counted(text[: offset - inside_an_end], encoding)

    return [Counted(each.rule, each.message, types.Range(place(each.start), place(each.end))) for each in found]


class Typed(NamedTuple):
    """What somebody types: where, as a share of the text, how much it replaces, and what is written."""

    where: float
    removed: int
    written: str

    def into(self, text: str) -> str:
        """The text afterwards."""
        start = int(self.where * len(text))
        return text[:start] + self.written + text[start + self.removed :]


def typed() -> st.SearchStrategy[Typed]:
    """Anything that somebody may type into a contract."""
    return st.builds(Typed, st.floats(0, 1), st.sampled_from([0, 0, 1, 1, 2, 20]), st.sampled_from(FRAGMENTS))

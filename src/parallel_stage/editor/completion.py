"""Completion at the cursor: keys, their values, modules and functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import types

from parallel_stage.contract.formats import spelling
from parallel_stage.contract.function import search_roots
from parallel_stage.editor import entries, fields, functions
from parallel_stage.editor.columns import columns
from parallel_stage.editor.cursor import cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_stage.contract.text import Route
    from parallel_stage.editor.cursor import Cursor
    from parallel_stage.editor.open_document import OpenDocument

TRIGGERS = ['"', "'", "=", ":", ".", "/", "["]
"""Characters after which an editor requests completion by itself."""
_COLUMN = ("partition_by", "column")
_OF_TABLE = "A column of the input."


class _Choice(NamedTuple):
    """What may be written at the cursor.

    Attributes:
        label: What the editor shows, and filters by.
        text: What is written in place of the cursor's word.
        kind, documentation: As in the protocol.
        behind: What is written behind the quote that closes the word; empty for nothing.
    """

    label: str
    text: str
    kind: types.CompletionItemKind
    documentation: str
    behind: str = ""


def items(opened: OpenDocument, offset: int, *, inserts: bool = False) -> list[types.CompletionItem]:
    """Return the completions at an offset; none where anything, or nothing, may be written.

    Args:
        opened: The document.
        offset: The cursor.
        inserts: Whether the client lets people choose between writing before the rest of a word and in its place.
    """
    found = cursor(opened.language, opened.text, offset)
    if found is None:
        return []
    return [
        _item(opened, found, choice, offset if inserts else found.span.stop)
        for choice in _choices(opened, found, offset)
    ]


def _choices(opened: OpenDocument, found: Cursor, offset: int) -> Iterable[_Choice]:
    if found.table is None:
        return ()
    if found.header:
        return _headers()
    if found.key is None:
        return _keys(opened, found, found.table)
    if found.key in fields.FUNCTIONS and not found.table:
        return _functions(opened, found, offset)
    route = (*found.table, found.key)
    if route == _COLUMN and (names := columns(opened, offset)):
        return _columns(opened, found, names)
    return _values(opened, found, route)


def _headers() -> Iterator[_Choice]:
    for name, node in fields.members(()).items():
        if node["type"] == "object":
            yield _Choice(name, name, types.CompletionItemKind.Struct, fields.markdown(node))


def _keys(opened: OpenDocument, found: Cursor, table: Route) -> Iterator[_Choice]:
    there = entries.names(opened, table, found.span.start)
    separator = "" if _has_separator(opened, found) else _separator(opened.language)
    for name, node in fields.members(table).items():
        if name not in there and (opened.language == "json" or not name.startswith("$")):
            if found.closed:
                text, behind = name, separator
            else:
                quote = found.quote or ('"' if opened.language == "json" else "")
                text, behind = f"{'' if found.quote else quote}{name}{quote}{separator}", ""
            yield _Choice(name, text, types.CompletionItemKind.Property, fields.markdown(node), behind)


def _separator(language: str) -> str:
    return " = " if language == "toml" else ": "


def _has_separator(opened: OpenDocument, found: Cursor) -> bool:
    behind = opened.text[found.span.stop + found.closed :].partition("\n")[0].lstrip()
    return behind.startswith("=" if opened.language == "toml" else ":")


def _values(opened: OpenDocument, found: Cursor, route: Route) -> Iterator[_Choice]:
    for value, meaning in fields.values(fields.field(route)).items():
        if isinstance(value, str) or not found.quote:
            label = json.dumps(value).strip('"')
            yield _Choice(label, _written(opened, found, value), types.CompletionItemKind.EnumMember, meaning)


def _columns(opened: OpenDocument, found: Cursor, names: list[str]) -> Iterator[_Choice]:
    """Yield the names of columns, which may be any text; between single quotes, those that need no escape."""
    for name in names:
        if found.quote == "'" and ("'" in name or not name.isprintable()):
            continue
        # The escapes of JSON are those of double quotes in TOML and YAML, too.
        escaped = json.dumps(name, ensure_ascii=False)[1:-1]
        text = _written(opened, found, escaped if found.quote == '"' else name)
        yield _Choice(name, text, types.CompletionItemKind.Field, _OF_TABLE)


def _written(opened: OpenDocument, found: Cursor, value: Any) -> str:
    if found.quote:
        return value if found.closed else f"{value}{found.quote}"
    return json.dumps(value) if isinstance(value, bool) else spelling.value(opened.format, value)


def _functions(opened: OpenDocument, found: Cursor, offset: int) -> Iterator[_Choice]:
    """Yield references up to the next step; only a whole reference closes its quote."""
    written = opened.text[found.span.start : offset]
    for text, word in functions.continuations(written, search_roots(opened.directory, opened.search())):
        if text[-1] in ".:/":
            new = text if found.quote else spelling.value(opened.format, text)
            yield _Choice(text, new, types.CompletionItemKind.Module, word)
        else:
            yield _Choice(text, _written(opened, found, text), types.CompletionItemKind.Function, word)


def _item(opened: OpenDocument, found: Cursor, choice: _Choice, stop: int) -> types.CompletionItem:
    """Return a completion that replaces the word, up to `stop` where the client may choose that.

    It does not reach past the word: an editor that writes before what follows the cursor, as Vim does, would
    have the closing quote twice. There is no text to filter by but the label: with one, Neovim 0.7 writes
    behind the word's last part instead of in place of the word.
    """
    place = opened.positions.range(found.span)
    edit: types.TextEdit | types.InsertReplaceEdit = types.TextEdit(place, choice.text)
    if stop < found.span.stop:
        insert = opened.positions.range((found.span.start, stop))
        edit = types.InsertReplaceEdit(choice.text, insert=insert, replace=place)
    behind = opened.positions.range((found.span.stop + 1, found.span.stop + 1))
    return types.CompletionItem(
        label=choice.label,
        kind=choice.kind,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, choice.documentation),
        text_edit=edit,
        additional_text_edits=[types.TextEdit(behind, choice.behind)] if choice.behind else None,
    )

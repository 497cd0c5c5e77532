"""Completion at the cursor: keys, their values, modules and functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from parallel_stage.contract.formats import spelling
from parallel_stage.contract.function import search_roots
from parallel_stage.editor import entries, fields, functions
from parallel_stage.editor.columns import columns
from parallel_stage.editor.cursor import cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.text import Route
    from parallel_stage.editor.cursor import Cursor
    from parallel_stage.editor.open_document import OpenDocument

TRIGGERS = ['"', "'", "=", ":", ".", "/", "["]
"""Characters after which an editor requests completion by itself."""
_COLUMN = ("partition_by", "column")
_OF_TABLE = "A column of the input."


def items(opened: OpenDocument, offset: int) -> list[types.CompletionItem]:
    """Return the completions at an offset; none where anything, or nothing, may be written."""
    found = cursor(opened.language, opened.text, offset)
    if found is None or found.table is None:
        return []
    if found.header:
        return list(_headers(opened, found))
    if found.key is None:
        return list(_keys(opened, found, found.table))
    if found.key in fields.FUNCTIONS and not found.table:
        return list(_functions(opened, found, offset))
    route = (*found.table, found.key)
    if route == _COLUMN and (names := columns(opened, offset)):
        return list(_columns(opened, found, names))
    return list(_values(opened, found, route))


def _headers(opened: OpenDocument, found: Cursor) -> Iterator[types.CompletionItem]:
    for name, node in fields.members(()).items():
        if node["type"] == "object":
            yield _item(opened, found, name, name, types.CompletionItemKind.Struct, fields.markdown(node))


def _keys(opened: OpenDocument, found: Cursor, table: Route) -> Iterator[types.CompletionItem]:
    there = entries.names(opened, table, found.span.start)
    separator = "" if _has_separator(opened, found) else _separator(opened.language)
    for name, node in fields.members(table).items():
        if name not in there and (opened.language == "json" or not name.startswith("$")):
            quote = found.quote or ('"' if opened.language == "json" else "")
            text = f"{name}{quote}{separator}" if found.quote else f"{quote}{name}{quote}{separator}"
            yield _item(opened, found, name, text, types.CompletionItemKind.Property, fields.markdown(node))


def _separator(language: str) -> str:
    return " = " if language == "toml" else ": "


def _has_separator(opened: OpenDocument, found: Cursor) -> bool:
    behind = opened.text[found.span.stop + found.closed :].partition("\n")[0].lstrip()
    return behind.startswith("=" if opened.language == "toml" else ":")


def _values(opened: OpenDocument, found: Cursor, route: Route) -> Iterator[types.CompletionItem]:
    for value, meaning in fields.values(fields.field(route)).items():
        if isinstance(value, str) or not found.quote:
            label = json.dumps(value).strip('"')
            yield _item(
                opened, found, label, _written(opened, found, value), types.CompletionItemKind.EnumMember, meaning
            )


def _columns(opened: OpenDocument, found: Cursor, names: list[str]) -> Iterator[types.CompletionItem]:
    """Yield the names of columns, which may be any text; between single quotes, those that need no escape."""
    for name in names:
        if found.quote == "'" and ("'" in name or not name.isprintable()):
            continue
        # The escapes of JSON are those of double quotes in TOML and YAML, too.
        escaped = json.dumps(name, ensure_ascii=False)[1:]
        text = escaped if found.quote == '"' else _written(opened, found, name)
        yield _item(opened, found, name, text, types.CompletionItemKind.Field, _OF_TABLE)


def _written(opened: OpenDocument, found: Cursor, value: Any) -> str:
    if found.quote:
        return f"{value}{found.quote}"
    return json.dumps(value) if isinstance(value, bool) else spelling.value(opened.format, value)


def _functions(opened: OpenDocument, found: Cursor, offset: int) -> Iterator[types.CompletionItem]:
    """Yield references up to the next step; only a whole reference closes its quote."""
    written = opened.text[found.span.start : offset]
    for text, word in functions.continuations(written, search_roots(opened.directory, opened.search())):
        if text[-1] in ".:/":
            partial = found._replace(closed=False)
            new = text if found.quote else spelling.value(opened.format, text)
            yield _item(opened, partial, text, new, types.CompletionItemKind.Module, word)
        else:
            new = _written(opened, found, text)
            yield _item(opened, found, text, new, types.CompletionItemKind.Function, word)


def _item(
    opened: OpenDocument, found: Cursor, label: str, text: str, kind: types.CompletionItemKind, documentation: str
) -> types.CompletionItem:
    """Return a completion that replaces what is written, and the closing quote."""
    place = opened.positions.range((found.span.start, found.span.stop + found.closed))
    return types.CompletionItem(
        label=label,
        kind=kind,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, documentation),
        filter_text=label,
        text_edit=types.TextEdit(place, text),
    )

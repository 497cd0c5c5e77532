"""The entries of a text, keys with their values, also where it is half typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract.text import Place, Span
from parallel_stage.editor.cursor import cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.text import Route
    from parallel_stage.editor.open_document import OpenDocument


class Entry(NamedTuple):
    """A route with the spans of its key and value."""

    route: Route
    place: Place


def entries(opened: OpenDocument, text: str | None = None) -> Iterator[Entry]:
    """Yield every entry of a document, or of another state of its text; of a broken text, the whole ones."""
    for route, key, value in opened.format.entries(opened.text if text is None else text):
        yield Entry(route, Place(Span(*key), Span(*value)))


def names(opened: OpenDocument, table: Route, offset: int) -> set[str]:
    """Return the keys of a table, but for the one on the line of an offset, which may not parse."""
    line = opened.text.rfind("\n", 0, offset) + 1
    end = opened.text.find("\n", offset)
    end = end if end >= 0 else len(opened.text)
    without = opened.text[:line] + " " * (end - line) + opened.text[end:]
    found = {each.route for text in (opened.text, without) for each in entries(opened, text)}
    return {str(route[-1]) for route in found if route[:-1] == table}


def route_at(opened: OpenDocument, offset: int) -> Route:
    """Return the route of the innermost key or value at an offset; in a broken text, from its line."""
    around = [each.route for each in entries(opened) if any(span.start <= offset <= span.stop for span in each.place)]
    if around:
        return max(around, key=len)
    found = cursor(opened.language, opened.text, offset)
    if found is None or found.table is None:
        return ()
    return (*found.table, found.key or opened.text[slice(*found.span)])

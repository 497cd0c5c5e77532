"""The entries of a text, keys with their values, also where it is half typed; and the outline that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from parallel_stage.contract.text import Place, Span
from parallel_stage.editor.cursor import cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.text import Route
    from parallel_stage.editor.open_document import OpenDocument


_LONGEST = 60


class Entry(NamedTuple):
    """A route with the spans of its key and value."""

    route: Route
    place: Place


def entries(opened: OpenDocument, text: str | None = None) -> Iterator[Entry]:
    """Yield every entry of a document, or of another state of its text; of a broken text, the whole ones."""
    for route, key, value in opened.format.entries(opened.text if text is None else text):
        yield Entry(route, Place(Span(*key), Span(*value)))


def names(opened: OpenDocument, table: Route, offset: int) -> set[str]:
    """Return the keys of a table, but for the one at an offset, on a line that may not parse."""
    line = opened.text.rfind("\n", 0, offset) + 1
    end = opened.text.find("\n", offset)
    end = end if end >= 0 else len(opened.text)
    without = opened.text[:line] + " " * (end - line) + opened.text[end:]
    found = [*entries(opened), *entries(opened, without)]
    others = {each.route for each in found if not each.place.key.start <= offset <= each.place.key.stop}
    return {str(route[-1]) for route in others if route[:-1] == table}


def route_at(opened: OpenDocument, offset: int) -> Route:
    """Return the route of the innermost key or value at an offset; in a broken text, from its line."""
    around = [each.route for each in entries(opened) if any(span.start <= offset <= span.stop for span in each.place)]
    if around:
        return max(around, key=len)
    found = cursor(opened.language, opened.text, offset)
    if found is None or found.table is None:
        return ()
    return (*found.table, found.key or opened.text[slice(*found.span)])


def outline(opened: OpenDocument) -> list[types.DocumentSymbol]:
    """Return a symbol for each key, in the order of the text; elements of lists have none."""
    found: dict[Route, list[Place]] = {}
    for route, place in sorted(entries(opened), key=lambda each: each.place.key):
        if all(isinstance(step, str) for step in route):
            found.setdefault(route, []).append(place)
    whole = [route for route in found if all(route[:length] in found for length in range(1, len(route)))]
    made = {route: _symbol(opened, route, found[route], found) for route in whole}
    for route, symbol in made.items():
        if len(route) > 1:
            made[route[:-1]].children = [*(made[route[:-1]].children or ()), symbol]
    return [symbol for route, symbol in made.items() if len(route) == 1]


def _symbol(
    opened: OpenDocument, route: Route, stands: list[Place], every: dict[Route, list[Place]]
) -> types.DocumentSymbol:
    """Return the symbol of a key, which may have several spans, like a table whose keys have dots."""
    whole = Span(stands[0].key.start, max(place.value.stop for place in stands))
    is_table = any(other[:-1] == route for other in every)
    value = opened.text[slice(*stands[0].value)]
    return types.DocumentSymbol(
        name=str(route[-1]) or '""',  # which a client would refuse
        detail=None if is_table else value.partition("\n")[0][:_LONGEST],
        kind=types.SymbolKind.Object if is_table else _kind(value),
        range=opened.positions.range((min(whole.start, stands[0].value.start), whole.stop)),
        selection_range=opened.positions.range(stands[0].key),
    )


def _kind(value: str) -> types.SymbolKind:
    if value in ("true", "false"):
        return types.SymbolKind.Boolean
    return types.SymbolKind.Number if value[:1].isdigit() else types.SymbolKind.String

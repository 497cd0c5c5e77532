"""The outline of a contract: its keys, and those of its tables below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from parallel_stage.contract.text import Span
from parallel_stage.editor import entries

if TYPE_CHECKING:
    from parallel_stage.contract.text import Place, Route
    from parallel_stage.editor.open_document import OpenDocument

_LONGEST = 60


def symbols(opened: OpenDocument) -> list[types.DocumentSymbol]:
    """Return a symbol for each key, in the order of the text; elements of lists have none."""
    found: dict[Route, list[Place]] = {}
    for route, place in sorted(entries.entries(opened), key=lambda each: each.place.key):
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

"""Entries of `exclude` that match nothing, and what they may mean."""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.validation.suggest import closest
from parallel_stage.plan.splits.exclusion import key
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from parallel_stage.plan.splits.sweep import Grid

    Known = Mapping[str, Mapping[Hashable, Any]]
    """The different values of each key in any parameter set."""

_WIDEST = 60
_NAMED = 3
"""The most known values that a clause names."""
_COMPARED = 1_000
"""The most known values that a mistyped one is compared with."""


def unmatched(grid: Grid) -> list[str]:
    """Return a clause for each entry of `exclude` that no parameter set matches; positions count from 1.

    The sets are those before anything is excluded, of all grids and items.
    """
    exclusion = grid.exclusion
    matching = set[int]().union(*(product.matching for product in grid.products))
    for item in grid.items() if exclusion.entries else ():
        matching.update(exclusion.matching(item))
    missing = [place for place in range(len(exclusion.entries)) if place not in matching]
    known = _known(grid) if missing else {}
    return [_clause(place, exclusion.entries[place], known) for place in missing]


def _known(grid: Grid) -> Known:
    known: dict[str, dict[Hashable, Any]] = {}
    axes = chain.from_iterable(product.axes.items() for product in grid.products)
    items = chain.from_iterable(item.items() for item in grid.items() if isinstance(item, dict))
    for name, values in chain(axes, ((name, [value]) for name, value in items)):
        for value in values:
            known.setdefault(name, {}).setdefault(key(value), value)
    return known


def _clause(place: int, entry: Any, known: Known) -> str:
    return f"entry {place + 1} of exclude ({_shown(entry)}) matches no parameter set: {_why(entry, known)}"


def _why(entry: Any, known: Known) -> str:
    if not isinstance(entry, dict):
        return "no item is equal to it"
    for name, value in entry.items():
        if name not in known:
            near = closest(name, known)
            return f"none has the key {name!r}" + (f" (did you mean {near!r}?)" if near else "")
        if key(value) not in known[name]:
            return f"none has {_shown(value)} as {name!r} ({_instead(value, [*known[name].values()])})"
    return "none has all of it at once"


def _instead(value: Any, known: Sequence[Any]) -> str:
    """Return the known value that one may mean, or some of them."""
    texts = {_text(one): one for one in islice(known, _COMPARED)}
    near = _text(value) if _text(value) in texts else None
    if near is None and isinstance(value, str):
        near = closest(value, [text for text, one in texts.items() if isinstance(one, str)])
    if near is not None:
        return f"did you mean {_shown(texts[near])}?"
    more = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    return f"only {', '.join(map(_shown, known[:_NAMED]))}{more}"


def _text(value: Any) -> str:
    """Return a value without what tells text from other values: 1 and "1" are the same."""
    return value if isinstance(value, str) else json.dumps(value)


def _shown(value: Any) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), _WIDEST)

"""Equal parameter sets in a grid, found without enumerating it."""

from __future__ import annotations

import hashlib
import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.splits.sweep import matches
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from parallel_stage.plan.splits.sweep import Grid

    Digests = dict[bytes, int]

ITEMS = 100_000
"""The most items that are compared, which bounds the memory; axes are compared whole."""

_WIDEST = 60


def repeats(grid: Grid) -> Iterator[str]:
    """Yield every value of an axis and every item that is repeated, as clauses; positions count from 1.

    Where no axis repeats a value, the sets of the product are all different, and only items are compared.

    Raises:
        PlanRefusedError: Where the file is no longer a grid.
        OSError: Where it cannot be read.
    """
    axes: dict[str, Digests] = {name: {} for name in grid.axes}
    for name, values in grid.axes.items():
        for place, first, value in _again(enumerate(values, start=1), axes[name]):
            yield f"value {place} of the axis {name!r} ({_shown(value)}) equals value {first}"
    for place, item in _items(grid):
        if axes and _in_product(item, axes):
            yield f"item {place} ({_shown(item)}) equals a set of the axes"
    for place, first, item in _again(_items(grid), {}):
        yield f"item {place} ({_shown(item)}) equals item {first}"


def _items(grid: Grid) -> Iterator[tuple[int, Any]]:
    """Yield the items with their positions in the file, without those that are excluded."""
    for place, item in enumerate(islice(grid.items(), ITEMS), start=1):
        if not any(matches(item, entry) for entry in grid.exclude):
            yield place, item


def _again(values: Iterable[tuple[int, Any]], seen: Digests) -> Iterator[tuple[int, int, Any]]:
    """Yield each repeated value, with its position and that of the first one."""
    for place, value in values:
        first = seen.setdefault(digest(value), place)
        if first != place:
            yield place, first, value


def _in_product(item: Any, axes: Mapping[str, Digests]) -> bool:
    same_keys = isinstance(item, dict) and item.keys() == axes.keys()
    return same_keys and all(digest(value) in axes[name] for name, value in item.items())


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return shortened(text, _WIDEST)


def digest(value: Any) -> bytes:
    """Return 16 bytes that are the same for values that JSON has equal (1 is 1.0, true is not 1)."""
    text = json.dumps(value)
    plain = json.loads(text, parse_float=_number)
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=16).digest()


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value

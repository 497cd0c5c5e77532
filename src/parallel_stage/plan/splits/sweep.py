"""Parameter sweeps: the sets of a grid, enumerated on demand, so millions need no memory."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.partition import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Grid:
    """The parameter sets of a grid file. Iterating yields each set with the weight 1, and can be repeated.

    The sets are the product of `axes`, the last one fastest, then `items`, without those that `exclude`
    matches.
    `shared`: sets have lists or tables in common with each other or with `items`.
    """

    axes: Mapping[str, list[Any]]
    items: Callable[[], Iterator[Any]]
    exclude: tuple[Any, ...]
    count: int
    shared: bool

    def __iter__(self) -> Iterator[tuple[Parameters, int]]:
        for values in _values(self.axes, self.items, self.exclude):
            # A copy, since a function may change its argument, and lists are in many sets.
            yield Parameters(deepcopy(values) if self.shared else values), 1


def grid(axes: Mapping[str, list[Any]], items: Sequence[Any] = (), exclude: Sequence[Any] = ()) -> Grid:
    """Return the grid of some axes and items, with its sets counted."""
    count = (math.prod(map(len, axes.values())) if axes else 0) + len(items)
    if exclude:
        count = sum(1 for _ in _values(axes, lambda: iter(items), exclude))
    shared = bool(items) or any(isinstance(value, (list, dict)) for values in axes.values() for value in values)
    return Grid(axes, lambda: iter(items), tuple(exclude), count, shared)


def _values(axes: Mapping[str, list[Any]], items: Callable[[], Iterator[Any]], exclude: Any) -> Iterator[Any]:
    every = _sets(axes, items)
    return (item for item in every if not any(matches(item, entry) for entry in exclude)) if exclude else every


def _sets(axes: Mapping[str, list[Any]], items: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    if axes:
        for values in product(*axes.values()):
            yield dict(zip(axes, values, strict=True))
    yield from items()


def matches(item: Any, entry: Any) -> bool:
    """Whether an entry of `exclude` drops an item: equal in every key that the entry has, or as a whole."""
    if isinstance(item, dict) and isinstance(entry, dict):
        return all(key in item and _same(item[key], value) for key, value in entry.items())
    return _same(item, entry)


def _same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: true is not 1, though 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)

"""The product of a grid's axes without what `exclude` drops: counted by arithmetic, made on demand."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.plan.splits.counting import UncountableError, count_left
from parallel_stage.plan.splits.exclusion import key

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from parallel_stage.plan.splits.counting import Entry, Sizes

    Axes = Mapping[str, Sequence[Any]]

_ENUMERATED = 1 << 24
"""The most sets that are enumerated where arithmetic cannot count them."""


class Product:
    """The sets of some axes, the last one fastest, without those that an entry of `exclude` matches.

    Attributes:
        axes: The values of each axis.
        matching: The places of the entries that match a set, from 0.
        count: The number of sets that no entry matches.

    Raises:
        UncountableError: Where they can neither be counted nor enumerated within reason.
    """

    def __init__(self, axes: Axes, exclude: Sequence[Any] = ()) -> None:
        sizes = {name: Counter(map(key, values)) for name, values in axes.items()} if exclude else {}
        matching = dict(_matching(sizes, exclude))
        self.axes = axes
        self.matching = frozenset(matching)
        self._entries = [*{frozenset(entry.items()): entry for entry in matching.values()}.values()]
        self.count = self._counted(sizes)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each set; can be repeated."""
        return self._sets() if self.count else iter(())

    def _counted(self, sizes: Sizes) -> int:
        total = math.prod(map(len, self.axes.values()))
        if not self._entries or {} in self._entries:
            return 0 if self._entries else total
        try:
            return count_left(sizes, self._entries)
        except UncountableError:
            if total > _ENUMERATED:
                raise
            return sum(1 for _ in self._sets())

    def _sets(self) -> Iterator[dict[str, Any]]:
        named = {name for entry in self._entries for name in entry}
        varying = [name for name, values in self.axes.items() if len(values) > 1]
        fixed = {name: values[0] for name, values in self.axes.items()}
        # Behind the last axis that an entry names, everything is left.
        stop = max((place for place, name in enumerate(varying, start=1) if name in named), default=0)
        free = [self.axes[name] for name in varying[stop:]]
        for left in _left(_levels(varying[:stop], self.axes, self._entries)):
            for others in product(*free):
                found = fixed.copy()  # which keeps the order of the axes
                found.update(zip(varying, left + others, strict=True))
                yield found


class _Level(NamedTuple):
    """One axis in enumerating. Entries are the bits of a number.

    Attributes:
        values: Its values.
        open: For each of them, the entries that it does not rule out.
        decided: The entries that name no later axis: one that is still open matches.
    """

    values: Sequence[Any]
    open: list[int]
    decided: int


def _matching(sizes: Sizes, exclude: Sequence[Any]) -> Iterator[tuple[int, Entry]]:
    """Yield the place of each entry that matches a set, and what it asks of axes with different values."""
    for place, entry in enumerate(exclude):
        if isinstance(entry, dict) and entry.keys() <= sizes.keys():
            asked = {name: key(value) for name, value in entry.items()}
            if all(value in sizes[name] for name, value in asked.items()):
                yield place, {name: value for name, value in asked.items() if len(sizes[name]) > 1}


def _levels(names: Sequence[str], axes: Axes, entries: Sequence[Entry]) -> list[_Level]:
    """Return the levels of some axes in their order, which have all that the entries name."""
    last = [max(map(names.index, entry)) for entry in entries]
    return [
        _Level(axes[name], _open(name, axes[name], entries), _bits(bit for bit, at in enumerate(last) if at == place))
        for place, name in enumerate(names)
    ]


def _open(name: str, values: Sequence[Any], entries: Sequence[Entry]) -> list[int]:
    indifferent = _bits(bit for bit, entry in enumerate(entries) if name not in entry)
    asking: dict[Hashable, int] = {}
    for bit, entry in enumerate(entries):
        if name in entry:
            asking[entry[name]] = asking.get(entry[name], 0) | 1 << bit
    return [indifferent | asking.get(key(value), 0) for value in values]


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)


def _left(levels: Sequence[_Level]) -> Iterator[tuple[Any, ...]]:
    """Yield the combinations of values that no entry matches, in order."""
    found: Iterator[tuple[tuple[Any, ...], int]] = iter([((), -1)])
    for level in levels:
        found = _extended(found, level)
    return (values for values, _ in found)


def _extended(before: Iterable[tuple[tuple[Any, ...], int]], level: _Level) -> Iterator[tuple[tuple[Any, ...], int]]:
    for values, entries in before:
        for value, open_ in zip(level.values, level.open, strict=True):
            still = entries & open_
            if not still & level.decided:
                yield (*values, value), still

"""Count the combinations of values that `exclude` leaves, without enumerating them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    Sizes: TypeAlias = Mapping[str, Mapping[Hashable, int]]
    """How many values of each axis are equal to a key."""

Entry: TypeAlias = "dict[str, Hashable]"
"""What an entry of `exclude` asks of axes: the key of a value for each that it names."""

MOST = 1 << 27
"""The most bytes that the states after one axis may take, which bounds the time for it by a second or two."""

_STATE = 128
"""What a state takes besides its entries, in bytes."""


class UncountableError(Exception):
    """The entries of `exclude` overlap in too many ways to count what they leave."""


def count_left(sizes: Sizes, entries: Sequence[Entry]) -> int:
    """Return how many combinations of the values of all axes no entry matches.

    Entries that have no axis in common, neither directly nor by others, are independent. Of others the axes are
    gone through one by one, with the number of combinations for each set of entries that may still match.

    Raises:
        UncountableError: Where there are too many such sets.
    """
    named = {name for entry in entries for name in entry}
    free = math.prod(sum(values.values()) for name, values in sizes.items() if name not in named)
    return free * math.prod(_count([*_axes(sizes, group)], len(group)) for group in _linked(entries))


def _linked(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Group the entries that name an axis in common, or are linked by others."""
    groups: list[tuple[set[str], list[Entry]]] = []
    for entry in entries:
        linked = [group for group in groups if not group[0].isdisjoint(entry)]
        names, members = {*entry}, [entry]
        for group in linked:
            groups.remove(group)
            names |= group[0]
            members += group[1]
        groups.append((names, members))
    return [members for _, members in groups]


class _Axis(NamedTuple):
    """One axis that entries name. Entries are the bits of a number.

    Attributes:
        total: How many values it has.
        naming: The entries that name it.
        asked: For each of these, by its bit: those that ask for the same value, and how many values are equal.
        decided: The entries that name no later axis: one that may still match does match.
    """

    total: int
    naming: int
    asked: Mapping[int, tuple[int, int]]
    decided: int


def _axes(sizes: Sizes, entries: Sequence[Entry]) -> Iterator[_Axis]:
    """Yield the axes that entries name, those first that most of them do: that keeps the states few."""
    order = [name for name, _ in Counter(name for entry in entries for name in entry).most_common()]
    last = [max(map(order.index, entry)) for entry in entries]
    for place, name in enumerate(order):
        same: dict[Hashable, int] = {}
        for bit, entry in enumerate(entries):
            if name in entry:
                same[entry[name]] = same.get(entry[name], 0) | 1 << bit
        asked = {
            bit: (same[entry[name]], sizes[name][entry[name]]) for bit, entry in enumerate(entries) if name in entry
        }
        decided = sum(1 << bit for bit, axis in enumerate(last) if axis == place)
        yield _Axis(sum(sizes[name].values()), sum(same.values()), asked, decided)


def _count(axes: Sequence[_Axis], entries: int) -> int:
    """Count the combinations of the values of some axes. A state is the entries that may still match."""
    states, left = Counter({(1 << entries) - 1: 1}), 0
    free = math.prod(axis.total for axis in axes)
    most = MOST // (_STATE + entries // 8)
    for axis in axes:
        free //= axis.total
        states = _after(axis, states, most)
        left += states.pop(0, 0) * free
    return left


def _after(axis: _Axis, states: Mapping[int, int], most: int) -> Counter[int]:
    """Return the states after an axis, each with its number of combinations."""
    after: Counter[int] = Counter()
    steps = ((still, ways * more) for state, ways in states.items() for still, more in _next(axis, state))
    for step, (still, ways) in enumerate(steps):
        if step == most:
            raise UncountableError
        if not still & axis.decided:
            after[still] += ways
    return after


def _next(axis: _Axis, state: int) -> Iterator[tuple[int, int]]:
    """Yield the entries of a state that may still match, and for how many values of the axis."""
    asking, rest = state & axis.naming, axis.total
    others = state ^ asking
    while asking:
        same, size = axis.asked[asking.bit_length() - 1]
        yield others | (asking & same), size
        asking &= ~same
        rest -= size
    if rest:
        yield others, rest

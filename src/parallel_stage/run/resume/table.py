"""The receipts of a ledger by their partitions' ids, in some 50 bytes each: a ledger may have millions."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NONE = -1
_SMALLEST = 1_024


class IdTable:
    """Ids, each with its position in the order they were added; an id may be there repeatedly.

    A hash table with chains, in arrays. The ids are hashes already.
    """

    def __init__(self) -> None:
        self._ids = array("Q")
        self._next = array("q")
        self._heads = array("q", [_NONE]) * _SMALLEST

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: int) -> int:
        return self._ids[position]

    def __contains__(self, number: int) -> bool:
        position = self._heads[number % len(self._heads)]
        while position != _NONE and self._ids[position] != number:
            position = self._next[position]
        return position != _NONE

    def add(self, number: int) -> None:
        """Add an id below 2**64; its position is the number of those before."""
        if len(self._ids) == len(self._heads):
            self._grow()
        self._ids.append(number)
        self._next.append(_NONE)
        self._link(len(self._ids) - 1)

    def pop(self, number: int, skip: bytearray) -> Iterator[int]:
        """Remove an id and yield its positions, the last that was added first, without those to skip.

        What is removed is not looked at again, so that a million equal ids take no time for each of them.
        """
        slot, before = number % len(self._heads), _NONE
        position = self._heads[slot]
        while position != _NONE:
            following = self._next[position]
            if self._ids[position] != number:
                before = position
            elif before == _NONE:
                self._heads[slot] = following
            else:
                self._next[before] = following
            if self._ids[position] == number and not skip[position]:
                yield position
            position = following

    def _link(self, position: int) -> None:
        slot = self._ids[position] % len(self._heads)
        self._next[position] = self._heads[slot]
        self._heads[slot] = position

    def _grow(self) -> None:
        self._heads = array("q", [_NONE]) * (4 * len(self._heads))
        for position in range(len(self._ids)):
            self._link(position)


class ReceiptTable:
    """The receipts of partitions that succeeded: id, index in the plan of then, and place in the ledger."""

    def __init__(self) -> None:
        self._ids = IdTable()
        self._places = array("Q")
        self._newest = array("q")
        self._reserved = bytearray()

    def __contains__(self, identifier: str) -> bool:
        return int(identifier, 16) in self._ids

    def add(self, identifier: str, index: int, place: int) -> None:
        """Add a receipt."""
        position = len(self._ids)
        self._ids.add(int(identifier, 16))
        self._places.append(place)
        self._reserved.append(0)
        if index >= len(self._newest):
            self._newest.extend([_NONE] * (index + 1 - len(self._newest)))
        self._newest[index] = position

    def reserve(self, identifier: str, index: int) -> None:
        """Reserve the newest receipt of an index for the partition that has this index now, if it has its id."""
        position = self._at(int(identifier, 16), index)
        if position != _NONE:
            self._reserved[position] = 1

    def take(self, identifier: str, index: int, reserve_all: Callable[[], object]) -> Iterator[int]:
        """Yield the places of receipts for a partition: that of its own index, then those of no reserved index.

        Equal parameter sets have equal ids, and are run once each: no receipt is yielded twice.

        Args:
            identifier: The partition's id.
            index: Its index in the plan.
            reserve_all: Called before the first receipt of another index; calls `reserve` for the whole plan.
        """
        number = int(identifier, 16)
        position = self._at(number, index)
        if position != _NONE:
            self._reserved[position] = 1
            yield self._places[position]
        if number in self._ids:
            reserve_all()
            for position in self._ids.pop(number, self._reserved):
                yield self._places[position]

    def _at(self, number: int, index: int) -> int:
        position = self._newest[index] if index < len(self._newest) else _NONE
        return position if position != _NONE and self._ids[position] == number else _NONE

"""What `exclude` drops from a grid: entries, and which of them match an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence


class Exclusion:
    """The entries of `exclude`, arranged so that those that match an item are found without trying each.

    An entry that is an object matches an item that is equal in every key that the entry has, any other one an
    item that is equal.

    Attributes:
        entries: The entries, in the order of the file.
    """

    def __init__(self, entries: Sequence[Any] = ()) -> None:
        self.entries = tuple(entries)
        self._places: dict[tuple[str, ...] | None, dict[Hashable, list[int]]] = {}
        for place, entry in enumerate(self.entries):
            names = tuple(entry) if isinstance(entry, dict) else None
            self._places.setdefault(names, {}).setdefault(_picked(entry, names), []).append(place)

    def matching(self, item: Any) -> Iterator[int]:
        """Yield the places of the entries that match an item, from 0."""
        for names, places in self._places.items():
            if names is None or (isinstance(item, dict) and all(name in item for name in names)):
                yield from places.get(_picked(item, names), ())

    def drops(self, item: Any) -> bool:
        """Whether an entry matches an item."""
        return next(self.matching(item), None) is not None


def key(value: Any) -> Hashable:
    """Return what is equal for values that are equal as JSON has it: 1 is 1.0, and true is not 1."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, list):
        return list, tuple(map(key, value))
    if isinstance(value, dict):
        return dict, frozenset((name, key(inner)) for name, inner in value.items())
    return value  # type: ignore[no-any-return]


def _picked(item: Any, names: tuple[str, ...] | None) -> Hashable:
    """Return the key of some of an item's values, or of the whole item."""
    return key(item) if names is None else tuple(key(item[name]) for name in names)

"""Results that a later step would have to merge: one record a key and partition, as sums by group are."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_stage.run.verify.compare import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Row = Mapping[str, Any]

_MERGES: dict[str, Callable[[list[Any]], Any]] = {"sum": sum, "min": min, "max": max}
_RTOL = 1e-9  # sums in another order differ in their last digits


@dataclass(frozen=True, slots=True)
class Partial:
    """How the records of partitions are related to those of the whole.

    Attributes:
        keys: The columns whose values tell the records of a partition apart; none where it has one record.
        merges: How the other columns merge into those of the whole: `sum`, `min`, `max`; empty for none of these.
    """

    keys: tuple[str, ...]
    merges: Mapping[str, str]

    @property
    def is_merged(self) -> bool:
        """Whether all columns merge, and one is a sum: a selection, as without duplicates, may look like the rest."""
        return "sum" in self.merges.values() and all(self.merges.values())


def partial(whole: Sequence[Any], parts: Sequence[Sequence[Any]]) -> Partial | None:
    """Return how the records of partitions merge into those of the whole; None where these have no common keys.

    Args:
        whole: The records of the whole as one partition.
        parts: Those of each partition of another cut.
    """
    rows = [*whole, *(row for part in parts for row in part)]
    if not whole or not all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
        return None
    columns = [*rows[0]]
    texts = [name for name in columns if any(number_of(row[name]) is None for row in rows)]
    for count in range(len(columns) + 1):  # numbers, such as a month, may be keys, too
        keys = tuple(name for name in columns if name in texts or name in columns[:count])
        if all(_is_unique(part, keys) for part in (whole, *parts)):
            values = [name for name in columns if name not in keys]
            return Partial(keys, {name: _merge(name, keys, whole, parts) for name in values}) if values else None
    return None


def _is_unique(rows: Sequence[Row], keys: tuple[str, ...]) -> bool:
    return len({_key(row, keys) for row in rows}) == len(rows)


def _merge(name: str, keys: tuple[str, ...], whole: Sequence[Row], parts: Sequence[Sequence[Row]]) -> str:
    """Return how a column merges; empty where it does not, or no key is in two partitions."""
    wanted = {_key(row, keys): number_of(row[name]) for row in whole}
    found: dict[str, list[Any]] = {}
    for part in parts:
        for row in part:
            found.setdefault(_key(row, keys), []).append(number_of(row[name]))
    comes_back = any(len(values) > 1 for values in found.values())
    if found.keys() != wanted.keys() or not (comes_back or len(parts) == 1):
        return ""
    fitting = (how for how, merge in _MERGES.items() if all(_near(merge(found[key]), wanted[key]) for key in wanted))
    return next(fitting, "")


def _near(one: Any, other: Any) -> bool:
    return one == other or math.isclose(one, other, rel_tol=_RTOL)


def _key(row: Row, keys: tuple[str, ...]) -> str:
    return json.dumps([row[name] for name in keys], sort_keys=True)

"""What shows that a function looks at other records: blanks, values that come back, large steps, rare values."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from parallel_stage.run.verify.records import Record

_MISSING = frozenset(("", "-", "?", "n/a", "na", "nan", "nat", "none", "null"))
"""What programs read as no value, in lower case."""
_MOST_COMBINED = 16
"""The most columns of which every two are looked at together."""
_FEW = 64
"""The most different values of a column that has rare ones."""
_PLAIN = frozenset((str, int, bool, bytes, type(None)))
_DISTANT = datetime(1, 1, 1, tzinfo=timezone.utc)


@dataclass(slots=True)
class Striking:
    """The first records of a kind in each column, and in columns together, by their places.

    Attributes:
        blanks: A blank value after one with a value, which may be filled from either side.
        pairs: Two records with one value.
        runs: A value that is that of the record before.
        steps: The number, or the time, that is farthest from that of the record before.
        rare: The rarest of few values.
    """

    blanks: dict[Hashable, int] = field(default_factory=dict)
    pairs: dict[Hashable, tuple[int, int]] = field(default_factory=dict)
    runs: dict[Hashable, int] = field(default_factory=dict)
    steps: dict[Hashable, int] = field(default_factory=dict)
    rare: dict[Hashable, int] = field(default_factory=dict)

    @property
    def repeats(self) -> list[int]:
        """Where values come back: at once, and later, those of two columns together last."""
        pairs = sorted(self.pairs.items(), key=lambda item: _is_combined(item[0]))
        return [*self.runs.values(), *(second for _, (_, second) in pairs)]

    @property
    def together(self) -> Iterator[tuple[int, ...]]:
        """The places that have to be in a sample for it to show what is striking."""
        for place in self.blanks.values():
            yield place - 1, place, place + 1
        yield from self.pairs.values()
        for place in (*self.runs.values(), *self.steps.values()):
            yield place - 1, place
        for place in self.rare.values():
            yield (place,)


def striking(records: Iterable[Record], *, combined: bool = False) -> Striking:
    """Look at records once.

    Args:
        records: The records.
        combined: Whether to look for equal values of every two columns, too; else of single ones, of whole
            records, and of those without their first column, which often is a number of its own.
    """
    found = Striking()
    columns: dict[int | str, _Column] = {}
    seen: dict[Hashable, dict[Hashable, int]] = {}
    for place, (_, _, values) in enumerate(records):
        for name, value in values.items():
            column = columns.get(name) or columns.setdefault(name, _Column(name))
            column.add(place, value, found)
        for key, value in _keys(values, combined=combined):
            if key in found.pairs:
                continue
            first = seen.setdefault(key, {}).setdefault(value, place)
            if first != place:
                found.pairs[key] = (first, place)
                del seen[key]
    for column in columns.values():
        column.end(found)
    return found


class _Column:
    """One column, record after record."""

    def __init__(self, name: int | str) -> None:
        self._name = name
        self._place = -1
        self._value: Any = None
        self._position: float | None = None
        self._is_ordered = True
        self._step = 0.0
        self._firsts: dict[Hashable, int] | None = {}
        self._counts: Counter[Hashable] = Counter()

    def add(self, place: int, value: Any, found: Striking) -> None:
        """Take a value; it follows the last one where that was of the record before."""
        name, follows = self._name, self._place == place - 1 >= 0
        blank = is_blank(value)
        if blank:
            if name not in found.blanks and not (follows and is_blank(self._value)):
                found.blanks[name] = place
        elif self._is_ordered:
            self._add_position(place, value, found, follows=follows)
        if follows and value == self._value and name not in found.runs:
            found.runs[name] = place
        self._place, self._value = place, value
        if self._firsts is not None:
            key = _plain(value)
            self._counts[key] += 1
            self._firsts.setdefault(key, place)
            if len(self._firsts) > _FEW:
                self._firsts = None

    def end(self, found: Striking) -> None:
        """Say which value is rare, where there are few and one is rarer than the others."""
        if self._firsts and len(self._firsts) > 1:
            value, _ = min(self._counts.items(), key=lambda item: item[1])
            found.rare[self._name] = self._firsts[value]

    def _add_position(self, place: int, value: Any, found: Striking, *, follows: bool) -> None:
        position = _position(value)
        if position is None:
            self._is_ordered = False
            found.steps.pop(self._name, None)
            return
        if follows and self._position is not None and (step := abs(position - self._position)) > self._step:
            self._step = step
            found.steps[self._name] = place
        self._position = position


def is_blank(value: Any) -> bool:
    """Whether a value is none: null, not a number, or text that is read as such."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return value.strip().lower() in _MISSING
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - not a number


def _position(value: Any) -> float | None:
    """Return a number, or the seconds of a time, also from text; None for anything else."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=timezone.utc) - _DISTANT).total_seconds()
    if isinstance(value, (str, int, float)):
        with suppress(ValueError, OverflowError):
            return float(value)
    if isinstance(value, str):
        with suppress(ValueError):
            return _position(datetime.fromisoformat(value))
    return None


def _is_combined(columns: Hashable) -> bool:
    return isinstance(columns, tuple) and len(columns) > 1


def _plain(value: Any) -> Hashable:
    return value if type(value) in _PLAIN else repr(value)


def _keys(values: Mapping[int | str, Any], *, combined: bool) -> Iterator[tuple[Hashable, Hashable]]:
    plain = [*map(_plain, values.values())]
    yield from zip(values, plain, strict=True)
    yield ("all",), tuple(plain)
    yield ("all but the first",), tuple(plain[1:])
    if combined:
        for (one, first), (other, second) in combinations([*zip(values, plain, strict=True)][:_MOST_COMBINED], 2):
            yield (one, other), (first, second)

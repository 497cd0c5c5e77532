"""What shows that a function looks at other records: values that are blank, and values that stand there twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from parallel_stage.run.verify.records import Record

_MISSING = frozenset(("", "-", "?", "n/a", "na", "nan", "nat", "none", "null"))
"""What programs read as no value, in lower case."""
_MOST_COMBINED = 16
"""The most columns of which every two are looked at together."""
_PLAIN = frozenset((str, int, bool, bytes, type(None)))


@dataclass(slots=True)
class Striking:
    """The first records of a kind in each column, and in columns together.

    Attributes:
        blanks: The places of records with a blank value after one with a value, which may be filled from either side.
        pairs: The places of two records with one value.
    """

    blanks: dict[Hashable, int] = field(default_factory=dict)
    pairs: dict[Hashable, tuple[int, int]] = field(default_factory=dict)

    @property
    def repeats(self) -> list[int]:
        """The places of the second record of each pair, those of two columns together last."""
        return [second for _, (_, second) in sorted(self.pairs.items(), key=lambda item: _is_combined(item[0]))]


def striking(records: Iterable[Record], *, combined: bool = False) -> Striking:
    """Look at records once.

    Args:
        records: The records.
        combined: Whether to look for equal values of every two columns, too; else of single ones, of whole
            records, and of those without their first column, which often is a number of its own.
    """
    found = Striking()
    seen: dict[Hashable, dict[Hashable, int]] = {}
    previous: Mapping[int | str, Any] = {}
    for place, (_, _, values) in enumerate(records):
        for column, value in values.items():
            if column not in found.blanks and is_blank(value) and not is_blank(previous.get(column, 0)):
                found.blanks[column] = place
        for columns, value in _keys(values, combined=combined):
            if columns in found.pairs:
                continue
            first = seen.setdefault(columns, {}).setdefault(value, place)
            if first != place:
                found.pairs[columns] = (first, place)
                del seen[columns]
        previous = values
    return found


def is_blank(value: Any) -> bool:
    """Whether a value is none: null, not a number, or text that is read as such."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return value.strip().lower() in _MISSING
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - not a number


def _is_combined(columns: Hashable) -> bool:
    return isinstance(columns, tuple) and len(columns) > 1


def _keys(values: Mapping[int | str, Any], *, combined: bool) -> Iterator[tuple[Hashable, Hashable]]:
    plain = [value if type(value) in _PLAIN else repr(value) for value in values.values()]
    yield from zip(values, plain, strict=True)
    yield ("all",), tuple(plain)
    yield ("all but the first",), tuple(plain[1:])
    if combined:
        for (one, first), (other, second) in combinations([*zip(values, plain, strict=True)][:_MOST_COMBINED], 2):
            yield (one, other), (first, second)

"""From the value of a record to the key of its partition: a group, a calendar period, or a bucket."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING

from parallel_stage.contract.schema import default
from parallel_stage.plan.groups.dates import period_of
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_stage.contract.model import PartitionBy

BLANK = ""
"""The key of dates that are blank."""

_LONGEST = 60
_HASH_BYTES = 8
_TYPES = {'"': "text", "n": "null", "t": "a boolean", "f": "a boolean", "[": "a list", "{": "an object"}
"""The types of JSON values by their first character; every other one starts a number."""


def keys_of(by: PartitionBy, target: int, *, typed: bool) -> Callable[[str], str]:
    """Return a function that gives the key of a value.

    Args:
        by: How the table is cut.
        target: The number of buckets, for the kind `key`.
        typed: Whether values are JSON, as those of Parquet and JSON Lines, and not the text of a cell. Then all
            must have one type; null is in any.

    The function raises ValueError, with a predicate, for a value that has no key.
    """
    if by.kind == "group":
        return _of_one_type(str, is_date=False) if typed else str
    if by.kind == "key":
        bucket = partial(_bucket, target)
        return _of_one_type(bucket, is_date=False) if typed else bucket
    period = partial(_period, by.unit or default("partition_by.unit"))
    return _of_one_type(period, is_date=True) if typed else period


def _period(unit: str, text: str) -> str:
    return period_of(text, unit) if text.strip() else BLANK


def _bucket(target: int, text: str) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES).digest()
    return str(int.from_bytes(digest, "big") % target)


def _of_one_type(key: Callable[[str], str], *, is_date: bool) -> Callable[[str], str]:
    types: dict[str, str] = {}

    def typed(text: str) -> str:
        kind = _TYPES.get(text[0], "a number")
        if kind != "null":
            first, example = next(iter(types.items()), (kind, text))
            if kind != first:
                raise ValueError(f"is {kind}, and {shortened(example, _LONGEST)} above it is {first}")
            types.setdefault(kind, text)
        if not is_date:
            return key(text)
        return key("" if kind == "null" else json.loads(text) if kind == "text" else text)

    return typed


def in_order(keys: list[str], kind: str) -> Sequence[int]:
    """Return the places of keys in the order of their partitions.

    Groups stay in the order of first appearance; periods are in the order of time, blank last; buckets by number.
    """
    places = range(len(keys))
    if kind == "group":
        return places
    if kind == "date":
        return sorted(places, key=lambda place: (keys[place] == BLANK, keys[place]))
    return sorted(places, key=lambda place: int(keys[place]))

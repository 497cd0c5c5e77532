"""Compare two results of one sample: bytes, then values, then rows in any order."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass
from typing import Any

from parallel_stage.plan.dialect import cells_of_any_length

_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_EQUAL = ("same", "same values, text differs")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two results have in common.

    Attributes:
        verdict: `same`, `same values, text differs`, `same rows, another order`, `columns differ` or `differs`.
        record: The first record that differs, from 1; 0 where none does.
        column: Its first column that differs; empty where it is the whole record.
        values: Both values, as text; that of the first result first.
    """

    verdict: str
    record: int = 0
    column: str = ""
    values: tuple[str, str] = ("", "")

    @property
    def is_equal(self) -> bool:
        """Whether the values are equal, in the same order."""
        return self.verdict in _EQUAL


def compare(one: bytes, other: bytes, kind: str, rtol: float = 0.0) -> Comparison:
    """Compare two results.

    Args:
        one: A result.
        other: Another one.
        kind: `csv`, `jsonl`, or another word for what is compared as one value.
        rtol: The relative difference up to which numbers are equal.
    """
    if one == other:
        return Comparison("same")
    return compare_rows(rows_of(one, kind), rows_of(other, kind), kind, rtol)


def compare_rows(one: list[Any], other: list[Any], kind: str, rtol: float = 0.0) -> Comparison:
    """Compare two results as records of `rows_of`; the rest is as for `compare`."""
    first = _first_difference(one, other, rtol)
    if first is None:
        return Comparison("same values, text differs")
    record, column, values = first
    if kind == "csv" and [*(one or [{}])[0]] != [*(other or [{}])[0]]:
        names = [", ".join((rows or [{}])[0]) for rows in (one, other)]
        return Comparison("columns differ", 1, "", (names[0], names[1]))
    verdict = "same rows, another order" if _sorted(one) == _sorted(other) else "differs"
    return Comparison(verdict, record, column, values)


def rows_of(data: bytes, kind: str) -> list[Any]:
    """Return the records of a result, mappings of text for `csv`; the whole as one record where it has none."""
    text = data.decode("utf-8", "surrogateescape")
    if kind == "jsonl":
        return [json.loads(line) for line in text.split("\n") if line]
    if kind == "csv":
        with cells_of_any_length():
            return list(csv.DictReader(io.StringIO(text, newline="")))
    try:
        return [json.loads(text)]
    except ValueError:
        return [text]


def _first_difference(one: list[Any], other: list[Any], rtol: float) -> tuple[int, str, tuple[str, str]] | None:
    for record, (left, right) in enumerate(zip(one, other, strict=False), start=1):
        if not _equal(left, right, rtol):
            return record, *_where(left, right, rtol)
    if len(one) == len(other):
        return None
    shorter = min(len(one), len(other))
    values = ["none" if len(rows) == shorter else _text(rows[shorter]) for rows in (one, other)]
    return shorter + 1, "", (values[0], values[1])


def _where(left: Any, right: Any, rtol: float) -> tuple[str, tuple[str, str]]:
    if isinstance(left, dict) and isinstance(right, dict):
        for name in {**left, **right}:
            if name not in left or name not in right or not _equal(left[name], right[name], rtol):
                values = [_text(row[name]) if name in row else "no such column" for row in (left, right)]
                return str(name), (values[0], values[1])
    return "", (_text(left), _text(right))


def _equal(left: Any, right: Any, rtol: float) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[name], right[name], rtol) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right, [rtol] * len(left)))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if left == right:
        return True
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        return False
    # Whole numbers are compared as such: beyond 2 ** 53, different ones are one float.
    return one == other or (rtol > 0 and _near(one, other, rtol))


def _near(one: float, other: float, rtol: float) -> bool:
    try:
        return math.isclose(one, other, rel_tol=rtol, abs_tol=0.0)
    except OverflowError:
        return False


def number_of(value: Any) -> float | None:
    """Return a number, or that of a CSV cell; text such as 007, which may be no number, has none."""
    if not isinstance(value, str):
        return value if isinstance(value, (int, float)) else None
    found = _NUMBER.fullmatch(value)
    try:
        return None if found is None else float(value) if found[2] or found[3] else int(value)
    except ValueError:  # more digits than Python reads
        return None


def _sorted(rows: list[Any]) -> list[str]:
    return sorted(map(_text, rows))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)

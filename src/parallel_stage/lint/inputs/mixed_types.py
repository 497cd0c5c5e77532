"""Columns of CSV files in which cells lead to different types, so that a type guessed from a chunk may be another."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from parallel_stage.plan.head import sample_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.plan.inputs import DataFile

_SAMPLE = 1 << 20
_MOST_ROWS = 20_000
_EMPTY = frozenset(("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>", "#N/A", "-nan", "-NaN"))
"""What pandas takes for a gap, as far as it is common."""
_TRUTH = frozenset(("True", "False", "true", "false", "TRUE", "FALSE"))
_WHOLE = re.compile(r"\s*[-+]?\d+\s*", re.ASCII)
_REAL = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
_NAMES = {"whole": "whole numbers", "real": "fractions", "truth": "truth values", "text": "text", "gap": "gaps"}


def mixed_column(file: DataFile, *, gaps: bool) -> str:
    """Return a column with numbers and something else, as `whole numbers and gaps in column delay`; else empty.

    Args:
        file: The file; its first megabyte is read.
        gaps: Whether a gap makes floats of whole numbers, as in pandas.
    """
    if file.dialect.kind != "csv":
        return ""
    try:
        head, rows = sample_rows(file, _SAMPLE, _MOST_ROWS)
    except (OSError, csv.Error):  # other rules say so
        return ""
    for number in range(len(rows[0]) if rows else 0):
        kinds = _kinds(row[number] for row in rows if number < len(row))
        mixed = kinds if gaps else kinds - {"gap"}
        if ("whole" in mixed and len(mixed) > 1) or ("real" in mixed and mixed & {"text", "truth"}):
            name = head[number] if head and number < len(head) else str(number + 1)
            return f"{' and '.join(what for kind, what in _NAMES.items() if kind in mixed)} in column {name}"
    return ""


def _kinds(cells: Iterable[str]) -> set[str]:
    return {_kind(cell) for cell in set(cells)}


def _kind(cell: str) -> str:
    if cell in _EMPTY:
        return "gap"
    if _WHOLE.fullmatch(cell):
        return "whole"
    return "real" if _REAL.fullmatch(cell) else "truth" if cell in _TRUTH else "text"

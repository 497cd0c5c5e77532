"""Kinds of values that functions return, as they are written in a function; `docs/returns.md` is made of them."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import io
import math
import pathlib
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {
    "part.csv": "a,b\n1,x\n2,\n",
    "part.jsonl": '{"a": 1}\n{"a": 2}\n',
    "part.txt": "text\n",
    "gaps.csv": "a\n1\n\n3\n",
    "empty.csv": "",
}
"""The files that are in the current directory when the values are made."""


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int


@dataclasses.dataclass
class Row:
    """A data class."""

    a: int


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


KINDS: dict[str, dict[str, str]] = {
    "Nothing and plain values": {
        "None": "k--k",
        "True": "k--k",
        "42": "k--k",
        "0.1": "k--k",
        "math.nan": "----",
        "math.inf": "----",
        "10**30": "k--k",
        "decimal.Decimal('1.10')": "----",
        "fractions.Fraction(1, 3)": "----",
        "1 + 2j": "----",
        "dt.date(2024, 1, 31)": "----",
        "uuid.UUID(int=7)": "----",
        "Colour.RED": "----",
        "print": "----",
    },
    "Text and bytes": {
        "''": "k-kk",
        "'a,b\\n1,2\\n'": "k-kk",
        "'one line'": "k---",
        "'part.csv'": "k---",
        "'\\ud800\\n'": "----",
        "b'bytes\\n'": "---k",
        "b'part.csv'": "----",
        "bytearray(b'bytes\\n')": "---k",
    },
    "Files": {
        "pathlib.Path('part.csv')": "--kk",
        "pathlib.Path('part.jsonl')": "-k-k",
        "pathlib.Path('part.txt')": "--kk",
        "pathlib.Path('gaps.csv')": "--kk",
        "pathlib.Path('empty.csv')": "-kkk",
        "pathlib.Path('missing.csv')": "----",
        "pathlib.Path('.')": "----",
        "open('part.csv')": "----",
    },
    "Dicts": {
        "{'a': 1, 'b': None}": "kk-k",
        "{}": "kk-k",
        "{1: 'a'}": "----",
        "{'a': {'b': [1]}}": "kk-k",
        "{'a': math.nan}": "----",
        "{'a': dt.date(2024, 1, 31)}": "----",
        "collections.OrderedDict(a=1)": "kk-k",
        "collections.Counter('aab')": "kk-k",
    },
    "Lists and other iterables": {
        "[]": "kkkk",
        "[{'a': 1}, {'a': 2}]": "kkkk",
        "[{'a': 1}, {'b': 2}]": "kk-k",
        "[{'a': [1, 2]}]": "kk-k",
        "[{'a': math.nan}]": "----",
        "[{'a': dt.date(2024, 1, 31)}]": "--k-",
        "[{'a': decimal.Decimal('1.10')}]": "--k-",
        "[{'a': b'x'}]": "----",
        "[{'a': Colour.RED}]": "----",
        "[{'a': np.float64(0.1)}]": "kkkk",
        "[{'a': print}]": "----",
        "[{'a': math.inf}]": "----",
        "[{'a': np.float32('-inf')}]": "----",
        "[{'a': decimal.Decimal('Infinity')}]": "----",
        "[{'a': pd.NaT}]": "----",
        "[{'a': np.datetime64('2024-01-31')}]": "--k-",
        "[{'a': np.array([1])}]": "----",
        "[1, 2]": "kk-k",
        "[[1, 2], [3, 4]]": "kk-k",
        "['a', 'b']": "kk-k",
        "(1, 2)": "kk-k",
        "Point(1, 2)": "k--k",
        "[Row(1)]": "----",
        "({'a': n} for n in range(2))": "-kk-",
        "map(str, [1, 2])": "-k--",
        "{1, 2}": "----",
        "frozenset('ab')": "----",
        "{'a': 1}.keys()": "-k--",
        "{'a': 1}.items()": "-k--",
        "range(3)": "-k--",
        "collections.deque([1])": "-k--",
    },
    "Arrays": {
        "np.int64(1)": "----",
        "np.float32(0.1)": "----",
        "np.array([1, 2])": "----",
        "np.zeros((2, 2))": "----",
    },
    "Tables": {
        "pd.DataFrame({'a': [1, 2]})": "--k-",
        "pd.DataFrame({'a': [1, None]})": "--k-",
        "pd.DataFrame({'a': [1, 2, 3]}).query('a > 1')": "--k-",
        "pd.DataFrame({'k': ['x', 'y'], 'a': [1, 2]}).groupby('k').sum()": "----",
        "pd.DataFrame({'a': [1]}, index=['x'])": "----",
        "pd.DataFrame({'a': [[1, 2]]})": "----",
        "pd.Series([1, 2], name='a')": "--k-",
        "pd.Series([1, 2])": "--k-",
        "pl.DataFrame({'a': [1, None, 3]})": "--k-",
        "pl.DataFrame({'a': [1.5, math.nan]})": "--k-",
        "pl.DataFrame({'a': [1]}).lazy()": "----",
        "pl.Series('a', [1, 2])": "-k--",
        "pa.table({'a': [1, 2]})": "----",
    },
}
"""Kinds of values by section, with `k` where a reducer keeps the value and `-` where it refuses it.

The reducers in the order of `REDUCERS`: collect-json, concat-jsonl, concat-csv, custom.
"""


@contextlib.contextmanager
def value_of(code: str) -> Iterator[Any]:
    """Make a new value for a `with` block, since iterators are used up; a file that it opens is closed."""
    names = {module.__name__: module for module in (collections, decimal, fractions, math, pathlib, uuid)}
    classes = {"Point": Point, "Row": Row, "Colour": Colour}
    value = eval(code, {**names, **classes, "dt": dt, "np": np, "pd": pd, "pl": pl, "pa": pa})  # noqa: S307 -- our own text
    with value if isinstance(value, io.IOBase) else contextlib.nullcontext():
        yield value

"""Functions as people write them, those that work row by row and those that look beyond one row."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent, indent
from typing import Any

TABLE = "id,k,v,w\n" + "".join(
    f"{number},{'abc'[number * 7 % 11 % 3]},{number * 37 % 23},{number * 5 % 7 + 0.5}\n" for number in range(24)
)
LINES = "".join(f'{{"id": {number}, "v": {number * 37 % 23}}}\n' for number in range(24))
GAPS = "id,n\n" + "".join(f"{number},{'' if number == 20 else number}\n" for number in range(24))
ZEROS = "id,zip\n" + "".join(f"{number},{'A1' if number == 3 else f'0{number:03}'}\n" for number in range(24))
BELOW_A_HEAD = "Delays of January\n\n" + TABLE
HEADLESS = "".join(f"{'abc'[number % 3]},{number * 37 % 23}\n" for number in range(24))


@dataclass(frozen=True)
class Function:
    """A function, the file that it reads, and what differs in its contract.

    Attributes:
        code: The module; the function is `work`.
        data: The file's text.
        fields: Fields of the contract.
        name: The file's name.
    """

    code: str
    data: str = TABLE
    fields: dict[str, Any] = field(default_factory=dict)
    name: str = "data/table.csv"


def _pandas(body: str, data: str = TABLE, arguments: str = "", **fields: Any) -> Function:
    lines = indent(dedent(body).strip(), "    ")
    code = f"import pandas as pd\n\ndef work(path):\n    t = pd.read_csv(path{arguments})\n{lines}\n    return t\n"
    return Function(code, data, {"reducer": "concat-csv", "output": "result.csv", **fields})


def _polars(expression: str, before: str = "pl.read_csv(path)", **fields: Any) -> Function:
    code = f"import polars as pl\n\ndef work(path):\n    return {before}.{expression}\n"
    return Function(code, TABLE, {"reducer": "concat-csv", "output": "result.csv", **fields})


def _rows(body: str, before: str = "", reader: str = "csv.DictReader(file)", data: str = TABLE) -> Function:
    opening = 'with path.open(newline="") as file:'
    code = f"import csv\nimport itertools\n\ndef work(path):\n{indent(dedent(before).strip(), '    ')}\n    {opening}\n"
    inner = f"rows = {reader}\n{dedent(body).strip()}\n"
    return Function(f"{code}{indent(inner, '        ')}", data)


ROW_BY_ROW = {
    "pandas columns": _pandas("t['sum'] = t.v + t.w\nt['name'] = t.k.str.upper() + t.id.astype(str)"),
    "pandas filter": _pandas("t = t[(t.v > 5) & t.k.isin(['a', 'b'])].reset_index(drop=True)"),
    "pandas along rows": _pandas("t['most'] = t[['v', 'w']].max(axis=1)\nt['step'] = t[['v', 'w']].diff(axis=1)['w']"),
    "pandas apply": _pandas("t['x'] = t.apply(lambda row: row['v'] * 2 if row['k'] == 'a' else row['v'], axis=1)"),
    "pandas lookup": _pandas("t = t.merge(pd.DataFrame({'k': ['a', 'b', 'c'], 'name': ['x', 'y', 'z']}), on='k')"),
    "pandas bins": _pandas("t['bin'] = pd.cut(t.v, [-1, 5, 10, 30], labels=['l', 'm', 'h']).astype(str)"),
    "pandas helper": Function(
        "import pandas as pd\n\ndef late(t):\n    return t[t.v > 3]\n\n"
        "def work(path):\n    return late(pd.read_csv(path)).drop(columns=['w'])\n",
        TABLE,
        {"reducer": "concat-csv", "output": "result.csv"},
    ),
    "pandas types said": _pandas("", GAPS, ", dtype={'n': 'Int64'}"),
    "pandas text": _pandas("t['n'] = t.zip.str.len()", ZEROS, ", dtype=str"),
    "pandas below a head": _pandas("", BELOW_A_HEAD, ", skiprows=2", input_format={"head_lines": 3}),
    "pandas without header": _pandas("", HEADLESS, ", header=None, names=['k', 'v']", input_format={"header": False}),
    "polars columns": _polars("with_columns((pl.col('v') * 2).alias('x'), pl.col('k').str.to_uppercase())"),
    "polars lazy filter": _polars("filter(pl.col('v') > 5).select('id', 'v').collect()", "pl.scan_csv(path)"),
    "polars when": _polars("with_columns(x=pl.when(pl.col('v') > 5).then(1).otherwise(pl.sum_horizontal('v', 'w')))"),
    "csv rows": _rows("for row in rows:\n    yield {'id': row['id'], 'x': int(row['v']) * 2}"),
    "csv header by hand": _rows(
        "header = next(rows)\nfor row in rows:\n    yield dict(zip(header, row, strict=True))",
        reader="csv.reader(file)",
    ),
    "csv lines from the second": _rows(
        "return [{'k': line.split(',')[1]} for line in rows[1:]]", reader="file.readlines()"
    ),
    "csv counted for messages": _rows(
        """
        for number, row in enumerate(rows, start=2):
            if not row['v'].isdigit():
                bad += 1
                raise ValueError(f'line {number}')
            yield row
        """,
        "bad = 0",
    ),
    "csv batches": _rows(
        """
        for row in rows:
            batch.append({'id': row['id']})
            if len(batch) == 4:
                yield from batch
                batch = []
        yield from batch
        """,
        "batch = []",
    ),
    "csv cache": _rows(
        """
        for row in rows:
            if row['k'] not in names:
                names[row['k']] = row['k'].upper()
            yield {'name': names[row['k']]}
        """,
        "names = {}",
    ),
    "jsonl lines": Function(
        "import json\n\ndef work(path):\n    with path.open() as lines:\n        for line in lines:\n"
        "            yield json.loads(line)\n",
        LINES,
        name="data/table.jsonl",
    ),
    "chunk records": Function(
        "from parallel_stage import Chunk\n\ndef work(chunk: Chunk):\n    for row in chunk.records():\n"
        "        yield {'x': int(row['v']) + 1}\n"
    ),
}
"""What gives the same result under every cut, and is no finding."""

BEYOND_ONE_ROW = {
    "pandas diff": _pandas("t['d'] = t.v.diff()"),
    "pandas shift": _pandas("t['before'] = t['v'].shift(1)"),
    "pandas running total": _pandas("t['total'] = t.v.cumsum()"),
    "pandas rank": _pandas("t['rank'] = t.v.rank()"),
    "pandas rolling": _pandas("t['mean'] = t.v.rolling(3).mean()"),
    "pandas filled": _pandas("t['n'] = t.n.ffill()", GAPS, ", dtype={'n': 'Int64'}"),
    "pandas row numbers": _pandas("t = t.reset_index()"),
    "pandas index": _pandas("t['number'] = t.index"),
    "pandas without duplicates": _pandas("t = t.drop_duplicates('k')"),
    "pandas sorted": _pandas("t = t.sort_values('v')"),
    "pandas normalised": _pandas("mean = t.v.mean()\nt['z'] = (t.v - mean) / t.v.std()"),
    "pandas share of the group": _pandas("t['share'] = t.v / t.groupby('k').v.transform('sum')"),
    "pandas above the median": _pandas("t = t[t.v > t.v.median()]"),
    "pandas sums by group": _pandas("t = t.groupby('k').v.sum().reset_index()"),
    "pandas dummies": _pandas("t = pd.get_dummies(t.sort_values('k'), columns=['k'])"),
    "pandas codes": _pandas("t['k'] = t.k.astype('category').cat.codes"),
    "pandas quartiles": _pandas("t['q'] = pd.qcut(t.v, 4, labels=False)"),
    "pandas first rows": _pandas("t = t.head(10)"),
    "pandas last row": _pandas("t = t.iloc[-1:]"),
    "pandas first rows read": _pandas("", TABLE, ", nrows=10"),
    "pandas last row left out": _pandas("", TABLE, ", skipfooter=1, engine='python'"),
    "pandas below a head, not said": _pandas("", BELOW_A_HEAD, ", skiprows=2"),
    "pandas without header, not said": _pandas("", HEADLESS, ", header=None, names=['k', 'v']"),
    "pandas gaps guessed": _pandas("", GAPS),
    "pandas zeros guessed": _pandas("", ZEROS),
    "pandas helper": Function(
        "import pandas as pd\n\ndef steps(t):\n    return t.assign(d=lambda t: t.v.diff())\n\n"
        "def work(path):\n    return steps(pd.read_csv(path))\n",
        TABLE,
        {"reducer": "concat-csv", "output": "result.csv"},
    ),
    "polars diff": _polars("with_columns(d=pl.col('v').diff())"),
    "polars running total": _polars("with_columns(pl.col('v').cum_sum().alias('c')).collect()", "pl.scan_csv(path)"),
    "polars by group": _polars("with_columns(pl.col('v').sum().over('k').alias('s'))"),
    "polars normalised": _polars("with_columns(pl.col('v') - pl.col('v').mean())"),
    "polars row index": _polars("with_row_index()"),
    "polars without duplicates": _polars("unique('k', keep='first', maintain_order=True)"),
    "polars sums by group": _polars("group_by('k', maintain_order=True).agg(pl.col('v').sum())"),
    "csv previous row": _rows(
        """
        for row in rows:
            if previous is not None:
                yield {'d': int(row['v']) - int(previous['v'])}
            previous = row
        """,
        "previous = None",
    ),
    "csv running total": _rows("for row in rows:\n    total += int(row['v'])\n    yield {'total': total}", "total = 0"),
    "csv row numbers": _rows("return [{'number': number, **row} for number, row in enumerate(rows)]"),
    "csv every third row": _rows("for n, row in enumerate(rows):\n    if n % 3 == 0:\n        yield row"),
    "csv seen": _rows(
        "for row in rows:\n    if row['k'] in seen:\n        continue\n    seen.add(row['k'])\n    yield row",
        "seen = set()",
    ),
    "csv pairs": _rows("for a, b in itertools.pairwise(rows):\n    yield {'d': int(b['v']) - int(a['v'])}"),
    "csv share": _rows(
        "rows = list(rows)\ntotal = sum(int(row['v']) for row in rows)\n"
        "return [{'share': int(row['v']) / total} for row in rows]"
    ),
    "csv sorted": _rows("return sorted(rows, key=lambda row: int(row['v']))"),
    "csv counted": _rows(
        "for row in rows:\n    counts[row['k']] = counts.get(row['k'], 0) + 1\nreturn [counts]", "counts = {}"
    ),
    "csv line numbers": _rows("for row in rows:\n    yield {'line': rows.line_num}"),
    "csv header taken for a row": _rows("return [{'k': row[1]} for row in rows]", reader="csv.reader(file)"),
    "chunk running total": Function(
        "from parallel_stage import Chunk\n\ndef work(chunk: Chunk):\n    total = 0\n"
        "    for row in chunk.records():\n        total += int(row['v'])\n        yield {'total': total}\n"
    ),
}
"""What gives another result under some cut, and is a finding."""

"""What looks beyond one row, and what only seems to. `tests/matrix` runs such functions."""

from __future__ import annotations

import ast

import pytest

from parallel_stage.pysource.bindings import bindings
from parallel_stage.pysource.definition import Found
from parallel_stage.pysource.module import Module
from parallel_stage.pysource.neighbours import Dependence, dependences
from parallel_stage.pysource.neighbours.names import HEAD, TYPES

IMPORTS = "import csv, itertools, random\nimport numpy as np, pandas as pd, polars as pl, duckdb\n"
TABLE = "t = pd.read_csv(path)\n"
ROWS = "rows = csv.DictReader(open(path))\n"


def _dependences(body: str, before: str = IMPORTS, parameters: str = "path") -> tuple[Dependence, ...]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    tree = ast.parse(f"{before}\ndef f({parameters}):\n{lines}\n")
    node = tree.body[-1]
    assert isinstance(node, ast.FunctionDef)
    return dependences(Found(node, Module("m.py", "m", (), tree, bindings(tree.body)), node.args))


def _names(body: str, before: str = IMPORTS) -> list[str]:
    """The names of what is traced, but for the heads and types of readers."""
    return [each.name for each in _dependences(body, before) if each.traced and each.reason not in (HEAD, TYPES)]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("t.v.diff()", ".diff()"),
        ("t['v'].shift(-1)", ".shift()"),
        ("t.sort_index(axis=1).v.cumsum()", ".cumsum()"),
        ("t.groupby('k').v.cumcount()", ".cumcount()"),
        ("t.groupby('k').v.transform('mean')", '.transform("mean")'),
        ("t.groupby('k').v.transform(lambda g: g * 2)", ".transform()"),
        ("t.groupby('k').v.apply(lambda g: g - g.mean())", ".mean()"),
        ("t.v.agg('cumsum')", '.agg("cumsum")'),
        ("t.v.fillna(method='ffill')", ".fillna()"),
        ("t.v.fillna(t.v.mean())", ".mean()"),
        ("t.rolling(3).mean()", ".rolling()"),
        ("t.pipe(lambda x: x.diff())", ".diff()"),
        ("t.assign(d=lambda x: x.v.rank())", ".rank()"),
        ("t.insert(0, 'n', range(len(t)))", "range()"),
        ("t['n'] = np.arange(len(t))", "arange()"),
        ("t['n'] = t.index + 1", ".index"),
        ("t.reset_index()", ".reset_index()"),
        ("t.unique()", ".unique()"),
        ("t.sort_values('v', inplace=True)", ".sort_values()"),
        ("t.dropna(axis=1)", ".dropna()"),
        ("pd.get_dummies(t)", "get_dummies()"),
        ("pd.cut(t.v, 4)", "cut()"),
        ("np.diff(t.v)", "diff()"),
        ("np.sort(t.v)", "sort()"),
        ("t.v.astype('category').cat.codes", ".codes"),
        ("t.iloc[0]", ".iloc[0]"),
        ("t.v.iloc[-1]", ".iloc[-1]"),
        ("t.loc[0, 'v']", ".loc[0, 'v']"),
        ("t.tail(1)", ".tail()"),
        ("model.fit_transform(t[['v']])", ".fit_transform()"),
        ("t[t.v > t.v.quantile(0.9)]", ".quantile()"),
        ("m = t.v.max()\nt['v'] /= m", ".max()"),
        ("means = t.groupby('k').v.mean()\nt.merge(means)", ".mean()"),
        ("t['share'] = t.v / len(t)", "len()"),
        ("return t.v.sum()", ".sum()"),
        ("return {'rows': len(t)}", "len()"),
        ("for k, g in t.groupby('k'):\n    g.v.diff()", ".diff()"),
        ("for i, row in t.iterrows():\n    out.append({'i': i})", ".iterrows()"),
        ("duckdb.sql('select lag(v) over () from t')", "LAG in SQL"),
        ("def inner(x):\n    return x.v.diff()\ninner(t)", ".diff()"),
        ("if a:\n    u = t\nelse:\n    u = None\nu.diff()", ".diff()"),
        ("try:\n    u = t\nexcept ValueError:\n    return\nu.diff()", ".diff()"),
        ("for part in pd.read_csv(path, chunksize=9):\n    part.v.diff()", ".diff()"),
    ],
)
def test_a_table(body: str, name: str) -> None:
    assert _names(TABLE + body) == [name]


@pytest.mark.parametrize(
    "body",
    [
        "t.diff(axis=1)\nt.sum(axis='columns')\nt.sum(1)\nt.rank(axis=1)",
        "t.v.str.rank()\nt.v.dt.shift()\nt.v.list.diff()",
        "t.apply(lambda row: row.max() - row.mean(), axis=1)",
        "t.v.map(lambda value: value.rank())",
        "t.reset_index(drop=True)\nt.set_index('k').reset_index()\nt.groupby('k').v.sum().reset_index()",
        "t.drop(t[t.v > 1].index)\nt.index = t.day\nt['day'] = t.index",
        "print(t.head(), t.v.diff())\nlogger.info(len(t))\nassert t.v.diff().min() > 0",
        "if t.empty or len(t) == 0:\n    return None\nreturn t",
        "for k in t.k.unique():\n    t.loc[t.k == k, 'n'] = 1",
        "t.fillna(0)\nt.dropna()\nt.columns[0]\nt.shape[1] + t.v\nt.iloc[:, 1:]\nt.iloc[:0]",
        "other = pd.read_csv('other.csv')\nother.diff()\nt.merge(other.drop_duplicates())",
        "t = pd.read_csv('other.csv')\nt.diff()",
        "t.k.map(dict(zip(names, names)))",
        "pd.cut(t.v, [1, 2, 3])",
    ],
)
def test_what_works_on_each_row_of_a_table(body: str) -> None:
    assert _names(TABLE + body) == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("t.with_columns(pl.col('v').diff())", ".diff()"),
        ("t.with_columns(pl.col('v') - pl.col('v').mean())", ".mean()"),
        ("t.with_columns(pl.col('v').sum().over('k'))", ".over()"),
        ("t.with_columns(n=pl.int_range(pl.len()))", "int_range()"),
        ("t.with_columns(pl.cum_sum('v'))", "cum_sum()"),
        ("t.with_columns(pl.col('v').fill_null(strategy='forward'))", ".fill_null()"),
        ("t.lazy().with_row_index().collect()", ".with_row_index()"),
        ("t.sql('select rank() over () from self')", "RANK in SQL"),
        ("return t.group_by('k').agg(pl.col('v').sum())", ".agg()"),
    ],
)
def test_polars(body: str, name: str) -> None:
    assert _names("t = pl.read_csv(path)\n" + body) == [name]


@pytest.mark.parametrize(
    "body",
    [
        "t.with_columns(pl.col('v').list.sum(), pl.col('v').str.head(2), pl.sum_horizontal('a', 'b'))",
        "t.with_columns(pl.col('v').list.eval(pl.element().rank()))",
        "t.filter(pl.col('v') > 1).select(pl.col('v').fill_null(0))",
    ],
)
def test_polars_on_each_row(body: str) -> None:
    assert _names("t = pl.scan_csv(path)\n" + body) == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("for row in rows:\n    yield row['v'] - last\n    last = row['v']", "`last`"),
        ("for row in rows:\n    d = row['v'] - last\n    last = row['v']\n    yield d", "`last`"),
        ("for row in rows:\n    total += row['v']\n    yield total", "`total`"),
        ("for row in rows:\n    n = n + 1\n    out.append(n)", "`n`"),
        ("for row in rows:\n    row['n'] = n\n    n += 1\n    out.append({'n': n})", "`n`"),
        ("for row in rows:\n    if row['k'] != last:\n        yield row\n    last = row['k']", "`last`"),
        ("for row in rows:\n    if row['k'] in seen:\n        continue\n    seen.add(row['k'])", "`seen`"),
        ("for row in rows:\n    counts[row['k']] += 1\n    yield counts[row['k']]", "`counts`"),
        ("for row in rows:\n    window.append(row)\n    yield sum(window)", "`window`"),
        ("for row in rows:\n    if row['k'] == 'a':\n        part = row\n    else:\n        yield part", "`part`"),
        ("for row in rows:\n    n += 1\n    if n > 9:\n        break", "`n`"),
        ("for n, row in enumerate(rows):\n    yield {'n': n}", "enumerate()"),
        ("for n, row in zip(itertools.count(), rows):\n    yield {'n': n}", "itertools.count()"),
        ("return [{'n': n} for n, row in enumerate(rows)]", "enumerate()"),
        ("for row in rows:\n    yield {'n': rows.line_num}", ".line_num"),
        ("for a, b in itertools.pairwise(rows):\n    pass", "pairwise()"),
        ("rows = list(rows)\nfor a, b in zip(rows, rows[1:]):\n    pass", "a slice of the rows"),
        ("out = [row for row in rows]\nout.sort()", ".sort()"),
        ("out = []\nfor row in rows:\n    out.append(row)\nreturn out[-1]", "[-1] of the rows"),
        ("first = next(rows)", "next()"),
        ("random.shuffle(list(rows))", "shuffle()"),
        ("for row in rows:\n    sums[row['k']] = sums.get(row['k'], 0) + 1\nreturn sums", "`sums`"),
        ("for row in rows:\n    if row['v'] > best:\n        best = row['v']\n        top += 1\nreturn top", "`top`"),
        ("return {row['k'] for row in rows}", "a set of rows"),
    ],
)
def test_a_loop_over_rows(body: str, name: str) -> None:
    assert name in _names(ROWS + body)
    assert len(_names(ROWS + body)) <= 2


@pytest.mark.parametrize(
    "body",
    [
        "for row in rows:\n    d = row['v'] * 2\n    yield d",
        "for n, row in enumerate(rows):\n    if n == 0:\n        continue\n    yield row",
        "for n, row in enumerate(rows):\n    if not row:\n        raise ValueError(f'{n} {bad}')\n    yield row",
        "for row in rows:\n    bad += 1\n    if bad > 9:\n        raise ValueError\n    yield row",
        "for row in rows:\n    n += 1\n    if n % 100 == 0:\n        print(n)\n    yield row",
        "for row in rows:\n    if head is None:\n        head = row\n        continue\n    yield head, row",
        "for row in rows:\n    if not first:\n        first = True\n        continue\n    yield row",
        "for row in rows:\n    batch.append(row)\n    if len(batch) > 9:\n        yield batch\n        batch = []",
        "for row in rows:\n    if row.k not in known:\n        known[row.k] = f(row.k)\n    yield known[row.k]",
        "for row in rows:\n    if row['v']:\n        kind = 'a'\n    else:\n        kind = 'b'\n    yield kind",
        "for row in rows:\n    try:\n        v = int(row['v'])\n    except ValueError:\n        continue\n    yield v",
        "for row in rows:\n    total = 0\n    for cell in row:\n        total += cell\n    yield total",
        "out = []\nfor row in rows:\n    out.append(row)\nprint(len(out))\nreturn out",
        "with open('other.csv') as file:\n    for line in file:\n        n += 1\n        out.append(n)",
    ],
)
def test_a_loop_that_takes_each_row_for_itself(body: str) -> None:
    assert _names(ROWS + body) == []


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ("pd.read_csv(path)", 1),
        ("pd.read_csv(path, skiprows=2)", 3),
        ("pd.read_csv(path, header=None)", 0),
        ("pd.read_csv(path, names=['a'])", 0),
        ("pd.read_csv(path, names=['a'], header=0)", 1),
        ("pd.read_csv(path, header=None, skiprows=1)", 1),
        ("pd.read_csv(path, header=2)", 3),
        ("pd.read_csv(path, header=[0, 1])", 2),
        ("pd.read_csv(path, skiprows=[1])", 2),
        ("pd.read_csv(path, skiprows=[0, 1, 3])", 4),
        ("pd.read_csv(path, skiprows=skip)", None),
        ("pl.read_csv(path, has_header=False)", 0),
        ("pl.scan_csv(path, skip_rows=1, skip_rows_after_header=1)", 3),
        ("np.loadtxt(path, skiprows=1)", 1),
        ("csv.DictReader(open(path))", 1),
        ("csv.DictReader(open(path), fieldnames=['a'])", 0),
        ("file = path.open()\nnext(file)\nfile.readline()\ncsv.DictReader(file)", 3),
        ("rows = csv.reader(open(path))\nnext(rows)\nfor row in rows:\n    yield row", 1),
        ("for row in csv.reader(open(path)):\n    yield row", 0),
        ("path.read_text().splitlines()[2:]", 2),
        ("itertools.islice(path.open(), 3, None)", 3),
    ],
)
def test_lines_before_the_records(call: str, lines: int | None) -> None:
    assert [each.lines for each in _dependences(call) if each.reason is HEAD] == [lines]


@pytest.mark.parametrize(
    "body",
    [
        "for row in csv.reader(open(path)):\n    if row[0] == 'id':\n        continue\n    yield row",
        "head, *rows = csv.reader(open(path))\nfor row in rows:\n    yield row",
    ],
)
def test_a_head_that_is_told_by_its_content(body: str) -> None:
    assert [each for each in _dependences(body) if each.reason is HEAD] == []


def test_what_is_not_traced_counts_beside_a_library_of_tables_only() -> None:
    body = "load(path).diff()"
    assert [(each.name, each.traced) for each in _dependences(body, "import pandas\n")] == [(".diff()", False)]
    assert _dependences(body, "import matplotlib\n") == ()


def test_imports_inside_the_function_and_functions_of_the_module_are_followed() -> None:
    before = (
        "def read(p):\n    import pandas as pd\n    return pd.read_csv(p)\ndef steps(t, n):\n    return t.diff(n)\n"
    )
    assert _names("steps(read(path), 1)", before) == [".diff()"]
    assert _names("steps(read('other.csv'), 1)", before) == []


def test_functions_that_call_each_other_end() -> None:
    before = IMPORTS + "def g(t):\n    return h(t.diff())\ndef h(t):\n    return g(t.shift())\n"
    assert _names(TABLE + "g(t)", before) == [".diff()", ".shift()"]

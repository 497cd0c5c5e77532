from __future__ import annotations

import ast

import pytest

from parallel_stage.pysource.bindings import bindings
from parallel_stage.pysource.definition import Found
from parallel_stage.pysource.effects import global_writes, returns_nothing
from parallel_stage.pysource.import_effects import import_work, threaded_libraries
from parallel_stage.pysource.module import Module
from parallel_stage.pysource.writes import shared_writes


def _module(source: str) -> Module:
    tree = ast.parse(source)
    return Module("m.py", "m", (), tree, bindings(tree.body))


def _found(before: str, body: str, parameters: str = "path") -> Found:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    module = _module(f"{before}\ndef f({parameters}):\n{lines}\n")
    node = module.tree.body[-1]
    assert isinstance(node, ast.FunctionDef)
    return Found(node, module, node.args)


@pytest.mark.parametrize(
    ("body", "nothing"),
    [
        ("pass", True),
        ("return", True),
        ("return None", True),
        ("def g(): return 1", True),
        ("class C:\n    def g(self): return 1", True),
        ("g = lambda: 1", True),
        ("return 0", False),
        ("if path: return {}", False),
        ("yield", False),
        ("yield from path", False),
        ("for x in path:\n    with x:\n        return x", False),
        ("raise NotImplementedError", False),
        ("while True: path.wait()", False),
    ],
)
def test_functions_that_return_nothing(body: str, nothing: bool) -> None:  # noqa: FBT001
    assert returns_nothing(_found("", body)) is nothing


@pytest.mark.parametrize(
    ("before", "body", "path"),
    [
        ("", "open('a.csv', 'w')", "a.csv"),
        ("", "open('a.csv', 'wb')", "a.csv"),
        ("", "open('a.csv', mode='x')", "a.csv"),
        ("", "open('a.csv', 'r+')", "a.csv"),
        ("", "open(file='a.csv', mode='w')", "a.csv"),
        ("import gzip as g", "g.open('a.gz', 'wt')", "a.gz"),
        ("from pathlib import Path", "Path('a.csv').open('w')", "a.csv"),
        ("from pathlib import Path", "Path('out', 'a.csv').write_bytes(b'')", "out/a.csv"),
        ("import pathlib", "out = pathlib.Path('out')\n(out / 'a.csv').write_text('')", "out/a.csv"),
        ("OUT = 'a.csv'", "open(OUT, 'w')", "a.csv"),
        ("OUT = 'a.csv'\ndef g():\n    open(OUT, 'w')", "g()", "a.csv"),
        ("", "def g():\n    open('a.csv', 'w')\ng()", "a.csv"),
        ("", "frame = path.read()\nframe.to_parquet('a.parquet')", "a.parquet"),
        ("", "figure = path.plot()\nfigure.savefig('a.png')", "a.png"),
        ("import joblib", "joblib.dump(path, 'a.joblib')", "a.joblib"),
        ("", "if path:\n    open('a.csv', 'w')", "a.csv"),
    ],
)
def test_a_constant_path_that_is_written(before: str, body: str, path: str) -> None:
    assert [place.name for place in shared_writes(_found(before, body), chunked=False)] == [path]


@pytest.mark.parametrize(
    ("before", "body"),
    [
        ("", "open('a.csv')"),
        ("", "open('a.csv', 'a')"),
        ("", "open('a.csv', path)"),
        ("", "open(path, 'w')"),
        ("", "open(f'{path}.csv', 'w')"),
        ("", "open('/dev/null', 'w')"),
        ("", "open(*path, 'w')"),
        ("", "out = 'a.csv'\nout = path\nopen(out, 'w')"),
        ("", "for out in path:\n    open(out, 'w')"),
        ("out = 'a.csv'", "out = path\nopen(out, 'w')"),
        ("path = 'a.csv'", "open(path, 'w')"),
        ("OUT = 'a.csv'\nOUT = make()", "open(OUT, 'w')"),
        ("from somewhere import open", "open('a.csv', 'w')"),
        ("", "archive = path.zip()\narchive.open('a.csv', 'w')"),
        ("", "archive = path.zip()\narchive.write_text('a.csv')"),
        ("", "path.with_suffix('.csv').write_text('')"),
        ("", "path.to_csv()"),
        ("", "path.to_json('records')"),
        ("", "path.to_csv('a.csv', mode='a')"),
        ("from pathlib import Path", "if not Path('a.csv').exists():\n    open('a.csv', 'w')"),
        ("import os", "os.chdir(path)\nopen('a.csv', 'w')"),
        ("import os", "open(os.path.join(path, 'a.csv'), 'w')"),
        ("OUT = OUT", "open(OUT, 'w')"),
    ],
)
def test_paths_that_are_not_shared(before: str, body: str) -> None:
    assert shared_writes(_found(before, body), chunked=False) == []


@pytest.mark.parametrize(
    ("before", "body", "name"),
    [
        ("n = 0", "global n\nn = 1", "n"),
        ("n = 0", "global n\nn += 1", "n"),
        ("", "global n\nfor n in path: pass", "n"),
        ("ROWS = []", "ROWS.append(1)", "ROWS"),
        ("ROWS = {}", "ROWS['a'] = 1", "ROWS"),
        ("ROWS = {}", "del ROWS['a']", "ROWS"),
        ("ROWS = {}", "ROWS['a'] += 1", "ROWS"),
        ("ROWS = set()", "ROWS.add(1)", "ROWS"),
        ("import collections\nROWS = collections.defaultdict(int)", "ROWS['a'] += 1", "ROWS"),
        ("ROWS = []\ndef g():\n    ROWS.append(1)", "g()", "ROWS"),
    ],
)
def test_globals_that_are_changed(before: str, body: str, name: str) -> None:
    assert [place.name for place in global_writes(_found(before, body))] == [name]


@pytest.mark.parametrize(
    ("before", "body"),
    [
        ("n = 0", "n = 1"),
        ("n = 0", "global n\nreturn n"),
        ("model = None", "global model\nif model is None:\n    model = 1"),
        ("model = None", "global model\nmodel = 1 if model is None else model"),
        ("ROWS = {}", "if 1 not in ROWS:\n    ROWS[1] = 2"),
        ("ROWS = {}", "try:\n    return ROWS[1]\nexcept KeyError:\n    ROWS[1] = 2"),
        ("ROWS = []", "ROWS = []\nROWS.append(1)"),
        ("ROWS = []", "len(ROWS)\nROWS.index(1)"),
        ("ROWS = make()", "ROWS.append(1)"),
        ("path = []", "path.append(1)"),
        ("", "rows = {}\nrows['a'] = 1\nself.rows.append(1)"),
    ],
)
def test_what_is_no_shared_state(before: str, body: str) -> None:
    assert global_writes(_found(before, body)) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("print(1)", ["print"]),
        ("import subprocess as s\nX = s.run([])", ["s.run"]),
        ("from time import sleep\nif True:\n    sleep(1)", ["sleep"]),
        ("with open('a.txt', 'w') as f:\n    pass", ["open"]),
        ("def main():\n    inner()\ndef inner():\n    print(1)\nmain()", ["main"]),
        ("import threading\nthreading.Thread(target=f).start()", ["threading.Thread(target=f).start"]),
        ("import requests\nfor u in 'ab':\n    requests.get(u)\nprint(2)", ["requests.get", "print"]),
        ("try:\n    print(1)\nfinally:\n    pass", ["print"]),
        ("from multiprocessing import Pool\nwith Pool() as pool:\n    pool.map(f, [])", ["Pool"]),
        ("if __name__ != '__main__':\n    print(1)", ["print"]),
        ("if __name__ == '__main__':\n    pass\nelse:\n    print(1)", ["print"]),
    ],
)
def test_work_that_an_import_does(source: str, names: list[str]) -> None:
    assert [place.name for place in import_work(_module(source))] == names


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    print(1)",
        "class C:\n    print(1)",
        "if __name__ == '__main__':\n    print(1)",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    print(1)",
        "try:\n    import a\nexcept ImportError:\n    print('no a')",
        "with open('a.txt') as f:\n    pass",
        "import logging\nlogging.info('a')",
        "F = lambda: print(1)",
        "def main():\n    def inner():\n        print(1)\n    return inner\nmain()",
        "import somewhere\nsomewhere.run()\nx.start()",
        "from somewhere import print\nprint(1)",
        "import pandas as pd\npd.set_option('a', 1)",
    ],
)
def test_imports_that_do_no_work(source: str) -> None:
    assert import_work(_module(source)) == []


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("import numpy as np", [("numpy", 1)]),
        ("import os\nfrom sklearn.cluster import KMeans\nimport polars", [("sklearn", 2), ("polars", 3)]),
        ("import pyarrow.parquet as pq\nimport pyarrow", [("pyarrow", 1)]),
        ("def f():\n    import duckdb", [("duckdb", 2)]),
        ("import pandas, json", []),
        ("from .numpy import array", []),
        ("if TYPE_CHECKING:\n    import numpy", []),
    ],
)
def test_libraries_with_threads_of_their_own(source: str, places: list[tuple[str, int]]) -> None:
    assert threaded_libraries(_module(source)) == places


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("open(path.stem + '.json', 'w')", "{path.stem}.json"),
        ("open(f'out/{path.name}', 'w')", "out/{path.name}"),
        ("(Path('out') / path.name).write_text('x')", "out/{path.name}"),
        ("open(os.path.join('out', os.path.basename(path)), 'w')", "out/{path.name}"),
        ("name = f'{path.stem}.csv'; frame.to_csv(name)", "{path.stem}.csv"),
        ("open(Path(path).stem + '.txt', mode='x')", "{path.stem}.txt"),
    ],
)
def test_what_is_named_by_the_chunk_is_shared_by_the_chunks_of_a_file(body: str, path: str) -> None:
    found = _found("import os\nfrom pathlib import Path", body)
    assert [place.name for place in shared_writes(found, chunked=True)] == [path]
    assert shared_writes(found, chunked=False) == []


@pytest.mark.parametrize(
    "body",
    [
        "open(path.with_suffix('.json'), 'w')",
        "open(f'{path.stem}-{current_partition().index}.json', 'w')",
        "path = Path('x'); open(path.stem + '.json', 'w')",
        "open(other.stem + '.json', 'w')",
        "open(f'{path.stem}.json', 'a')",
        "open(path.parent / 'x.json', 'w')",
    ],
)
def test_what_differs_from_chunk_to_chunk_is_not_shared(body: str) -> None:
    assert shared_writes(_found("from pathlib import Path", body), chunked=True) == []

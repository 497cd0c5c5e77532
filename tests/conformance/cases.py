"""Stages, and the result that each must have on every backend: all splits, strategies and reducers."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Case:
    """A stage: its code, its files, its contract where it differs from the common one, and the expected result."""

    name: str
    code: str
    files: Mapping[str, str | bytes]
    fields: Mapping[str, Any]
    expected: bytes


def _jsonl(*values: object) -> bytes:
    return "".join(json.dumps(value, separators=(",", ":")) + "\n" for value in values).encode()


def _json(*values: object) -> bytes:
    lines = ",\n".join(json.dumps(value, separators=(",", ":")) for value in values)
    return f"[\n{lines}\n]\n".encode()


_ROWS = [(number, f'say "{number}",\nthen more', "é" * (number % 3)) for number in range(200)]
_QUOTED = "id,text,accents\r\n" + "".join(
    f'{number},"{text.replace(chr(34), chr(34) * 2)}",{accents}\r\n' for number, text, accents in _ROWS
)
_READ = "import csv\ndef rows(path):\n    with open(path, newline='', encoding='utf-8') as file:\n"
_READ += "        yield from csv.DictReader(file)\n"
_AS_DICTS = [{"id": str(number), "text": text, "accents": accents} for number, text, accents in _ROWS]
_TABLE = "x,y\n" + "".join(f"{number},{number * number}\n" for number in range(100))


def _parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(pa.table({"x": list(range(40))}), buffer, row_group_size=10)
    return buffer.getvalue()


def _keyed_parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(pa.table({"n": list(range(90)), "k": ["a", "b", None] * 30}), buffer, row_group_size=40)
    return buffer.getvalue()


def _bucket(text: str, target: int) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") % target


_KEYS = ("a", 'say "b", c', "")
_KEYED = "k,x\n" + "".join(
    f"{chr(34) + _KEYS[n % 3].replace(chr(34), chr(34) * 2) + chr(34) if n % 3 else 'a'},{n}\n" for n in range(90)
)
_BY = {"split": "data-partitions", "partition_strategy": "row-chunks"}
_CSV_ROWS = b"id,double\n" + b"".join(b"%d,%d\n" % (number, 2 * number) for number in range(100))

CASES = (
    Case(
        "files-whole-collect",
        "def work(path):\n    return {'name': path.name, 'size': len(path.read_bytes())}\n",
        {"data/a.txt": "one", "data/b.txt": "", "data/c.txt": "three"},
        {},
        _json({"name": "a.txt", "size": 3}, {"name": "b.txt", "size": 0}, {"name": "c.txt", "size": 5}),
    ),
    Case(
        "files-byte-chunks-quoted-newlines-generator",
        _READ + "def work(path):\n    yield from rows(path)\n",
        {"data/a.csv": _QUOTED},
        {"partition_strategy": "file-chunks", "target_partitions": 7, "reducer": "concat-jsonl"},
        "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in _AS_DICTS).encode(),
    ),
    Case(
        "files-row-chunks-mappings-to-csv",
        _READ + "def work(path):\n    return [{'id': r['x'], 'double': 2 * int(r['x'])} for r in rows(path)]\n",
        {"data/a.csv": _TABLE},
        {"partition_strategy": "row-chunks", "target_partitions": 9, "reducer": "concat-csv"},
        _CSV_ROWS,
    ),
    Case(
        "table-byte-chunks-path-of-a-csv",
        "import shutil\ndef work(path):\n    copy = path.with_name('copy.csv')\n    shutil.copy(path, copy)\n"
        "    return copy\n",
        {"table.csv": _TABLE.replace("\n", "\r\n")},
        {
            "split": "data-partitions",
            "input": "table.csv",
            "partition_strategy": "file-chunks",
            "target_partitions": 5,
            "reducer": "concat-csv",
        },
        _TABLE.encode(),
    ),
    Case(
        "table-row-chunks-collect",
        _READ + "def work(path):\n    return sum(int(row['y']) for row in rows(path))\n",
        {"table.csv": _TABLE},
        {
            "split": "data-partitions",
            "input": "table.csv",
            "partition_strategy": "row-chunks",
            "target_partitions": 4,
        },
        _json(*(sum(number * number for number in range(25 * k, 25 * k + 25)) for k in range(4))),
    ),
    Case(
        "files-byte-chunks-below-a-preamble",
        "import pandas as pd\ndef work(path):\n    return pd.read_csv(path, skiprows=[0, 1, 3])\n",
        {"data/a.csv": 'made by "us\n\n' + _TABLE.replace("\n", "\n-,m\n", 1)},
        {
            "partition_strategy": "file-chunks",
            "target_partitions": 7,
            "reducer": "concat-csv",
            "input_format": {"head_lines": 4},
        },
        _TABLE.encode(),
    ),
    Case(
        "table-whole-of-two-files-with-preambles",
        "def work(path):\n    return {'text': path.read_text()}\n",
        {"data/1.csv": "January\nx,y\n1,2", "data/2.csv": "February\nx,y\n5,6\n"},
        {"split": "data-partitions", "reducer": "concat-jsonl", "input_format": {"head_lines": 2}},
        _jsonl({"text": "January\nx,y\n1,2\n5,6\n"}),
    ),
    Case(
        "table-whole-of-two-files",
        _READ + "def work(path):\n    return [dict(row) for row in rows(path)]\n",
        {"data/1.csv": "x,y\n1,2\n3,4", "data/2.csv": "x,y\n5,6\n"},
        {"split": "data-partitions", "reducer": "concat-jsonl"},
        _jsonl({"x": "1", "y": "2"}, {"x": "3", "y": "4"}, {"x": "5", "y": "6"}),
    ),
    Case(
        "table-of-parquet-row-groups",
        "from pyarrow import parquet\ndef work(path):\n    return parquet.read_table(path).to_pylist()\n",
        {"table.parquet": _parquet()},
        {
            "split": "data-partitions",
            "input": "table.parquet",
            "partition_strategy": "row-chunks",
            "target_partitions": 3,
            "reducer": "concat-csv",
        },
        b"x\n" + b"".join(b"%d\n" % number for number in range(40)),
    ),
    Case(
        "table-by-group",
        _READ + "from parallel_stage import current_partition as now\ndef work(path):\n"
        "    return [now().key, now().input_path, path.name, [int(row['x']) for row in rows(path)]]\n",
        {
            "data/1.csv": _KEYED[: _KEYED.index(",50\n") + 3],
            "data/2.csv": "k,x\n" + _KEYED[_KEYED.index(",50\n") + 4 :],
        },
        {**_BY, "partition_by": {"column": "k", "kind": "group"}},
        _json(*([key, "data/1.csv", "1.csv", list(range(start, 90, 3))] for start, key in enumerate(_KEYS))),
    ),
    Case(
        "table-by-group-as-chunks",
        "from parallel_stage import Chunk\ndef work(chunk: Chunk):\n"
        "    return [chunk.rows, chunk.header.decode(), [int(row['x']) for row in chunk.records()]]\n",
        {"data/1.csv": _KEYED},
        {**_BY, "partition_by": {"column": "k", "kind": "group"}},
        _json(*([30, "k,x\n", list(range(start, 90, 3))] for start in range(3))),
    ),
    Case(
        "table-by-date-without-a-copy",
        "from parallel_stage import Chunk, current_partition as now\ndef work(chunk: Chunk):\n"
        "    return [now().key, now().stop - now().start, chunk.path.name, sum(1 for _ in chunk.records())]\n",
        {"data/1.csv": "day,x\n" + "".join(f"2013-{month:02}-{day:02},1\n" for month in (3, 1, 2) for day in (1, 28))},
        {**_BY, "partition_by": {"column": "day", "kind": "date", "unit": "month"}},
        _json(*([f"2013-0{month}", 26, "1.csv", 2] for month in (1, 2, 3))),
    ),
    Case(
        "json-lines-by-key",
        "import json\ndef work(path):\n"
        "    return sorted({json.loads(line)['k'] for line in path.read_text().splitlines()})\n",
        {"data/1.jsonl": _jsonl(*({"k": number % 9} for number in range(80)))},
        {**_BY, "target_partitions": 2, "partition_by": {"column": "k", "kind": "key"}},
        _json(*([number for number in range(9) if _bucket(str(number), 2) == bucket] for bucket in range(2))),
    ),
    Case(
        "parquet-by-group",
        "from pyarrow import parquet\nfrom parallel_stage import current_partition as now\ndef work(path):\n"
        "    return [now().key, parquet.read_table(path)['n'].to_pylist()]\n",
        {"data/1.parquet": _keyed_parquet()},
        {**_BY, "partition_by": {"column": "k", "kind": "group"}},
        _json(*([json.dumps(key), list(range(start, 90, 3))] for start, key in enumerate(["a", "b", None]))),
    ),
    Case(
        "sweep-equal-items-stay-apart",
        "def work(item):\n    item['seen'] = True\n    return item\n",
        {"grid.json": '[{"i": 1}, {"i": 1}, {"i": 1}, {"i": 2}]'},
        {"split": "parameter-sweep", "input": "grid.json", "partition_strategy": "parameter-items"},
        _json(*({"i": number, "seen": True} for number in (1, 1, 1, 2))),
    ),
    Case(
        "sweep-of-a-product-in-many-small-batches",
        "def work(item):\n    return item\n",
        {"grid.json": json.dumps({"a": list(range(40)), "b": list(range(30))})},
        {"split": "parameter-sweep", "input": "grid.json", "reducer": "concat-jsonl"},
        _jsonl(*({"a": a, "b": b} for a in range(40) for b in range(30))),
    ),
    Case(
        "chunk-annotation",
        "from parallel_stage import Chunk\ndef work(chunk: Chunk):\n    yield from chunk.records()\n",
        {"data/a.csv": _TABLE},
        {"partition_strategy": "file-chunks", "target_partitions": 6, "reducer": "concat-jsonl"},
        _jsonl(*({"x": str(number), "y": str(number * number)} for number in range(100))),
    ),
    Case(
        "chunk-annotation-as-text-of-whole-files",
        "from __future__ import annotations\nimport parallel_stage\n"
        "def work(chunk: parallel_stage.Chunk):\n    return [chunk.open().read().decode(), chunk.path.name]\n",
        {"data/a.txt": "one\ntwo\n", "data/b.txt": "three"},
        {},
        _json(["one\ntwo\n", "a.txt"], ["three", "b.txt"]),
    ),
    Case(
        "csv-text-and-frames",
        "class Frame:\n    def to_csv(self, *, index):\n        return 'n,text\\r\\n2,\"a\\nb\"\\r\\n'\n"
        'class Other:\n    def write_csv(self):\n        return \'n,text\\n3,"c"""\\n\'\n'
        "def work(item):\n    return ['n,text\\n1,x\\n', Frame(), Other(), '', []][item]\n",
        {"grid.json": "[0, 1, 2, 3, 4]"},
        {
            "split": "parameter-sweep",
            "input": "grid.json",
            "partition_strategy": "parameter-items",
            "reducer": "concat-csv",
        },
        b'n,text\n1,x\n2,"a\nb"\n3,"c"""\n',
    ),
    Case(
        "custom-with-reducer-function",
        "def work(path):\n    return path.read_bytes().upper()\n"
        "def join(parts, output):\n    print('merging')\n"
        "    output.write_bytes(b'|'.join(part.read_bytes() for part in parts))\n",
        {"data/a.txt": "one", "data/b.txt": "two"},
        {"reducer": "custom", "reducer_function": "work.py:join", "notes": "joined"},
        b"ONE|TWO",
    ),
    Case(
        "the-same-surroundings-everywhere",
        "import os, sys, logging, pathlib\nfrom parallel_stage import current_partition\n"
        "def work(item):\n    print('printed'); print('too', file=sys.stderr); logging.warning('logged')\n"
        "    os.system('echo from a child')\n    current = current_partition()\n"
        "    return [current.index, current.seed > 0, current.attempt, os.environ['OMP_NUM_THREADS'],\n"
        "            pathlib.Path('grid.json').exists()]\n",
        {"grid.json": "[0, 1, 2]"},
        {
            "split": "parameter-sweep",
            "input": "grid.json",
            "partition_strategy": "parameter-items",
            "threads_per_worker": 3,
        },
        _json(*([index, True, 1, "3", True] for index in range(3))),
    ),
)

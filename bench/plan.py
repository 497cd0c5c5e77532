"""How long does a plan of one large file take, as a whole process, beside programs that only read it?

python bench/plan.py [--rounds N] [--mebibytes N] [--json]

Three files of about as many bytes, from a generator with a seed: `clean` has no quote; `quoted` has a quoted
field of two lines in every row; `adversarial` has doubled quotes beside delimiters and line ends in quotes in
every field, and a stray quote in its last row, so that parity proves nothing. Each is planned in 64 chunks by
bytes and by rows. The peers count the quotes with numpy, search a byte that is not there, read the file with
polars, and plan a file of three kilobytes, which costs the start alone. Before anything is timed, the plans'
rows must be as many as were written.

A fourth file, `groups`, has a thousand keys in random order: its plan by `partition_by`, and the plan with the
split into the run directory, stand beside programs that write a file for each key, with polars and, where it is
installed, duckdb. These write the values again and do not keep the bytes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from processes import measure, table

COMMAND = str(Path(sysconfig.get_path("scripts"), "parallel-stage"))
COUNT, FIND, POLARS, START = "numpy counts quotes", "find absent byte", "polars reads", "plan of 3 kB"
PEERS = {
    COUNT: """
import sys, numpy as np
with open(sys.argv[1], "rb", buffering=0) as file:
    buffer = bytearray(1 << 20)
    data, blocks = np.frombuffer(buffer, np.uint8), iter(lambda: file.readinto(buffer), 0)
    print(sum(np.count_nonzero(data[:size] == 34) for size in blocks))
""",
    FIND: """
import sys, mmap
with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
    print(data.find(b"\\0"))
""",
    POLARS: """
import sys, polars
print(polars.read_csv(sys.argv[1]).height)
""",
}
CONTRACT = """\
schema = "agilab.parallel_stage.v1"
name = "{name}"
function = "function.py:function"
split = "files"
input = "{name}.csv"
workers = 2
partition_strategy = "{strategy}"
target_partitions = 64
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "local"
output = "{name}.jsonl"
"""
GROUPS = """\
partition_by = { column = "key", kind = "group" }
"""
SPLIT = """
import sys, tempfile
from pathlib import Path
from parallel_stage import make_plan
from parallel_stage.run.split_table import write_split
from parallel_stage.run.storage import layout
plan = make_plan(sys.argv[1])
with tempfile.TemporaryDirectory(dir=".") as name:
    layout.scratch(Path(name)).mkdir()
    write_split(plan.shares, Path(name), bytearray([1]) * plan.count, lambda read: None)
"""
WRITERS = {
    "polars writes": """
import polars, tempfile
with tempfile.TemporaryDirectory(dir=".") as name:
    for number, part in enumerate(polars.read_csv("groups.csv").partition_by("key", maintain_order=True)):
        part.write_csv(f"{name}/{number}.csv")
""",
    "duckdb writes": """
import duckdb, tempfile
with tempfile.TemporaryDirectory(dir=".") as name:
    duckdb.sql(f"copy (from 'groups.csv') to '{name}/out' (format csv, partition_by (key), write_partition_columns)")
""",
}
STRATEGIES = {"plan, bytes": "file-chunks", "plan, rows": "row-chunks"}


def words(draw: random.Random) -> str:
    return "".join(draw.choices("abcdefgh ,", k=draw.randint(5, 40)))


def row(kind: str, draw: random.Random) -> str:
    """Return one row of a kind of file."""
    cells = [str(draw.randrange(10 ** draw.randint(1, 9))) for _ in range(6)]
    if kind == "quoted":
        cells.append(f'"{words(draw)}\n{words(draw)}"')
    elif kind == "adversarial":
        cells = [f'"{cell}"",""\r\n"""' for cell in cells]
    else:
        cells.append(words(draw).replace(",", ""))
    return ",".join(cells) + "\n"


def write(path: Path, kind: str, size: int) -> int:
    """Write a file of a kind with at least so many bytes; return how many rows it has."""
    draw = random.Random(4180)  # noqa: S311 -- the same files every time are the point
    block = "".join(row(kind, draw) for _ in range(20_000)).encode()
    repeats = -(-size // len(block))
    with path.open("wb") as file:
        file.write(row(kind, draw).encode())
        for _ in range(repeats):
            file.write(block)
        if kind == "adversarial":
            file.write(b'5" pipe,1\n')
    return 20_000 * repeats + (kind == "adversarial")


def by_group(directory: Path, size: int) -> dict[str, list[str]]:
    """Write the table with keys, and return the commands that split it."""
    draw = random.Random(4180)  # noqa: S311 -- as above
    rows = [f"k{draw.randrange(1000)},{row('clean', draw)}" for _ in range(50_000)]
    with (directory / "groups.csv").open("w", encoding="utf-8") as file:
        file.write(f"key,{','.join('abcdefg')}\n")
        while file.tell() < size:
            draw.shuffle(rows)
            file.writelines(rows)
    contract = CONTRACT.format(name="groups", strategy="row-chunks").replace('"files"', '"data-partitions"')
    (directory / "groups.parallel_stage.toml").write_text(contract + GROUPS, encoding="utf-8")
    names = {"polars writes": "polars", "duckdb writes": "duckdb"}
    found = {name: code for name, code in WRITERS.items() if importlib.util.find_spec(names[name])}
    return {
        **{name: [sys.executable, "-c", code] for name, code in found.items()},
        "plan": [COMMAND, "plan", "groups.parallel_stage.toml"],
        "plan and split": [sys.executable, "-c", SPLIT, "groups.parallel_stage.toml"],
    }


def verify(directory: Path, kind: str, rows: int) -> None:
    """Stop the program where the plan by rows has not as many as were written."""
    command = [COMMAND, "plan", "--json", f"{kind}.row-chunks.parallel_stage.toml"]
    document = json.loads(subprocess.run(command, cwd=directory, check=True, capture_output=True).stdout)
    planned = sum(partition["work"]["rows"] for partition in document["partitions"])
    if planned != rows:
        sys.exit(f"void: {kind} has {rows} rows, the plan {planned}")


def main() -> None:
    """Measure, and print the tables or one JSON document."""
    parser = argparse.ArgumentParser(description="Times parallel-stage plan beside programs that read the file.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=1024, help="the size of each file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "function.py").write_text("def function(path):\n    return []\n", encoding="utf-8")
        (directory / "small.csv").write_text("a,b\n" * 750, encoding="utf-8")
        small = CONTRACT.format(name="small", strategy="file-chunks")
        (directory / "small.parallel_stage.toml").write_text(small, encoding="utf-8")
        for kind in ("clean", "quoted", "adversarial"):
            rows = write(directory / f"{kind}.csv", kind, options.mebibytes << 20)
            peers = [peer for peer in PEERS if peer != POLARS or kind != "adversarial"]
            lines = {peer: [sys.executable, "-c", PEERS[peer], f"{kind}.csv"] for peer in peers}
            for title, strategy in STRATEGIES.items():
                file = f"{kind}.{strategy}.parallel_stage.toml"
                (directory / file).write_text(CONTRACT.format(name=kind, strategy=strategy), encoding="utf-8")
                lines[title] = [COMMAND, "plan", file]
            lines[START] = [COMMAND, "plan", "small.parallel_stage.toml"]
            verify(directory, kind, rows)
            found[kind] = measure(lines, directory, options.rounds)
            (directory / f"{kind}.csv").unlink()
        found["groups"] = measure(by_group(directory, options.mebibytes << 20), directory, options.rounds)
    if options.json:
        print(json.dumps({"interpreter": sys.version, **found}, indent=2, sort_keys=True))
        return
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians of {options.rounds} rounds\n")
    for kind, medians in found.items():
        print(table(f"{kind}, {options.mebibytes} MiB", medians, [COUNT, FIND, POLARS, *WRITERS]), end="\n\n")


if __name__ == "__main__":
    main()

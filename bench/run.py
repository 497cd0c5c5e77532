"""What does a run cost beside other pools that make the same calls of the same function?

python bench/run.py [--items N] [--megabytes N] [--rounds N] [--history FILE]

Two measurements, of whole processes, in turn: many items that do nothing, of which the time of a few items is taken
off, so that what is left is the cost of an item; and work on each row of a CSV file, for which every peer gets the
byte ranges of our plan. Results have to be equal, or nothing is printed. `--history FILE` appends the ratios to a file
and prints what has changed since the last line.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from processes import measure, table
from run_peers import PEERS

OURS = str(Path(sysconfig.get_path("scripts")) / "parallel-stage")
SCRIPT = str(Path(__file__).with_name("run_peers.py"))
FEW = 20
WORKERS = 2
BACKENDS = ("local", "pool", "dask")
WORK = """\
import csv, json, math

def item(values):
    return 1

def _dicts(lines):
    for number, name, value in csv.reader(lines):
        total = 0.0
        for step in range(20):
            total += math.sqrt(float(value) + step)
        yield {"number": int(number), "name": name, "total": round(total, 6)}

def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        next(file)
        yield from _dicts(file)

def rows_of_range(place):
    start, stop = place
    with open("data.csv", "rb") as file:
        file.seek(start)
        lines = file.read(stop - start).decode().splitlines(keepends=True)
    return b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\\n" for each in _dicts(lines))
"""
CONTRACTS = {
    "items": {
        "function": "work:item",
        "split": "parameter-sweep",
        "input": "grid.json",
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "reducer": "collect-json",
    },
    "rows": {
        "function": "work:rows",
        "split": "files",
        "input": "data.csv",
        "partition_strategy": "file-chunks",
        "target_partitions": 32,
        "reducer": "concat-jsonl",
    },
}


def prepare(directory: Path, kind: str, size: int) -> None:
    """Write the stage of a kind: so many items, or a CSV file of so many bytes with the ranges of its plan."""
    directory.mkdir()
    (directory / "work.py").write_text(WORK, encoding="utf-8")
    contract = {"schema": "agilab.parallel_stage.v1", "name": kind, "workers": WORKERS, "backend": "local"}
    contract |= {"min_partitions_per_worker": 1, "output": "ours", **CONTRACTS[kind]}
    (directory / "stage.json").write_text(json.dumps(contract), encoding="utf-8")
    if kind == "items":
        (directory / "grid.json").write_text(json.dumps([{"a": n, "b": n % 7} for n in range(size)]), encoding="utf-8")
        return
    draw, number = random.Random(20130101), 0  # noqa: S311 -- the same rows every time are the point
    with (directory / "data.csv").open("w", encoding="utf-8") as file:
        file.write("number,name,value\n")
        while file.tell() < size:
            file.writelines(f"{number + n},carrier {n % 16},{draw.random():.6f}\n" for n in range(1_000))
            number += 1_000
    plan = subprocess.run([OURS, "plan", "stage.json", "--json"], cwd=directory, capture_output=True, check=True)
    works = [partition["work"] for partition in json.loads(plan.stdout)["partitions"]]
    (directory / "ranges.json").write_text(json.dumps([(each["start"], each["stop"]) for each in works]))


def commands(kind: str) -> dict[str, list[str]]:
    """Return the command line of each backend and of each peer; each writes into a file of its own."""
    ours = [OURS, "run", "stage.json", "--quiet", "--keep-parts", "1"]
    lines = {name: [*ours, "--backend", name, "--output", f"result of {name}"] for name in BACKENDS}
    return lines | {peer: [sys.executable, SCRIPT, peer, kind, str(WORKERS), f"result of {peer}"] for peer in PEERS}


def check(directory: Path, lines: dict[str, list[str]]) -> None:
    """Run each command once, and end the program where one fails or has another result."""
    results = {}
    for name, command in lines.items():
        ended = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(f"void: {name} fails\n{ended.stderr}")
        results[name] = (directory / f"result of {name}").read_bytes()
    different = [name for name, content in results.items() if content != results["sequential"]]
    if different:
        sys.exit(f"void: other results than in sequence: {', '.join(different)}")


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Times parallel-stage run beside other pools.")
    parser.add_argument("--items", type=int, default=50_000, help="how many items do nothing; 0 for none")
    parser.add_argument("--megabytes", type=int, default=100, help="the size of the CSV file; 0 for none")
    parser.add_argument("--rounds", type=int, default=5, help="how often each command runs")
    parser.add_argument("--history", type=Path, help="a file of JSON lines to append the medians to")
    options = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        if options.items:
            found |= _measure_items(Path(name), options.items, options.rounds)
        if options.megabytes:
            found |= _measure_rows(Path(name), options.megabytes, options.rounds)
    if options.history:
        _compare(options.history, found)


def _measure_items(scratch: Path, items: int, rounds: int) -> dict[str, dict[str, float]]:
    lines, medians = commands("items"), {}
    for count in (FEW, items):
        directory = scratch / f"{count} items"
        prepare(directory, "items", count)
        check(directory, lines)
        medians[count] = measure(lines, directory, rounds)
        print(table(f"{count:,} items that do nothing, {rounds} rounds", medians[count], ["Pool"]), end="\n\n")
    start = {name: medians[FEW][name]["wall_ms"] for name in lines}
    cost = {name: 1e3 * (medians[items][name]["wall_ms"] - start[name]) / (items - FEW) for name in lines}
    print("an item, in us, without the start")
    for name, microseconds in sorted(cost.items(), key=lambda each: each[1]):
        print(f"{name:20}{microseconds:10.1f}")
    print()
    return {"an item, us": cost, "start, ms": start}


def _measure_rows(scratch: Path, megabytes: int, rounds: int) -> dict[str, dict[str, float]]:
    directory, lines = scratch / "rows", commands("rows")
    prepare(directory, "rows", megabytes * 1_000_000)
    check(directory, lines)
    medians = measure(lines, directory, rounds)
    print(
        table(f"work on each row of {megabytes} MB of CSV, {rounds} rounds", medians, ["Pool", "Dask futures"]),
        end="\n\n",
    )
    return {"rows, ms": {name: medians[name]["wall_ms"] for name in lines}}


def _compare(path: Path, found: dict[str, dict[str, float]]) -> None:
    """Append to the history, and print the ratio of each figure to that of the last line, both beside their Pool."""
    before = json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) if path.exists() else {}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found, sort_keys=True) + "\n")
    for title, figures in found.items():
        old = before.get(title, {})
        for name in BACKENDS:
            if name in old:
                ratio = figures[name] / figures["Pool"] / (old[name] / old["Pool"])
                print(f"{title}: {name} beside Pool is {ratio:.2f} of the last time")


if __name__ == "__main__":
    main()

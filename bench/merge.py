"""What does it cost to merge what partitions returned, beside `cat`?

python bench/merge.py [--megabytes N] [--partitions N] [--rounds N]

Parts of JSON Lines are merged by `concat-jsonl`, which compares each with the digest in its receipt, makes that of the
result and brings it to the disk; by `cat`; and by `cat` with `sync`, and with `sha256sum` of the result, the tools for
what else a merge does. All in turn, and from the page cache. Results have to be equal, or nothing is printed.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from parallel_stage import load
from parallel_stage.plan.partition import Parameters, Partition
from parallel_stage.run import result
from parallel_stage.run.storage import layout
from parallel_stage.run.task import Stage, Task
from parallel_stage.run.worker.execute import execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.run.task import Receipt

LINE = '{"number": 1234567, "text": "a line of some hundred bytes, as many a log has them, no more and no less"}\n'
CONTRACT = {
    "schema": "agilab.parallel_stage.v1",
    "name": "merge",
    "function": "work:lines",
    "split": "files",
    "input": "lines.jsonl",
    "partition_strategy": "file-chunks",
    "target_partitions": 0,
    "min_partitions_per_worker": 1,
    "workers": 1,
    "backend": "local",
    "reducer": "concat-jsonl",
    "output": "result.jsonl",
}


def prepare(directory: Path, size: int, partitions: int) -> tuple[Stage, list[Receipt]]:
    """Execute partitions that return so many bytes in all; return the stage and the receipts."""
    (directory / "work.py").write_text("from pathlib import Path\ndef lines(values):\n    return Path(values)\n")
    (directory / "lines.jsonl").write_text(LINE * (size // partitions // len(LINE)))
    (directory / "stage.json").write_text(json.dumps(CONTRACT))
    run = directory / "run"
    for each in (layout.part(run, 0, 1).parent, layout.task_log(run, 0, 1).parent, layout.scratch(run)):
        each.mkdir(parents=True, exist_ok=True)
    stage = Stage(load(directory / "stage.json"), str(directory), (str(directory),), run)
    receipts: list[Receipt] = []
    for number in range(partitions):
        partition = Partition(number, f"{number:016x}", Parameters("lines.jsonl"), 1)
        receipts += execute(stage, Task(number, (partition,), ())).receipts()
    return stage, receipts


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Times the merge of parts beside cat.")
    parser.add_argument("--megabytes", type=int, default=500, help="the size of the result")
    parser.add_argument("--partitions", type=int, default=8, help="how many partitions returned it")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is timed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        stage, receipts = prepare(Path(name), options.megabytes * 1_000_000, options.partitions)
        medians = _measure(Path(name), stage, receipts, options.rounds)
    print(f"{options.megabytes} MB in {options.partitions} parts, {options.rounds} rounds")
    for what, seconds in medians.items():
        print(f"{what:24}{seconds:8.3f} s{medians['cat'] / seconds:8.2f} of the speed of cat")


def _measure(directory: Path, stage: Stage, receipts: list[Receipt], rounds: int) -> dict[str, float]:
    targets = {name: directory / name for name in ("concat-jsonl", "cat", "cat, sync", "cat, sync, sha256sum")}
    parts = " ".join(receipt.part for receipt in receipts)

    def shell(line: str) -> Callable[[], object]:
        return lambda: subprocess.run(line, shell=True, check=True, cwd=stage.directory, stdout=subprocess.DEVNULL)  # noqa: S602

    cat, synced, hashed = (targets[name] for name in ("cat", "cat, sync", "cat, sync, sha256sum"))
    calls: list[Callable[[], object]] = [
        lambda: result.merge(stage, receipts, len(receipts), targets["concat-jsonl"]),
        shell(f"cat {parts} >{cat}"),
        shell(f"cat {parts} >'{synced}' && sync '{synced}'"),
        shell(f"cat {parts} >'{hashed}' && sync '{hashed}' && sha256sum '{hashed}'"),
    ]
    seconds: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(rounds + 1):  # the first fills the page cache
        for (name, target), call in zip(targets.items(), calls, strict=True):
            target.unlink(missing_ok=True)
            before = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - before)
        if not all(filecmp.cmp(cat, target, shallow=False) for target in targets.values()):
            sys.exit("void: the results differ")
    return {name: median(times[1:]) for name, times in seconds.items()}


if __name__ == "__main__":
    main()

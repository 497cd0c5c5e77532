"""A partition that takes too long costs one partition, whatever it does: real hangs, also in C code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.errors import PartitionsFailedError, UsageError
from parallel_stage.run.runner import run

if TYPE_CHECKING:
    from .conftest import MakeRequest

SWEEP = {"split": "parameter-sweep", "input": "grid.json", "partition_strategy": "parameter-items"}
GRID = {"grid.json": json.dumps(list(range(12))), "out/result": "old"}
CODE = """
import re, subprocess, time
def work(item):
    print("item", item, flush=True)
    if item == 5:
        re.match(r"(a+)+$", "a" * 40 + "b")
    if item == 8:
        time.sleep(600)
    return item
"""


def last_manifest(directory: str) -> dict[str, Any]:
    (path,) = Path(directory).glob(".parallel-stage/runs/*/*Z-*/manifest.json")
    manifest: dict[str, Any] = json.loads(path.read_text())
    return manifest


def test_a_hang_is_ended_and_the_rest_goes_on(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    request = make_request(CODE, GRID, SWEEP, timeout=0.6, **backend)
    with pytest.raises(PartitionsFailedError, match="2 of 12 partitions failed"):
        run(request)
    manifest = last_manifest(request.directory)
    counted = manifest["partitions"]
    assert (counted["done"], counted["failed"], counted["not_run"]) == (10, 2, 0)
    assert manifest["ran"]["timeout"] == 0.6
    found = sorted((each["index"], each["kind"], each["log_tail"], each["attempt"]) for each in manifest["failures"])
    assert found == [(5, "timeout", "item 5", 1), (8, "timeout", "item 8", 1)]
    for failure in manifest["failures"]:
        assert failure["message"].startswith(
            "it took longer than the time limit, 0.6 s, and its worker was ended; raise"
        )
    assert Path(request.directory, "out/result").read_text() == "old"


def test_partitions_that_keep_the_limit_are_not_touched(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = "import time\ndef work(item):\n    time.sleep(0.1)\n    return item\n"
    request = make_request(code, {"grid.json": "[1, 2, 3, 4, 5, 6]"}, SWEEP, timeout=30, **backend)
    assert json.loads(run(request).result.read_bytes()) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_what_is_no_limit(make_request: MakeRequest, timeout: float) -> None:
    with pytest.raises(UsageError, match="a partition cannot take"):
        run(make_request(CODE, GRID, SWEEP, timeout=timeout))

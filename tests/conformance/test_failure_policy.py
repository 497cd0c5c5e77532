"""What a run does about partitions that fail is the same on every backend: try again, tolerate some, or stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from parallel_stage.contract import schema
from parallel_stage.errors import InputChangedError, PartitionsFailedError
from parallel_stage.run.failure_policy import FailurePolicy
from parallel_stage.run.runner import run

from .test_faults import GRID, SWEEP, manifest_of

if TYPE_CHECKING:
    from .conftest import MakeRequest

SOME_RAISE = "def work(item):\n    if item in (3, 4, 9):\n        raise ValueError(item)\n    return item\n"
FLAKY = (
    "from parallel_stage import current_partition\ndef work(item):\n    attempt = current_partition().attempt\n"
    "    if item in (3, 4, 9) and attempt <= 2:\n        raise ValueError(item)\n    return [item, attempt]\n"
)


def test_failures_that_may_be_are_left_out(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    request = make_request(SOME_RAISE, {**GRID, "out/result": "old"}, SWEEP, policy=FailurePolicy(0, "25%"), **backend)
    done = run(request)
    assert json.loads(done.result.read_bytes()) == [item for item in range(12) if item not in (3, 4, 9)]
    manifest = done.manifest
    jsonschema.Draft7Validator(schema.schema(manifest["schema"])).validate(manifest)
    assert (manifest["status"], manifest["exit_code"], manifest["problem"]) == ("partial", 6, None)
    assert (manifest["partitions"]["done"], manifest["partitions"]["failed"]) == (9, 3)
    (cause,) = manifest["causes"]
    assert (cause["count"], cause["partitions"], cause["location"]) == (3, [3, 4, 9], "work.py:3")
    assert (cause["type"], cause["message"]) == ("ValueError", "3")
    assert cause["command"].endswith("--partition 3")


def test_more_failures_than_may_be_are_no_result(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    request = make_request(SOME_RAISE, {**GRID, "out/result": "old"}, SWEEP, policy=FailurePolicy(0, 2), **backend)
    with pytest.raises(PartitionsFailedError, match="3 of 12 partitions failed, more than the 2 that may fail"):
        run(request)
    assert Path(request.directory, "out/result").read_text(encoding="utf-8") == "old"
    assert manifest_of(request)["partitions"]["done"] == 9


def test_where_all_fail_there_is_no_result(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    policy = FailurePolicy(max_failures="100%")
    request = make_request("def work(item):\n    return 1 / 0\n", GRID, SWEEP, policy=policy, **backend)
    with pytest.raises(PartitionsFailedError, match="12 of 12 partitions failed; no result was written"):
        run(request)


def test_a_changed_input_is_never_tolerated(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = "def work(path):\n    if path.name == 'b':\n        path.write_text('longer')\n    return path.name\n"
    policy = FailurePolicy(max_failures=3)
    request = make_request(code, {"data/a": "1", "data/b": "2"}, {}, policy=policy, **backend)
    with pytest.raises(InputChangedError, match="1 of 2 partitions failed"):
        run(request)


def test_a_partition_that_raises_is_tried_again(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    done = run(make_request(FLAKY, GRID, SWEEP, policy=FailurePolicy(retries=2), **backend))
    expected = [[item, 3 if item in (3, 4, 9) else 1] for item in range(12)]
    assert json.loads(done.result.read_bytes()) == expected
    assert done.manifest["partitions"]["retried"] == 3


def test_a_partition_is_tried_again_as_often_as_asked(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    request = make_request(FLAKY, GRID, SWEEP, policy=FailurePolicy(retries=1), **backend)
    with pytest.raises(PartitionsFailedError, match="3 of 12 partitions failed"):
        run(request)
    manifest = manifest_of(request)
    assert [failure["attempt"] for failure in manifest["failures"]] == [2, 2, 2]
    assert manifest["partitions"]["done"] == 9


def test_a_run_stops_at_the_first_failure(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = "import time\ndef work(item):\n    time.sleep(item and 0.2)\n    return 1 / item\n"
    many = {"grid.json": json.dumps(list(range(200)))}
    request = make_request(code, {**many, "out/result": "old"}, SWEEP, policy=FailurePolicy(fail_fast=True), **backend)
    with pytest.raises(PartitionsFailedError, match=r"1 of 200 partitions failed; \d+ done, \d+ not run"):
        run(request)
    assert Path(request.directory, "out/result").read_text(encoding="utf-8") == "old"
    assert manifest_of(request)["partitions"]["not_run"] > 150


FULL_DISK = """
import resource
def work(path):
    calls = path.resolve().parent.parent / "calls"
    with calls.open("a") as file:
        file.write("called\\n")
    if path.name != "a.txt":
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
        {what}
    return [path.name]
"""
WAYS = (
    "return ['x' * 100_000]",
    "return iter(['x' * 6_000] * 20)",
    "print('x' * 100_000)",
)


@pytest.mark.parametrize("what", WAYS)
def test_a_full_disk_ends_the_run(make_request: MakeRequest, what: str) -> None:
    """A limit of the size of files is told as a full disk is: by an error when a file is written."""
    files = {f"data/{name}.txt": "" for name in "abcdefghijklmnop"}
    overrides = {"backend": "pool", "workers": 1}
    request = make_request(
        FULL_DISK.format(what=what), {**files, "out/result": "old"}, {"reducer": "concat-jsonl"}, overrides=overrides
    )
    with pytest.raises(Exception, match=r"the run directory .* cannot be written: File too large") as caught:
        run(request)
    assert getattr(caught.value, "exit_code", 0) == 9
    assert Path(request.directory, "out/result").read_text(encoding="utf-8") == "old"
    manifest = manifest_of(request)
    assert (manifest["partitions"]["failed"], manifest["failures"]) == (0, [])
    assert len(Path(request.directory, "calls").read_text().splitlines()) < 16

"""`--bisect` finds the record that fails a partition, on every backend and for every way to fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from parallel_stage.contract import schema
from parallel_stage.errors import PartitionsFailedError
from parallel_stage.run.failure_policy import FailurePolicy
from parallel_stage.run.runner import run

from .test_faults import GRID, SWEEP, manifest_of

if TYPE_CHECKING:
    from .conftest import MakeRequest

BISECT = FailurePolicy(bisect=True)
ROWS = "id,text\n" + "".join(f'{number},"a\n{number}"\n' for number in range(6))
FILES = {"data/a.csv": ROWS, "data/b.csv": "id,text\n1,fine\n"}
WORK = "import os, time\ndef work(path):\n    if '\\n4,' in path.read_text():\n        {}\n    return 1\n"
RECORD = '4,"a\n4"\n'


def guilty_of(make_request: MakeRequest, fault: str, backend: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Run the stage, in which record 4 fails so; return what is found, after a look at where it is written."""
    request = make_request(WORK.format(fault), FILES, {}, policy=BISECT, **settings, **backend)
    with pytest.raises(PartitionsFailedError, match="1 of 2 partitions failed") as raised:
        run(request)
    manifest = manifest_of(request)
    jsonschema.Draft7Validator(schema.schema(manifest["schema"])).validate(manifest)
    assert (manifest["exit_code"], manifest["partitions"]["done"]) == (5, 1)
    found: dict[str, Any]
    (found,) = manifest["guilty"]
    start = ROWS.index(RECORD)
    assert found["source"] == f"data/a.csv, line 10 (bytes {start} to {start + len(RECORD)})"
    assert (found["index"], found["file"], found["note"]) == (0, "guilty-0.csv", "")
    written = Path(manifest["directory"], "guilty-0.csv")
    assert written.read_text(encoding="utf-8") == "id,text\n" + RECORD
    assert f"guilty in partition 0: {found['source']}" in raised.value.details
    assert f"to try it alone: {written}" in raised.value.details
    assert len(list(Path(manifest["directory"], "parts").iterdir())) >= 1
    return found


def test_a_record_that_raises(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    found = guilty_of(make_request, "raise ValueError('4 is bad')", backend)
    assert (found["kind"], found["type"], found["message"]) == ("function", "ValueError", "4 is bad")
    assert found["trials"] <= 6


@pytest.mark.parametrize(
    ("name", "fault", "kind"),
    [
        ("local", "os._exit(3)", "function"),  # which a process of the runner's own tells as an error
        ("local", "os.kill(os.getpid(), 9)", "worker-lost"),
        ("pool", "os._exit(3)", "worker-lost"),
    ],
)
def test_a_record_that_ends_its_worker(make_request: MakeRequest, name: str, fault: str, kind: str) -> None:
    found = guilty_of(make_request, fault, {"overrides": {"backend": name, "workers": 2}})
    assert found["kind"] == kind


@pytest.mark.parametrize("name", ["local", "pool"])
def test_a_record_that_takes_too_long(make_request: MakeRequest, name: str) -> None:
    backend = {"overrides": {"backend": name, "workers": 2}}
    found = guilty_of(make_request, "time.sleep(600)", backend, timeout=0.5)
    assert (found["kind"], found["type"]) == ("timeout", "TimeoutError")


def test_parameter_sets_cannot_be_halved(make_request: MakeRequest) -> None:
    code = "def work(item):\n    if item == 3:\n        raise ValueError(item)\n    return item\n"
    request = make_request(code, GRID, SWEEP, policy=BISECT)
    with pytest.raises(PartitionsFailedError) as raised:
        run(request)
    assert "no guilty record in partition 3 (a parameter set cannot be halved)" in raised.value.details
    assert [(found["file"], found["trials"]) for found in manifest_of(request)["guilty"]] == [("", 0)]


def test_a_tolerated_failure_is_halved_too(make_request: MakeRequest) -> None:
    policy = FailurePolicy(max_failures=1, bisect=True)
    request = make_request(WORK.format("raise ValueError('4')"), FILES, {}, policy=policy)
    manifest = run(request).manifest
    assert manifest["exit_code"] == 6
    assert [found["file"] for found in manifest["guilty"]] == ["guilty-0.csv"]

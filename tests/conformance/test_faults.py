"""One partition that misbehaves costs one partition: the others finish, the old result stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.errors import InputChangedError, PartitionsFailedError, PlanRefusedError, ReducerFailedError
from parallel_stage.run.runner import run
from parallel_stage.run.storage import ledger

if TYPE_CHECKING:
    from parallel_stage.run.request import RunRequest

    from .conftest import MakeRequest

SWEEP = {"split": "parameter-sweep", "input": "grid.json", "partition_strategy": "parameter-items"}
GRID = {"grid.json": json.dumps(list(range(12)))}


def manifest_of(request: RunRequest) -> dict[str, Any]:
    """The manifest of the last run."""
    last = Path(request.directory, ".parallel-stage", "runs", "stage", "_LAST", "manifest.json")
    manifest: dict[str, Any] = json.loads(last.read_text(encoding="utf-8"))
    return manifest


RAISES = (
    ("raise ValueError('no good')", "function", "ValueError", "no good"),
    ("sys.exit('bye')", "function", "SystemExit", "the function called sys.exit(bye)"),
    ("sys.exit(0)", "function", "SystemExit", "the function called sys.exit(0)"),
    ("raise Odd(lambda: 0)", "function", "Odd", "(its message cannot be shown)"),
    ("raise GeneratorExit", "function", "GeneratorExit", ""),
    ("return {'rows': [1, {'delay': float('nan')}]}", "value", "UnfitValueError", "$.rows[1].delay is nan"),
    ("return {1: 2}", "value", "UnfitValueError", "$ has the key 1 of type int"),
    ("return object()", "value", "UnfitValueError", "$ is of type object"),
)


@pytest.mark.parametrize(("line", "kind", "type_", "message"), RAISES)
def test_failed_partition(
    make_request: MakeRequest, backend: dict[str, Any], line: str, kind: str, type_: str, message: str
) -> None:
    code = (
        "import sys\nclass Odd(Exception):\n    def __init__(self, one): self.one = one\n"
        "    def __str__(self): raise RuntimeError\n"
        f"def work(item):\n    print('item', item)\n    if item == 7:\n        {line}\n    return item\n"
    )
    request = make_request(code, {**GRID, "out/result": "old"}, SWEEP, **backend)
    with pytest.raises(PartitionsFailedError) as caught:
        run(request)
    assert Path(request.directory, "out/result").read_text(encoding="utf-8") == "old"
    manifest = manifest_of(request)
    assert manifest["partitions"] == {"planned": 12, "done": 11, "kept": 0, "failed": 1, "retried": 0, "not_run": 0}
    (failure,) = manifest["failures"]
    assert (failure["index"], failure["kind"], failure["type"]) == (7, kind, type_)
    assert message in failure["message"]
    assert failure["log_tail"] == "item 7"
    assert failure["command"].endswith("--partition 7")
    assert failure["command"] in str(caught.value)
    if kind == "function":
        assert "work.py" in failure["traceback"]
        assert "parallel_stage/run/" not in failure["traceback"]


def test_partitions_that_return_one_file(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    """Chunks of one file share its name, so that a file named after it is theirs together."""
    code = (
        "import pathlib\ndef work(path):\n    out = pathlib.Path(f'{path.stem}.jsonl')\n"
        "    out.write_text('1\\n')\n    return out\n"
    )
    fields = {"partition_strategy": "file-chunks", "target_partitions": 2, "reducer": "concat-jsonl"}
    request = make_request(code, {"data/a.csv": "h\n" + "1\n" * 40}, {**fields, "input": "data/*.csv"}, **backend)
    with pytest.raises(PartitionsFailedError, match=r"a\.jsonl, as partition [0-3] does"):
        run(request)
    assert manifest_of(request)["partitions"] == {
        "planned": 4,
        "done": 1,
        "kept": 0,
        "failed": 3,
        "retried": 0,
        "not_run": 0,
    }


ENDINGS = (
    ("os.kill(os.getpid(), 9)", "was killed by SIGKILL (signal 9)"),
    ("os._exit(0)", "exited with code 0"),
    ("os._exit(3)", "exited with code 3"),
)


@pytest.mark.parametrize(("line", "message"), ENDINGS)
def test_dead_worker_of_the_pool_is_blamed_alone(make_request: MakeRequest, line: str, message: str) -> None:
    code = (
        "import os\ndef work(item):\n    print('here', flush=True)\n"
        f"    if item == 7:\n        {line}\n    return item\n"
    )
    request = make_request(code, GRID, SWEEP, overrides={"backend": "pool", "workers": 2})
    with pytest.raises(PartitionsFailedError, match="1 of 12 partitions failed"):
        run(request)
    (failure,) = manifest_of(request)["failures"]
    assert (failure["index"], failure["kind"], failure["attempt"]) == (7, "worker-lost", 2)
    assert message in failure["message"]
    assert failure["log_tail"] == "here"


@pytest.mark.xdist_group("dask")
def test_dead_worker_of_an_own_dask_cluster_is_blamed_alone(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    code = "import os\ndef work(item):\n    if item == 7:\n        os._exit(0)\n    return item\n"
    request = make_request(code, GRID, SWEEP, overrides={"backend": "dask", "workers": 2})
    with pytest.raises(PartitionsFailedError, match="1 of 12 partitions failed"):
        run(request)
    manifest = manifest_of(request)
    assert [failure["kind"] for failure in manifest["failures"]] == ["worker-lost"]
    assert manifest["partitions"]["done"] == 11
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("backend_name", ["pool", pytest.param("dask", marks=pytest.mark.xdist_group("dask"))])
def test_worker_that_dies_once_costs_nothing(
    make_request: MakeRequest, backend_name: str, request: pytest.FixtureRequest
) -> None:
    code = (
        "import os, pathlib\nfrom parallel_stage import current_partition\ndef work(item):\n"
        "    if item == 7 and current_partition().attempt == 1:\n        os._exit(1)\n"
        "    return [item, current_partition().attempt]\n"
    )
    scheduler = request.getfixturevalue("scheduler") if backend_name == "dask" else ""
    settings: dict[str, Any] = {"overrides": {"backend": backend_name, "workers": 2}, "scheduler": scheduler}
    values = json.loads(run(make_request(code, GRID, SWEEP, **settings)).result.read_bytes())
    assert values == [[item, 2 if item == 7 else 1] for item in range(12)]


def test_input_that_changes_while_it_is_read(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = "def work(path):\n    if path.name == 'b':\n        path.write_text('longer')\n    return path.name\n"
    request = make_request(code, {"data/a": "1", "data/b": "2", "data/c": "3"}, {}, **backend)
    with pytest.raises(InputChangedError, match="input changed: data/b had 1 bytes, now 6"):
        run(request)
    manifest = manifest_of(request)
    assert (manifest["exit_code"], manifest["partitions"]["done"]) == (8, 2)


def test_input_that_is_removed_while_it_is_read(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = "def work(path):\n    path.unlink()\n    return path.read_text()\n"
    request = make_request(code, {"data/a.csv": "h\n1\n"}, {"input": "data/*.csv"}, **backend)
    with pytest.raises(InputChangedError, match=r"data/a.csv cannot be read any more"):
        run(request)


REPLACED = "input changed: data/b was rewritten or replaced, its size and time kept, since the plan was made"
SET_BACK = "os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("copy.write_text('9')", "shutil.copystat(path, copy)", "copy.replace(path)"), REPLACED),
        (("shutil.copy2(path, copy)", "path.unlink()", "shutil.copy2(copy, path)"), REPLACED),
        (("path.write_text('9')", SET_BACK), REPLACED),
        ((SET_BACK, "raise ValueError"), REPLACED),
        (("path.chmod(0o600)",), "data/b has another mode or owner"),
    ],
)
def test_input_that_is_replaced_by_one_of_its_size_and_time(
    make_request: MakeRequest, backend: dict[str, Any], lines: tuple[str, ...], message: str
) -> None:
    code = (
        "import os, pathlib, shutil\ndef work(path):\n    if path.name == 'b':\n        before = path.stat()\n"
        "        copy = pathlib.Path('copy')\n"
        + "".join(f"        {line}\n" for line in lines)
        + "    return path.name\n"
    )
    request = make_request(code, {"data/a": "1", "data/b": "2", "data/c": "3", "out/result": "old"}, {}, **backend)
    with pytest.raises(InputChangedError, match=message):
        run(request)
    assert Path(request.directory, "out/result").read_text(encoding="utf-8") == "old"
    manifest = manifest_of(request)
    assert (manifest["exit_code"], manifest["partitions"]["done"]) == (8, 2)
    assert [failure["kind"] for failure in manifest["failures"]] == ["input-changed"]


@pytest.mark.parametrize(
    "line", ["path.read_text()", "os.link(path, 'link')", "os.rename(path, 'b'); os.link('b', path)"]
)
def test_input_that_is_read_or_linked_is_the_same(
    make_request: MakeRequest, backend: dict[str, Any], line: str
) -> None:
    request = make_request(f"import os\ndef work(path):\n    {line}\n    return 1\n", {"data/a": "1"}, {}, **backend)
    assert run(request).result.read_bytes() == b"[\n1\n]\n"


def test_columns_that_differ_keep_the_parts(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = "def work(item):\n    return [{'a': 1, 'b': 2} if item != 5 else {'a': 1, 'c': 2}]\n"
    request = make_request(code, {**GRID, "out/result": "old"}, {**SWEEP, "reducer": "concat-csv"}, **backend)
    with pytest.raises(ReducerFailedError, match=r"partitions 0 and 5 have other columns: column 2 is .b. in"):
        run(request)
    manifest = manifest_of(request)
    assert manifest["exit_code"] == 7
    assert list(Path(manifest["directory"], "parts").iterdir())
    assert sorted(path.name for path in Path(request.directory, "out").iterdir()) == ["result"]
    assert Path(request.directory, "out/result").read_text(encoding="utf-8") == "old"


def test_function_that_cannot_be_imported(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    request = make_request("import nothing_of_that_name\n", GRID, SWEEP, **backend)
    with pytest.raises(PlanRefusedError, match="No module named 'nothing_of_that_name'") as caught:
        run(request)
    assert 'work.py", line 1' in str(caught.value)


def test_function_that_is_not_there(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    with pytest.raises(PlanRefusedError, match=r"work\.py does not define 'work'"):
        run(make_request("def other(item): ...\n", GRID, SWEEP, **backend))


def test_module_that_ends_its_process(make_request: MakeRequest) -> None:
    request = make_request("import os\nos._exit(0)\n", GRID, SWEEP, overrides={"backend": "pool"})
    with pytest.raises(PlanRefusedError, match="importing 'work:work' ended its process"):
        run(request)


def test_every_receipt_is_in_the_ledger(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    outcome = run(make_request("def work(item):\n    return item\n", GRID, SWEEP, **backend))
    events = list(ledger.read(outcome.directory / "ledger.jsonl"))
    assert [events[0]["event"], events[-1]["event"]] == ["started", "ended"]
    assert sorted(row[0] for event in events if event["event"] == "task" for row in event["rows"]) == list(range(12))

"""What a resumed run keeps and runs again, after each kind of change, and the reason that is told."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest
import tomli
import tomli_w

from parallel_stage.contract.document import read
from parallel_stage.contract.model import Contract
from parallel_stage.errors import PartitionsFailedError, PlanRefusedError, UsageError
from parallel_stage.plan.planner import make_plan
from parallel_stage.run.request import RunRequest
from parallel_stage.run.resume.preview import preview
from parallel_stage.run.runner import run
from parallel_stage.run.runs.verify import verify
from parallel_stage.run.storage import directory, ledger
from parallel_stage.run.storage.last import last_run, runs_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import MakeRequest

CODE = """
from helper import twice

def work(item):
    name = str(getattr(item, "name", item))
    with open("calls", "a") as file:
        file.write(name + "\\n")
    return twice(item.read_text() if hasattr(item, "read_text") else item)

def other(item):
    return work(item)

def join(parts, output):
    output.write_text("".join(part.read_text() for part in parts))
"""
HELPER = "def twice(value):\n    return [value, value]\n"
FILES = {f"data/{name}.txt": f"{name}1\n{name}2\n" for name in "bcd"}
SWEEP = {"split": "parameter-sweep", "input": "grid.json", "partition_strategy": "parameter-items"}
GRID = {"grid.json": "[1, 2, 2, 3]"}
TABLE = {"data/a.csv": "h\n" + "".join(f"{number}\n" for number in range(100, 200))}
GROUPED = {"data/a.csv": "h,i\n1,1\n2,2\n1,3\n"}
GROUPS = {
    "split": "data-partitions",
    "partition_strategy": "row-chunks",
    "partition_by": {"column": "h", "kind": "group"},
}
TABLES = {f"data/{name}.csv": "h\n1\n" for name in "bcd"}
CHUNKS = {"input": "data/*.csv", "partition_strategy": "file-chunks", "target_partitions": 4}


def contract_field(**fields: Any) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        path = root / "parallel_stage.toml"
        path.write_text(tomli_w.dumps({**tomli.loads(path.read_text()), **fields}))

    return edit


def write(name: str, content: str) -> Callable[[Path], Any]:
    return lambda root: (root / name).write_text(content)


def nothing(_: Path) -> None:
    """No change."""


def remove(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def replace_with_a_twin(root: Path) -> None:
    before = (root / "data/c.txt").stat()
    (root / "data/c.txt").write_text("C1\nC2\n")
    os.utime(root / "data/c.txt", ns=(before.st_atime_ns, before.st_mtime_ns))


def touch(root: Path) -> None:
    os.utime(root / "data/c.txt", ns=(1, 1))


def move_the_project_within_the_file_system(root: Path) -> None:
    """The same files under the same root: a directory that is renamed and renamed back."""
    (root / "data").rename(root / "moved")
    (root / "moved").rename(root / "data")


def parts(root: Path) -> Path:
    return root / ".parallel-stage/runs/stage/_LAST/parts"


def output_of(root: Path, partition: int) -> tuple[Path, int]:
    """Where a partition's output is: the part, and the end of it."""
    found = None
    for event in ledger.read(parts(root).parent / "ledger.jsonl"):
        for row in event.get("rows", ()):
            if row[0] == partition:
                found = parts(root).parent / event["part"], row[2] + row[3]
    assert found
    return found


def damage_a_part(root: Path) -> None:
    part, end = output_of(root, 1)
    content = bytearray(part.read_bytes())
    content[end - 1] ^= 1
    part.write_bytes(content)


def cut_a_part(root: Path) -> None:
    part, end = output_of(root, 2)
    part.write_bytes(part.read_bytes()[: end - 1])


def remove_all_parts(root: Path) -> None:
    shutil.rmtree(parts(root))


def garble_the_ledger(root: Path) -> None:
    path = parts(root).parent / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    place = next(place for place, line in enumerate(lines) if b'"event":"task"' in line)  # of one partition
    lines[place] = b"\0" * (len(lines[place]) - 1) + b"\n"
    path.write_bytes(b"".join(lines))


def receipts_of_another_version(root: Path) -> None:
    path = parts(root).parent / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"attempt":', b'"tries":'))


def truncate_the_ledger(root: Path) -> None:
    path = parts(root).parent / "ledger.jsonl"
    path.write_bytes(path.read_bytes()[:20])


def remove_plan_and_contract(root: Path) -> None:
    for name in ("plan.json", "contract.toml", "manifest.json", "run_manifest.json", "lock"):
        (parts(root).parent / name).unlink()
    shutil.rmtree(parts(root).parent / "logs", ignore_errors=True)


@dataclass(frozen=True)
class Case:
    """A stage that has run, a change, what runs again, and the reasons: kind, number, which."""

    name: str
    change: Callable[[Path], Any]
    again: list[str]
    reasons: list[tuple[str, int, Any]]
    files: dict[str, str] = field(default_factory=lambda: FILES)
    fields: dict[str, Any] = field(default_factory=dict)


ALL = ["b.txt", "c.txt", "d.txt"]
CASES = (
    Case("nothing", nothing, [], []),
    Case("input-added-first", write("data/a.txt", "a"), ["a.txt"], [("new input", 1, ("data/a.txt",))]),
    Case("input-removed", remove("data/c.txt"), [], []),
    Case("input-longer", write("data/c.txt", "c1\nc2\nc3\n"), ["c.txt"], [("input changed", 1, ("data/c.txt",))]),
    Case("input-of-equal-size", write("data/c.txt", "C1\nC2\n"), ["c.txt"], [("input changed", 1, ("data/c.txt",))]),
    Case("input-replaced-by-a-twin", replace_with_a_twin, ["c.txt"], [("input changed", 1, ("data/c.txt",))]),
    Case("input-touched", touch, ["c.txt"], [("input changed", 1, ("data/c.txt",))]),
    Case("inputs-moved-and-back", move_the_project_within_the_file_system, [], []),
    Case("function-edited", write("work.py", CODE + "# more\n"), ALL, [("code changed", 3, ("work",))]),
    Case("helper-edited", write("helper.py", HELPER + "# more\n"), ALL, [("code changed", 3, ("helper",))]),
    Case("helper-added", write("more.py", HELPER), [], []),
    Case(
        "helper-imported",
        write("work.py", CODE + "import helper as again\nimport json as js\n"),
        ALL,
        [("code changed", 3, ("work",))],
    ),
    Case("reducer", contract_field(reducer="concat-jsonl"), ALL, [("contract field changed", 3, ("reducer",))]),
    Case("function", contract_field(function="work:other"), ALL, [("contract field changed", 3, ("function",))]),
    Case("input-glob", contract_field(input="data/[cd].txt"), [], []),
    Case("workers", contract_field(workers=7, output="out/other.json", notes="new", threads_per_worker=2), [], []),
    Case("part-damaged", damage_a_part, ["c.txt"], [("part damaged", 1, ANY)]),
    Case("part-cut", cut_a_part, ["d.txt"], [("part damaged", 1, ANY)]),
    Case("parts-removed", remove_all_parts, ALL, [("part damaged", 3, ANY)]),
    Case("ledger-garbled", garble_the_ledger, ["b.txt"], [("no receipt", 1, ())]),
    Case("ledger-truncated", truncate_the_ledger, ALL, [("no receipt", 3, ())]),
    Case("receipts-of-another-version", receipts_of_another_version, ALL, [("no receipt", 3, ())]),
    Case("plan-and-contract-removed", remove_plan_and_contract, [], []),
    Case("grid-longer", write("grid.json", "[9, 1, 2, 2, 3]"), ["9"], [("new input", 1, ("grid.json",))], GRID, SWEEP),
    Case("grid-in-another-order", write("grid.json", "[3, 2, 1, 2]"), [], [], GRID, SWEEP),
    Case(
        "grid-with-more-of-the-same",
        write("grid.json", "[1, 2, 2, 2, 3]"),
        ["2"],
        [("no receipt", 1, ())],
        GRID,
        SWEEP,
    ),
    Case("grid-shorter", write("grid.json", "[2]"), [], [], GRID, SWEEP),
    Case(
        "one-more-chunk",
        contract_field(target_partitions=5),
        ["a.csv"] * 5,
        [("contract field changed", 5, ("target_partitions",))],
        TABLE,
        CHUNKS,
    ),
    Case(
        "a-file-beside-chunks",
        write("data/b.csv", TABLE["data/a.csv"]),
        ["a.csv"] * 2 + ["b.csv"] * 2,
        [("new input", 2, ("data/b.csv",)), ("cut differently", 2, ("data/b.csv",))],
        TABLE,
        CHUNKS,
    ),
    Case(
        "how-chunks-are-read",
        contract_field(input_format={"encoding": "latin-1"}),
        ["a.csv"] * 4,
        [("contract field changed", 4, ("input_format",))],
        TABLE,
        CHUNKS,
    ),
    Case(
        "one-table-of-more-files",
        write("data/e.csv", "h\n1\n"),
        ["b.csv"],
        [("new input", 1, ("data/e.csv",))],
        TABLES,
        {"split": "data-partitions"},
    ),
    Case(
        "one-table-of-fewer-files",
        remove("data/d.csv"),
        ["b.csv"],
        [("cut differently", 1, ("data/d.csv",))],
        TABLES,
        {"split": "data-partitions"},
    ),
    Case("groups", nothing, [], [], GROUPED, GROUPS),
    Case(
        "groups-of-another-column",
        contract_field(partition_by={"column": "i", "kind": "group"}),
        ["a.csv"] * 3,
        [("contract field changed", 3, ("partition_by",))],
        GROUPED,
        GROUPS,
    ),
    Case(
        "groups-of-a-table-that-changed",
        write("data/a.csv", "h,i\n1,1\n2,2\n1,4\n"),
        ["a.csv"] * 2,
        [("input changed", 2, ("data/a.csv",))],
        GROUPED,
        GROUPS,
    ),
    Case(
        "reducer-function",
        contract_field(reducer_function="work:join", output="joined"),
        [],
        [],
        FILES,
        {"reducer": "custom", "notes": "joined", "output": "out"},
    ),
)


def calls(root: Path) -> Counter[str]:
    """The function's calls so far."""
    path = root / "calls"
    return Counter(path.read_text().splitlines()) if path.exists() else Counter()


def again(request: RunRequest, **settings: Any) -> RunRequest:
    """The request for what the contract says now."""
    document = read(request.path)
    contract = Contract.from_valid(document.data)
    return RunRequest(contract=contract, text=document.text, path=request.path, **settings)


def why(request: RunRequest) -> tuple[int, list[tuple[str, int, tuple[str, ...]]]]:
    """How many partitions a resumed run would keep, and the reasons of the others."""
    found = preview(make_plan(request.contract, request.directory, search=request.search))
    return found.kept, [each[:3] for each in found.again]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES if case.fields == SWEEP])
def test_sweeps_that_are_not_listed(
    case: Case, make_request: MakeRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parallel_stage.plan.document.MOST_LISTED", 0)
    test_what_runs_again_and_why(case, make_request, tmp_path)
    items = len(json.loads((tmp_path / "grid.json").read_text()))
    for where in runs_in(tmp_path / ".parallel-stage/runs/stage"):
        assert (where / "plan.ids").stat().st_size == 8 * items
        assert json.loads((where / "plan.json").read_text())["partitions"] == []
        found = verify(where)
        assert (found.outputs, found.differences) == (items, [])


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_what_runs_again_and_why(case: Case, make_request: MakeRequest, tmp_path: Path) -> None:
    first = make_request(CODE, {"helper.py": HELPER, **case.files}, case.fields)
    where = run(first).directory
    before = calls(tmp_path)
    case.change(tmp_path)
    request = again(first, resume=True)
    kept, reasons = why(request)
    assert reasons == case.reasons
    resumed = run(request)
    assert resumed.directory == where
    assert sorted((calls(tmp_path) - before).elements()) == sorted(case.again)
    partitions = resumed.manifest["partitions"]
    assert (partitions["kept"], partitions["done"]) == (kept, kept + len(case.again))
    assert why(request) == (partitions["planned"], [])
    assert verify(where).differences == []
    made = resumed.result.read_bytes()
    assert run(again(first)).result.read_bytes() == made


def test_a_helper_that_is_edited(make_request: MakeRequest, tmp_path: Path) -> None:
    """No value of the old helper stays in the result."""
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {})
    before = run(request).result.read_bytes()
    (tmp_path / "helper.py").write_text(HELPER.replace("[value, value]", "[value]"))
    resumed = run(again(request, resume=True)).result.read_bytes()
    assert resumed == run(again(request)).result.read_bytes() != before


FAILING = CODE.replace(
    "    return twice",
    "    import os\n    if name == 'c.txt' and not os.path.exists('good'):\n        raise ValueError\n    return twice",
)


def test_only_what_failed_runs_again(make_request: MakeRequest, tmp_path: Path) -> None:
    request = make_request(FAILING, {"helper.py": HELPER, **FILES}, {})
    with pytest.raises(PartitionsFailedError) as caught:
        run(request)
    assert caught.value.hint.endswith(f"then run the rest: parallel-stage run {request.path} --resume")
    for _ in range(2):
        assert why(request) == (2, [("no receipt", 1, ())])
        with pytest.raises(PartitionsFailedError, match="1 of 3 partitions failed"):
            run(again(request, resume=True))
    (tmp_path / "good").touch()
    resumed = run(again(request, resume=True))
    assert calls(tmp_path) == {"b.txt": 1, "c.txt": 4, "d.txt": 1}
    assert resumed.manifest["session"] == 4
    assert (resumed.directory / "manifest.json").exists()


def test_changes_in_one_session_after_the_other(make_request: MakeRequest, tmp_path: Path) -> None:
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {})
    run(request)
    changes: tuple[tuple[Callable[[Path], Any], list[str]], ...] = (
        (contract_field(reducer="concat-jsonl"), ALL),
        (contract_field(reducer="collect-json"), []),
        (write("data/a.txt", "a"), ["a.txt"]),
        (remove("data/b.txt"), []),
        (write("data/b.txt", "b1\nb2\n"), ["b.txt"]),
        (write("work.py", CODE + "# more"), ["a.txt", *ALL]),
        (write("work.py", CODE), []),
        (remove_all_parts, ["a.txt", *ALL]),
        (remove("data/a.txt"), []),
    )
    for change, expected in changes:
        before = calls(tmp_path)
        change(tmp_path)
        resumed = run(again(request, resume=True))
        assert sorted((calls(tmp_path) - before).elements()) == sorted(expected)
    assert resumed.manifest["session"] == len(changes) + 1
    assert resumed.result.read_bytes() == run(again(request)).result.read_bytes()


def test_files_that_two_partitions_return_are_told_in_a_resumed_run(make_request: MakeRequest, tmp_path: Path) -> None:
    code = (
        "import os, pathlib\ndef work(path):\n    if path.name == 'c.txt' and not os.path.exists('good'):\n"
        "        raise ValueError\n    pathlib.Path('same').write_text('1\\n')\n    return pathlib.Path('same')\n"
    )
    request = make_request(code, {"data/b.txt": "", "data/c.txt": ""}, {"reducer": "custom", "output": "out"})
    with pytest.raises(PartitionsFailedError):
        run(request)
    (tmp_path / "good").touch()
    with pytest.raises(PartitionsFailedError, match="same, as partition 0 does"):
        run(again(request, resume=True))


def test_without_a_run_all_of_it_is_run(make_request: MakeRequest, tmp_path: Path) -> None:
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {}, resume=True)
    assert why(request) == (0, [("no receipt", 3, ())])
    assert not (tmp_path / ".parallel-stage").exists()
    assert run(request).manifest["session"] == 1


def test_a_runner_that_was_killed_while_it_made_its_directory(make_request: MakeRequest, tmp_path: Path) -> None:
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {})
    run(request)
    stage = directory.stage_directory(str(tmp_path), "stage")
    (stage / "29990131T120000Z-000000").mkdir()
    assert why(request) == (3, [])
    assert run(again(request, resume=True)).manifest["partitions"]["kept"] == 3


def test_one_partition_alone_is_nothing_to_resume(make_request: MakeRequest) -> None:
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {})
    with pytest.raises(UsageError, match="one partition alone"):
        run(again(request, resume=True, partition=1))
    run(again(request, partition=1))
    assert why(request) == (0, [("no receipt", 3, ())])
    assert run(again(request, resume=True)).manifest["partitions"]["kept"] == 0


def test_only_one_runner_works_in_a_directory(make_request: MakeRequest, tmp_path: Path) -> None:
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {})
    where = run(request).directory
    manifest = (where / "manifest.json").read_bytes()
    with directory.locked(where), pytest.raises(PlanRefusedError, match="another runner is at work"):
        run(again(request, resume=True))
    assert (where / "manifest.json").read_bytes() == manifest
    assert calls(tmp_path).total() == 3


def test_a_copied_project_goes_on(make_request: MakeRequest, tmp_path: Path) -> None:
    """As `cp -rL --preserve=timestamps` makes it: the last run is there twice, and no file is the same file."""
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {})
    run(request)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy, ignore=shutil.ignore_patterns("copy"))
    document = read(str(copy / "parallel_stage.toml"))
    contract = Contract.from_valid(document.data)
    resumed = run(RunRequest(contract=contract, text=document.text, path=document.path, resume=True))
    assert last_run(resumed.directory.parent) == resumed.directory
    assert (copy / ".parallel-stage/runs/stage/_LAST").is_symlink()
    assert resumed.manifest["partitions"]["planned"] == 3


def test_on_another_host_size_and_time_decide(
    make_request: MakeRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make_request(CODE, {"helper.py": HELPER, **FILES}, {})
    run(request)
    for path in (tmp_path / "data").iterdir():
        shutil.copy2(path, tmp_path / "other")
        (tmp_path / "other").rename(path)
    assert why(request) == (0, [("input changed", 3, ("data/b.txt", "data/c.txt", "data/d.txt"))])
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    assert why(request) == (3, [])
    assert run(again(request, resume=True)).manifest["partitions"]["kept"] == 3
    replace_with_a_twin(tmp_path)
    assert why(request) == (2, [("input changed", 1, ("data/c.txt",))])


def test_a_table_by_groups(make_request: MakeRequest, tmp_path: Path) -> None:
    code = (
        "import os\nfrom parallel_stage import current_partition\ndef work(path):\n    key = current_partition().key\n"
        "    with open('calls', 'a') as file:\n        file.write(key + '\\n')\n"
        "    if key == 'b' and not os.path.exists('good'):\n        raise ValueError('no')\n"
        "    return path.read_text()\n"
    )
    fields = {"split": "data-partitions", "partition_strategy": "row-chunks"}
    by = {"partition_by": {"column": "k", "kind": "group"}}
    request = make_request(code, {"data/t.csv": "k,x\na,1\nb,2\na,3\nc,4\n"}, {**fields, **by})
    with pytest.raises(PartitionsFailedError, match=r"partition 1 \(k = b, data/t\.csv\): ValueError: no") as failed:
        run(request)
    assert "--partition 1" in str(failed.value)
    assert why(request) == (2, [("no receipt", 1, ())])
    (tmp_path / "good").touch()
    run(again(request, partition=1))
    resumed = run(again(request, resume=True))
    assert resumed.manifest["partitions"]["kept"] == 2
    assert resumed.result.read_bytes() == b'[\n"k,x\\na,1\\na,3\\n",\n"k,x\\nb,2\\n",\n"k,x\\nc,4\\n"\n]\n'
    assert calls(tmp_path) == {"a": 1, "b": 3, "c": 1}
    events = ledger.read(resumed.directory / "ledger.jsonl")
    assert sorted(other["key"] for event in events for other in event.get("others", {}).values()) == [
        "a",
        "b",
        "b",
        "c",
    ]
    assert not (resumed.directory / "scratch").exists()
    contract_field(partition_by={"column": "k", "kind": "key"}, target_partitions=2)(tmp_path)
    kept, ((kind, count, which),) = why(again(request))
    assert (kept, kind, which) == (0, "contract field changed", ("target_partitions", "partition_by"))
    assert count <= 2

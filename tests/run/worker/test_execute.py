from __future__ import annotations

import json
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.plan.partition import (
    ByteRange,
    Input,
    Parameters,
    Partition,
    RowGroups,
    WholeFile,
    WholeTable,
    Work,
)
from parallel_stage.run.backends import BACKENDS
from parallel_stage.run.backends.protocol import WorkerSpec
from parallel_stage.run.reducers import REDUCERS
from parallel_stage.run.storage import layout
from parallel_stage.run.task import Task
from parallel_stage.run.worker.elsewhere import probe
from parallel_stage.run.worker.execute import execute
from parallel_stage.run.worker.process_state import THREAD_VARIABLES

if TYPE_CHECKING:
    from parallel_stage.run.task import Receipt, Stage
    from run.conftest import MakeStage


WROTE = """
import pathlib
def wrote(path):
    file = pathlib.Path("out.jsonl")
    file.write_text(json.dumps("x" * ((1 << 20) - 20)) + "\\n" + json.dumps(str(path)) + "\\n")
    return file
"""
"""Code of a function that writes a path across the border of two blocks of a file."""


def task(*works: Work, inputs: tuple[Input, ...] = ()) -> Task:
    return Task(0, tuple(Partition(index, f"{index:016x}", work, 1) for index, work in enumerate(works)), inputs)


def seen(path: str, root: str) -> Input:
    found = os.stat(os.path.join(root, path))
    return Input(path, found.st_size, found.st_mtime_ns)


def receipts_of(stage: Stage, task: Task) -> list[Receipt]:
    return execute(stage, task).receipts()


def output(stage: Stage, receipt: Receipt) -> bytes:
    part = Path(stage.directory, receipt.part).read_bytes()
    return part[receipt.offset : receipt.offset + receipt.length]


def test_outputs_stand_one_after_the_other_without_the_failed_ones(make_stage: MakeStage) -> None:
    stage = make_stage(
        "def work(item):\n    for number in range(item):\n        yield number\n    if item == 2:\n        1 / 0\n",
        reducer="concat-jsonl",
    )
    receipts = receipts_of(stage, task(*map(Parameters, (1, 2, 3, 0))))
    assert [receipt.failure is None for receipt in receipts] == [True, False, True, True]
    assert [output(stage, receipt) for receipt in receipts if not receipt.failure] == [b"0\n", b"0\n1\n2\n", b""]
    assert [receipt.records for receipt in receipts] == [1, 0, 3, 0]
    assert Path(stage.directory, "parts/00000000.part").read_bytes() == b"0\n0\n1\n2\n"
    assert not list(Path(stage.directory, "scratch").iterdir())


def test_traceback_has_the_users_frames_only(make_stage: MakeStage) -> None:
    stage = make_stage("def work(item):\n    return helper()\ndef helper():\n    raise ValueError('no')\n")
    (receipt,) = receipts_of(stage, task(Parameters(1)))
    assert receipt.failure is not None
    lines = receipt.failure.traceback.splitlines()
    assert [line.strip() for line in lines if line.startswith("  File")] == [
        f'File "{stage.root}/work.py", line 2, in work',
        f'File "{stage.root}/work.py", line 4, in helper',
    ]


def test_an_error_of_this_package_has_its_remedy_and_ends_in_the_users_frame(make_stage: MakeStage) -> None:
    stage = make_stage(
        "from parallel_stage import Chunk\ndef work(chunk: Chunk):\n    return list(chunk.records())\n",
        input_format={"kind": "jsonl"},
    )
    Path(stage.root, "a.jsonl").write_text("no\n")
    (receipt,) = receipts_of(stage, task(WholeFile("a.jsonl", 3), inputs=(seen("a.jsonl", stage.root),)))
    assert receipt.failure is not None
    assert "is not a JSON value" in receipt.failure.message
    assert receipt.failure.message.endswith("; write one JSON value a line, or set input_format.kind")
    frames = [line.strip() for line in receipt.failure.traceback.splitlines() if line.startswith("  File")]
    assert frames == [f'File "{stage.root}/work.py", line 3, in work']


def test_an_error_before_the_function_is_called_has_no_frames(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage("def work(path): ...\n")
    Path(stage.root, "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    work = RowGroups("a.parquet", 0, 1, 1)
    (receipt,) = receipts_of(stage, task(work, inputs=(seen("a.parquet", stage.root),)))
    assert receipt.failure is not None
    assert receipt.failure.message.endswith("not installed; pip install 'parallel-stage[parquet]'")
    assert receipt.failure.traceback == ""


def test_a_partition_starts_where_the_one_before_did(make_stage: MakeStage) -> None:
    stage = make_stage(
        "import io, os, sys\ndef work(item):\n    print('item', item)\n    print('error', file=sys.stderr)\n"
        "    here = os.getcwd()\n    os.chdir('/')\n    sys.stdout.close()\n    sys.stderr = io.StringIO()\n"
        "    return here\n"
    )
    receipts = receipts_of(stage, task(*map(Parameters, range(3))))
    assert [receipt.failure for receipt in receipts] == [None] * 3
    assert [output(stage, receipt).decode() for receipt in receipts] == [f'"{stage.root}"'] * 3
    logs = [Path(stage.directory, receipt.log).read_text() for receipt in receipts]
    assert logs == [f"item {item}\nerror\n" for item in range(3)]


def test_keyboard_interrupt_is_not_swallowed(make_stage: MakeStage) -> None:
    stage = make_stage("def work(item):\n    raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        execute(stage, task(Parameters(1)))
    assert not list(Path(stage.directory, "parts").iterdir())
    assert not list(Path(stage.directory, "scratch").iterdir())


INTERRUPTS = "def work(item):\n    if item == 1:\n        raise KeyboardInterrupt('mine')\n    return item\n"


def test_an_interrupt_that_cannot_be_ctrl_c_is_the_partitions_failure(make_stage: MakeStage) -> None:
    stage = make_stage(INTERRUPTS)
    with ThreadPoolExecutor(1) as thread:
        receipts = thread.submit(execute, stage, task(*map(Parameters, range(3)))).result().receipts()
    assert [receipt.failure is None for receipt in receipts] == [True, False, True]
    failure = receipts[1].failure
    assert failure is not None
    assert (failure.kind, failure.type, failure.message) == ("function", "KeyboardInterrupt", "mine")
    assert 'work.py", line 3, in work' in failure.traceback


@pytest.mark.parametrize("name", ["pool", pytest.param("dask", marks=pytest.mark.xdist_group("dask"))])
def test_an_interrupt_in_a_worker_is_the_partitions_failure(
    make_stage: MakeStage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    stage = make_stage(INTERRUPTS)
    with BACKENDS[name](WorkerSpec(workers=1, threads=1)) as workers:
        receipts = workers.submit(execute, stage, task(*map(Parameters, range(3)))).result(timeout=60).receipts()
    kinds = [receipt.failure.kind if receipt.failure else "" for receipt in receipts]
    assert kinds == ["", "function", ""]


def test_a_byte_range_is_a_file_with_the_header_under_the_same_name(make_stage: MakeStage) -> None:
    stage = make_stage("def work(path):\n    return [path.name, path.is_absolute(), path.read_text()]\n")
    Path(stage.root, "a.csv").write_text("h\n1\n2\n3\n")
    (receipt,) = receipts_of(stage, task(ByteRange("a.csv", 4, 6, 2, 1), inputs=(seen("a.csv", stage.root),)))
    assert output(stage, receipt) == b'["a.csv",true,"h\\n2\\n"]'


def test_a_whole_file_is_named_by_its_path_from_the_root(make_stage: MakeStage) -> None:
    as_chunk = "from parallel_stage import Chunk\ndef work(chunk: Chunk):\n    return [str(chunk.path), chunk.start]\n"
    for code in ("def work(path):\n    return [str(path), 0]\n", as_chunk):
        stage = make_stage(code)
        Path(stage.root, "data").mkdir(exist_ok=True)
        Path(stage.root, "data/a.csv").write_text("h\n1\n")
        (receipt,) = receipts_of(stage, task(WholeFile("data/a.csv", 4), inputs=(seen("data/a.csv", stage.root),)))
        assert output(stage, receipt).startswith(b'["data/a.csv",')


@pytest.mark.parametrize("name", ["year=2024/part.csv", "../up/part.csv"])
def test_a_chunk_keeps_the_directories_of_its_file(make_stage: MakeStage, name: str) -> None:
    stage = make_stage("def work(path):\n    return [path.parent.name, path.name, len(path.parts)]\n")
    file = Path(stage.root, name)
    file.parent.mkdir(exist_ok=True)
    file.write_text("h\n1\n2\n")
    (receipt,) = receipts_of(stage, task(ByteRange(name, 4, 6, 2, 1), inputs=(seen(name, stage.root),)))
    directory, base, depth = json.loads(output(stage, receipt))
    assert [directory, base] == [file.parent.name, file.name]
    assert depth == len(layout.scratch(Path(stage.directory)).parts) + 3
    assert not list(layout.scratch(Path(stage.directory)).iterdir())


@pytest.mark.parametrize(
    ("reducer", "value"),
    [
        *((reducer, "[{'file': str(path)}]") for reducer in REDUCERS),
        ("concat-jsonl", "[{'directory': path.parent.parent.name}]"),
        ("concat-jsonl", "wrote(path)"),
        ("custom", "wrote(path)"),
        ("custom", "f'{path}\\n'"),
    ],
)
def test_an_output_with_a_temporary_path_fails(make_stage: MakeStage, reducer: str, value: str) -> None:
    code = "import json\n" + WROTE + f"def work(path):\n    return {value}\n"
    stage = make_stage(code, reducer=reducer)
    Path(stage.root, "d").mkdir()
    Path(stage.root, "d/a.csv").write_text("h\n1\n2\n")
    (receipt,) = receipts_of(stage, task(ByteRange("d/a.csv", 4, 6, 2, 1), inputs=(seen("d/a.csv", stage.root),)))
    assert receipt.failure is not None
    assert "current_partition().input_path" in receipt.failure.message


def test_a_table_of_files_without_a_final_newline(make_stage: MakeStage) -> None:
    stage = make_stage("def work(path):\n    return path.read_text()\n")
    for name, text in (("a.csv", "h\n1"), ("b.csv", "h\n"), ("c.csv", "h\n3\n")):
        Path(stage.root, name).write_text(text)
    names = ("a.csv", "b.csv", "c.csv")
    inputs = tuple(seen(name, stage.root) for name in names)
    (receipt,) = receipts_of(stage, task(WholeTable(names, (2, 2, 2)), inputs=inputs))
    assert output(stage, receipt) == b'"h\\n1\\n3\\n"'


def test_parameters_are_the_functions_own(make_stage: MakeStage) -> None:
    stage = make_stage("def work(item):\n    item['list'].append(1)\n    return item\n")
    shared = {"list": [0]}
    receipts = receipts_of(stage, task(Parameters(shared), Parameters(shared)))
    assert [output(stage, receipt) for receipt in receipts] == [b'{"list":[0,1]}'] * 2
    assert shared == {"list": [0]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.write_text("longer"), "had 1 bytes, now 6"),
        (lambda path: os.utime(path, ns=(0, 0)), "was written since the plan was made"),
        (lambda path: path.unlink(), "cannot be read any more"),
    ],
)
def test_an_input_that_changed_since_the_plan(make_stage: MakeStage, change: Any, message: str) -> None:
    stage = make_stage("def work(path):\n    return 1\n")
    path = Path(stage.root, "a.txt")
    path.write_text("1")
    planned = seen("a.txt", stage.root)
    change(path)
    (receipt,) = receipts_of(stage, task(WholeFile("a.txt", 1), inputs=(planned,)))
    assert receipt.failure is not None
    assert receipt.failure.kind == "input-changed"
    assert message in receipt.failure.message


def test_only_what_prints_has_a_log(make_stage: MakeStage, capfd: pytest.CaptureFixture[str]) -> None:
    stage = make_stage(
        "import sys, os, logging\ndef work(item):\n    if item:\n        print('out', item)\n"
        "        print('err', item, file=sys.stderr)\n        os.system(f'echo child {item}')\n"
        "        lib = logging.getLogger('chatty')\n        lib.propagate = False\n"
        "        lib.handlers = lib.handlers or [logging.StreamHandler()]\n        lib.warning('log %s', item)\n"
    )
    receipts = receipts_of(stage, task(*map(Parameters, (0, 1, 0, 2))))
    assert [receipt.log for receipt in receipts] == ["", "logs/000001.log", "", "logs/000003.log"]
    for item, receipt in ((1, receipts[1]), (2, receipts[3])):
        lines = Path(stage.directory, receipt.log).read_text().splitlines()
        assert sorted(lines) == sorted([f"out {item}", f"err {item}", f"child {item}", f"log {item}"])
    assert capfd.readouterr() == ("", "")


def test_a_closed_stream_is_opened_again_for_the_next_task(make_stage: MakeStage) -> None:
    stage = make_stage("import sys\ndef work(item):\n    print(item)\n    sys.stdout.close()\n    return item\n")
    for item in (1, 2):
        (receipt,) = receipts_of(stage, task(Parameters(item)))
        assert receipt.failure is None
        assert Path(stage.directory, receipt.log).read_text() == f"{item}\n"


def test_a_long_log_keeps_its_end(make_stage: MakeStage) -> None:
    stage = make_stage("def work(item):\n    for number in range(20_000):\n        print('a line ' * 20, number)\n")
    (receipt,) = receipts_of(stage, task(Parameters(0)))
    log = Path(stage.directory, receipt.log).read_text()
    assert len(log) < 70_000
    assert log.startswith("[")
    assert log.endswith("a line  19999\n")


def test_the_process_is_left_as_it_was(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("POLARS_MAX_THREADS", raising=False)
    stage = make_stage(
        "import os\nIMPORTED = os.environ['OMP_NUM_THREADS']\n"
        "def work(item):\n    return [IMPORTED, os.environ['POLARS_MAX_THREADS'], os.getcwd()]\n",
        threads_per_worker=2,
    )
    before = os.getcwd(), list(sys.path), sys.stdout, sys.stderr
    (receipt,) = receipts_of(stage, task(Parameters(0)))
    assert output(stage, receipt).decode() == f'["2","2","{stage.root}"]'
    assert (os.getcwd(), list(sys.path), sys.stdout, sys.stderr) == before
    assert [os.environ.get(name) for name in THREAD_VARIABLES].count("2") == 0
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_probe_tells_what_a_worker_sees(make_stage: MakeStage) -> None:
    stage = make_stage("print('side effect')\ndef work(item): ...\n")
    facts = probe(stage, ("work.py",))
    assert (facts.missing, facts.problem, facts.pid) == ("", "", os.getpid())
    assert list(facts.modules) == ["work"]
    assert probe(stage, ("nowhere.csv",)).missing == f"the input {os.path.join(stage.root, 'nowhere.csv')}"
    shutil.rmtree(stage.directory)
    assert not (facts := probe(stage, ("work.py",))).sees_directory
    assert (facts.missing, facts.problem) == ("", "")
    assert probe(stage, (), needs_directory=True).missing.startswith(f"the run directory {stage.directory}")
    assert probe(replace(stage, root="/nowhere"), ()).missing == "the project /nowhere"


def test_probe_tells_why_a_function_cannot_be_imported(make_stage: MakeStage) -> None:
    facts = probe(make_stage("def helper():\n    raise KeyError('deep')\nhelper()\n"), ())
    problem = f"{facts.problem}\n{facts.details}"
    assert "cannot be imported" in problem
    assert 'work.py", line 2, in helper' in problem
    assert "KeyError: 'deep'" in problem
    assert "parallel_stage/run" not in problem
    assert facts.hint == "correct the module, or install what it imports"
    assert facts.hint not in problem


def test_a_task_ends_when_its_time_is_over_and_begins_at_least_one_partition(make_stage: MakeStage) -> None:
    stage = make_stage("import time\ndef work(item):\n    time.sleep(item)\n    return item\n")
    slow = task(*map(Parameters, (0, 0.6, 0, 0)))
    assert [row.index for row in execute(stage, replace(slow, seconds=0.5)).rows] == [0, 1]
    assert [row.index for row in execute(stage, replace(slow, seconds=0)).rows] == [0]
    assert [row.index for row in execute(stage, slow).rows] == [0, 1, 2, 3]


def test_a_function_may_change_its_parameters(make_stage: MakeStage) -> None:
    stage = make_stage("def work(item):\n    item['a'] = 2\n    item.get('b', []).append(1)\n    return item\n")
    given: list[dict[str, Any]] = [{"a": 1}, {"a": 1, "b": [0]}]
    execute(stage, task(*map(Parameters, given)))
    assert given == [{"a": 1}, {"a": 1, "b": [0]}]

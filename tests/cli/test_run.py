"""The command as a user has it: a process, its two streams and its exit code."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import support
from parallel_stage.contract import schema

COMMAND = str(Path(sysconfig.get_path("scripts"), "parallel-stage"))
CODE = """
import time
def work(item):
    print("printed by", item)
    if item == "wait":
        time.sleep(600)
    return {"item": item, "half": item / 2}
"""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A sweep over three numbers, and its contract."""
    return write(tmp_path, [0, 1, 2])


def write(directory: Path, grid: list[Any], **fields: Any) -> Path:
    sweep: dict[str, Any] = {
        "name": "halves",
        "function": "work:work",
        "split": "parameter-sweep",
        "input": "grid.json",
        "workers": 2,
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "reducer": "concat-jsonl",
        "backend": "local",
        "output": "out/halves.jsonl",
    }
    (directory / "work.py").write_text(CODE)
    (directory / "grid.json").write_text(json.dumps(grid))
    contract = directory / "parallel_stage.toml"
    contract.write_text(support.toml(**{**sweep, **fields}))
    return contract


def run(*arguments: str | Path, code: int = 0, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([COMMAND, "run", *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == code, done.stderr
    assert "parallel_stage/" not in done.stderr, "an own traceback"
    return done


RESULT = '{"item":0,"half":0.0}\n{"item":1,"half":0.5}\n{"item":2,"half":1.0}\n'


def test_summary_on_standard_output_progress_on_the_other(stage: Path) -> None:
    done = run(stage)
    assert (stage.parent / "out/halves.jsonl").read_text() == RESULT
    assert done.stdout.startswith(f"result: {stage.parent}/out/halves.jsonl\n")
    assert "\n3 partitions, 3 records, 66 B\n" in done.stdout
    assert done.stderr.startswith("3 partitions on local, 1 worker\n")
    assert "3 of 3 partitions" in done.stderr
    assert "printed by" not in done.stdout + done.stderr


def test_quiet_says_nothing(stage: Path) -> None:
    done = run(stage, "--quiet")
    assert (done.stdout, done.stderr) == ("", "")


def test_json_is_the_manifest_and_follows_its_schema(stage: Path) -> None:
    manifest = json.loads(run(stage, "--json", "--backend", "pool").stdout)
    jsonschema.Draft7Validator(schema.schema(manifest["schema"])).validate(manifest)
    assert manifest == json.loads(Path(manifest["directory"], "manifest.json").read_text())
    assert manifest["contract"]["document"]["backend"] == "local"
    assert (manifest["ran"]["backend"], manifest["ran"]["workers"], manifest["status"]) == ("pool", 2, "done")


def test_what_was_tried_before_is_in_both_manifests_and_no_longer_missed(stage: Path) -> None:
    assert "note: this contract and code are untried" in run(stage, "--backend", "pool").stderr
    run(stage, "--partition", "1", "--quiet")
    done = run(stage, "--json", "--backend", "pool")
    assert "untried" not in done.stderr
    manifest = json.loads(done.stdout)
    jsonschema.Draft7Validator(schema.schema(manifest["schema"])).validate(manifest)
    assert [each["label"] for each in manifest["validations"]] == ["one-partition"]
    agilab = json.loads(Path(manifest["directory"], "run_manifest.json").read_text())
    assert [each["label"] for each in agilab["validations"]] == ["partitions", "result", "one-partition"]
    (stage.parent / "work.py").write_text(CODE.replace("/ 2", "/ 4"))
    assert "untried" in run(stage, "--backend", "pool").stderr


def test_schema_of_the_manifest_is_a_schema() -> None:
    document = schema.schema("agilab.parallel_stage.run.v1")
    jsonschema.Draft7Validator.check_schema(document)
    assert document["additionalProperties"] is False


def test_run_directory_is_complete(stage: Path) -> None:
    run(stage)
    last = stage.parent / ".parallel-stage/runs/halves/_LAST"
    names = [
        "contract.toml",
        "ledger.jsonl",
        "lock",
        "logs",
        "manifest.json",
        "parts",
        "plan.json",
        "run_manifest.json",
    ]
    assert sorted(path.name for path in last.iterdir()) == names
    assert (last / "contract.toml").read_text() == stage.read_text()
    assert json.loads((last / "run_manifest.json").read_text())["command"]["argv"][1:] == ["run", str(stage)]
    assert (last / "logs/000001.log").read_text() == "printed by 1\n"


def test_manifests_are_true_of_the_files_that_they_name(stage: Path) -> None:
    run(stage)
    last = stage.parent / ".parallel-stage/runs/halves/_LAST"
    artifacts = json.loads((last / "run_manifest.json").read_text())["artifacts"]
    assert [artifact["name"] for artifact in artifacts] == [
        *("contract", "manifest.json", "plan.json", "ledger.jsonl", "result"),
    ]
    for artifact in artifacts:
        content = Path(artifact["path"]).read_bytes()
        assert (artifact["size_bytes"], artifact["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_git_sees_nothing_of_a_run_but_its_result(stage: Path) -> None:
    git = ["git", "-C", str(stage.parent)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    run(stage)
    listed = subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True).stdout
    assert {line for line in listed.splitlines() if line.startswith("??")} - {"?? __pycache__/"} == {"?? out/"}


def test_a_partition_alone_does_not_become_the_last_run(stage: Path) -> None:
    whole = json.loads(run(stage, "--json").stdout)["directory"]
    alone = json.loads(run(stage, "--json", "--partition", "1").stdout)["directory"]
    assert alone != whole
    assert str((stage.parent / ".parallel-stage/runs/halves/_LAST").resolve()) == whole


@pytest.mark.parametrize(("keep", "kept"), [("1", 1), ("all", 2), ("0", 0)])
def test_parts_of_older_runs(stage: Path, keep: str, kept: int) -> None:
    run(stage, "--keep-parts", "all")
    run(stage, "--keep-parts", keep)
    assert len(list(stage.parent.glob(".parallel-stage/runs/halves/2*/parts"))) == kept


def test_leftovers_of_a_killed_runner_are_removed(stage: Path) -> None:
    name = Path(json.loads(run(stage, "--json").stdout)["directory"]).name
    left, other = (
        stage.parent / "out" / f".{run_name}.new-halves.jsonl" for run_name in (name, "2" + name[1:-1] + "g")
    )
    for path in (left, other):
        path.write_text("half")
    run(stage)
    assert sorted(path.name for path in (stage.parent / "out").iterdir()) == [other.name, "halves.jsonl"]


def test_failure_names_partition_and_command(tmp_path: Path) -> None:
    stage = write(tmp_path, [0, "no number", 2])
    done = run(stage, code=5)
    assert "error: 1 of 3 partitions failed; no result was written\n" in done.stderr
    assert "partition 1 ('no number'): TypeError: unsupported operand" in done.stderr
    assert "printed by no number" in done.stderr
    command = f"parallel-stage run {stage} --partition 1"
    assert f"repeat it alone: {command}\n" in done.stderr
    assert not (tmp_path / "out/halves.jsonl").exists()
    manifest = json.loads(run(stage, "--json", code=5).stdout)
    jsonschema.Draft7Validator(schema.schema(manifest["schema"])).validate(manifest)
    assert run(*command.split()[2:], code=5).stderr.count("partition 1 (") == 1


def test_one_partition_alone_leaves_the_result_alone(stage: Path) -> None:
    done = run(stage, "--partition", "1", "--backend", "pool")
    assert "\npartition 1 (1): 1 record, 22 B" in done.stdout
    assert done.stdout.endswith(f"next: parallel-stage run {stage}\n")
    assert '  {"item":1,"half":0.5}\n' in done.stdout
    assert not (stage.parent / "out").exists()
    manifest = json.loads(run(stage, "--partition", "2", "--json").stdout)
    assert Path(manifest["result"]["path"]).read_text() == '{"item":2,"half":1.0}\n'
    assert (manifest["ran"]["backend"], manifest["ran"]["partition"]) == ("local", 2)
    assert manifest["partitions"] == {"planned": 3, "done": 1, "kept": 0, "failed": 0, "retried": 0, "not_run": 0}


def test_output_starts_at_the_current_directory(stage: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(stage, "--output", "new/result.jsonl", cwd=elsewhere)
    assert (elsewhere / "new/result.jsonl").read_text() == RESULT


def test_root_moves_everything_that_is_relative(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    stage = write(tmp_path / "project", [0, 1, 2])
    moved = tmp_path / "contracts"
    moved.mkdir()
    contract = stage.rename(moved / "halves.parallel_stage.toml")
    run(contract, "--root", tmp_path / "project")
    assert (tmp_path / "project/out/halves.jsonl").read_text() == RESULT
    assert list(moved.iterdir()) == [contract]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--partition", "3"], 2, "there is no partition 3; the plan has 3, numbered from 0"),
        (["--partition", "-1"], 2, "-1"),
        (["--workers", "0"], 2, "workers"),
        (["--backend", "ray"], 2, "'ray' is not one of"),
        (["--scheduler", "tcp://127.0.0.1:1"], 2, "a scheduler is for the dask backend"),
        (["--backend", "dask", "--scheduler", "no.json"], 2, "the scheduler's file no.json cannot be read"),
        (["--backend", "dask", "--scheduler", "tls://127.0.0.1:1"], 2, "there is no --tls-ca and no --tls-cert"),
        (["--worker-root", "/share"], 2, "a scheduler is for the dask backend"),
        (
            ["--backend", "dask", "--worker-root", "share"],
            2,
            "the workers' root is share, which starts at no directory",
        ),
        (["--backend", "dask", "--tls-key", "no.pem"], 2, "the file of --tls-key, no.pem, cannot be read"),
        (["--resume", "--partition", "1"], 2, "leave out --partition, or --resume"),
        (["--keep-parts", "-1"], 2, "is neither"),
        (["--output", "."], 4, "is not a file"),
        (["--output", "grid.json"], 4, "would replace the input"),
    ],
)
def test_refusals_leave_no_trace(stage: Path, arguments: list[str], code: int, message: str) -> None:
    done = run(stage, *arguments, code=code, cwd=stage.parent)
    assert message in done.stderr
    assert not (stage.parent / ".parallel-stage").exists()


def test_a_root_that_is_no_directory(stage: Path, tmp_path: Path) -> None:
    said = run(stage, "--root", tmp_path / "nowhere", code=4).stderr
    assert f"error: the root '{tmp_path}/nowhere' is not a directory\n" in said
    assert not (tmp_path / "nowhere").exists()


def test_a_result_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    stage = write(tmp_path, [0], reducer="concat-csv", output="out/halves.csv")
    (tmp_path / "work.py").write_text('def work(item):\n    return [{"a": "\\x1b[31m", "b": "\\t"}]\n')
    printed = run(stage).stdout
    assert "\x1b" not in printed
    assert r"  \x1b[31m,".expandtabs() in printed


def test_no_input(tmp_path: Path) -> None:
    assert "nowhere.json" in run(write(tmp_path, [1], input="nowhere.json"), code=3).stderr


def test_invalid_contract(tmp_path: Path) -> None:
    assert "reducer" in run(write(tmp_path, [1], reducer="sum"), code=1).stderr


def test_resume_runs_what_is_left_and_says_what_is_kept(tmp_path: Path) -> None:
    stage = write(tmp_path, [0, "no number", 2])
    done = run(stage, code=5)
    assert f"then run the rest: parallel-stage run {stage} --resume\n" in done.stderr
    write(tmp_path, [0, 1, 2])
    resumed = run(stage, "--resume")
    assert resumed.stderr.startswith("2 partitions kept of the run before\n1 partition on local, 1 worker\n")
    assert (tmp_path / "out/halves.jsonl").read_text() == RESULT
    assert "\n3 partitions, 3 records, 66 B\n" in resumed.stdout
    assert run(stage, "--resume", "--backend", "pool").stderr == "3 partitions kept of the run before\n"
    manifest = json.loads(run(stage, "--resume", "--json").stdout)
    jsonschema.Draft7Validator(schema.schema(manifest["schema"])).validate(manifest)
    assert manifest["partitions"] == {"planned": 3, "done": 3, "kept": 3, "failed": 0, "retried": 0, "not_run": 0}
    assert (manifest["session"], manifest["records"], manifest["bytes"]) == (4, 3, 66)


def test_the_resume_command_is_told_once(tmp_path: Path) -> None:
    stage = write(tmp_path, [0, "no number"])
    for _ in range(2):
        done = run(stage, "--workers", "1", "--resume", code=5)
        assert done.stderr.endswith(f"then run the rest: parallel-stage run {stage} --workers 1 --resume\n")


@pytest.mark.parametrize("backend", ["local", "pool", pytest.param("dask", marks=pytest.mark.xdist_group("dask"))])
def test_interrupt_leaves_whole_evidence(tmp_path: Path, backend: str) -> None:
    stage = write(tmp_path, [0, "wait", "wait"])
    runs = tmp_path / ".parallel-stage/runs/halves"
    environment = {name: value for name, value in os.environ.items() if name != "DASK_SCHEDULER_ADDRESS"}
    with subprocess.Popen(
        [COMMAND, "run", str(stage), "--backend", backend],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as runner:
        assert runner.stderr is not None
        while not runner.stderr.readline().startswith("1 of 3 partitions"):
            assert runner.poll() is None
        # As a terminal does it: to the runner and to all its workers.
        os.killpg(runner.pid, signal.SIGINT)
        _, errors = runner.communicate(timeout=60)
    assert runner.returncode == 130
    assert "Traceback" not in errors
    assert errors.endswith(
        "interrupted: 1 of 3 partitions done, kept in the run directory; no result was written\n"
        f"help: run the rest: parallel-stage run {stage} --backend {backend} --resume\n"
    )
    manifest = json.loads((runs / "_LAST/manifest.json").read_text())
    jsonschema.Draft7Validator(schema.schema(manifest["schema"])).validate(manifest)
    assert (manifest["status"], manifest["exit_code"]) == ("interrupted", 130)
    assert manifest["partitions"] == {"planned": 3, "done": 1, "kept": 0, "failed": 0, "retried": 0, "not_run": 2}
    events = [json.loads(line)["event"] for line in (runs / "_LAST/ledger.jsonl").read_text().splitlines()]
    assert events == ["started", "input", "task", "ended"]
    assert not (tmp_path / "out/halves.jsonl").exists()


def test_a_run_without_what_failed_says_so_and_exits_6(tmp_path: Path) -> None:
    stage = write(tmp_path, [0, "no number", 2, "none either", 4])
    for quiet in ([], ["--quiet"]):
        done = run(stage, "--max-failures", "50%", *quiet, code=6)
        assert "warning: 2 of 5 partitions failed and are left out of the result\n" in done.stderr
        assert "  2 partitions (1, 3): TypeError: unsupported operand" in done.stderr
        assert f"repeat one alone: parallel-stage run {stage} --partition 1\n" in done.stderr
        assert ("3 partitions of 5, 2 failed, 3 records, 66 B\n" in done.stdout) is (not quiet)
    assert (tmp_path / "out/halves.jsonl").read_text().count("\n") == 3
    last = tmp_path / ".parallel-stage/runs/halves/_LAST"
    assert json.loads((last / "run_manifest.json").read_text())["status"] == "fail"


def test_failures_are_told_by_their_cause(tmp_path: Path) -> None:
    done = run(write(tmp_path, [0, *("no number" for _ in range(30))]), code=5)
    assert "error: 30 of 31 partitions failed; no result was written\n" in done.stderr
    assert "  30 partitions (1, 2, 3, 4, 5, …), such as partition 1 ('no number'): TypeError: unsupp" in done.stderr
    assert done.stderr.count("TypeError") == 2, "in the line and in its traceback"


def test_a_limit_that_is_none(stage: Path) -> None:
    said = run(stage, "--max-failures", "some", code=2).stderr
    assert "error: max-failures is 'some'\nhelp: give a number of partitions, or a percentage of them" in said


HOSTILE = "a\x1b[31m\nerror: forged\n.txt"


@pytest.mark.parametrize(
    "line",
    [
        "raise ValueError('no', path.name)",
        "raise ValueError(path.name)",
        "sys.exit(path.name)",
        "raise type(path.name, (Exception,), {})",
        "print(path.name); path.unlink(); return 1",
        "path.write_text('more'); return 1",
        "return path.with_name('b' + path.name)",
        "return 1",
        "raise SystemExit('x' * 100_000)",
    ],
)
def test_names_and_messages_write_no_lines_of_their_own(tmp_path: Path, line: str) -> None:
    fields = {"split": "files", "input": "data/*.txt", "partition_strategy": "one-file-per-partition"}
    stage = write(tmp_path, [], **fields)
    (tmp_path / "work.py").write_text(f"import sys\ndef work(path):\n    {line}\n")
    (tmp_path / "data").mkdir()
    for name in (HOSTILE, f"b{HOSTILE}"):
        (tmp_path / "data" / name).write_text("one")
    done = subprocess.run([COMMAND, "run", str(stage)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 5, 8)
    for stream in (done.stdout, done.stderr):
        assert "\x1b" not in stream
        assert not [line for line in stream.splitlines() if line.startswith("error: forged")]
        assert len(stream) < 5_000

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from parallel_stage.contract.schema import schema
from parallel_stage.run.resume.reasons import KINDS
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOOL = (sys.executable, "-c", "from parallel_stage.cli import main; main()", "plan")


@pytest.fixture
def contract(tmp_path: Path) -> Callable[..., str]:
    """Writes a contract over three small tables; returns its path."""
    (tmp_path / "data").mkdir()
    for name in "abc":
        (tmp_path / "data" / f"{name}.csv").write_text("h,i\n" + '1,"x\n"\n' * 200, encoding="utf-8")
    (tmp_path / "stage.py").write_text("def process(source):\n    return 1\n", encoding="utf-8")

    def write(**changes: Any) -> str:
        path = tmp_path / "parallel_stage.toml"
        path.write_text(toml(**{"function": "stage.py:process", **changes}), encoding="utf-8")
        return str(path)

    return write


def plan(*arguments: str, code: int = 0) -> str:
    done = subprocess.run([*TOOL, *arguments], capture_output=True, text=True, check=False, encoding="utf-8")
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_the_table(contract: Callable[..., str]) -> None:
    lines = plan(contract(), "--available-cores", "8").splitlines()
    assert lines[0] == "delays: stage.py:process over data/*.csv (files, file-chunks)"
    assert lines[3].split()[:6] == ["data/a.csv", "1.4", "KiB", "22", "parity:", "every"]
    assert "workers     8 effective of 8 requested" in lines
    assert any(line.startswith("partitions  64 of") for line in lines)
    assert any(line.startswith("skew        1.") for line in lines)
    assert lines[-1].startswith("next: parallel-stage run ")
    assert lines[-1].endswith("parallel_stage.toml --partition 0")
    assert lines[-2].startswith("why         aims at 64 partitions, the most of 3 files, target_partitions 64;")


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_only_the_first_lines(contract: Callable[..., str], limit: int) -> None:
    lines = plan(contract(), "--limit", str(limit)).splitlines()
    assert lines[3 + limit] == f"… and {3 - limit} more"


def test_a_sweep(contract: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_text('{"a": [1, 2, 3], "b": ["x"]}', encoding="utf-8")
    path = contract(
        split="parameter-sweep", input="grid.json", partition_strategy="parameter-items", target_partitions=0
    )
    lines = plan(path, "--limit", "2").splitlines()
    assert lines[2:6] == [
        "partition  parameters",
        '        0  {"a": 1, "b": "x"}',
        '        1  {"a": 2, "b": "x"}',
        "… and 1 more",
    ]
    assert "partitions  3" in lines


def test_the_document(contract: Callable[..., str]) -> None:
    found = json.loads(plan(contract(), "--json"))
    Draft7Validator(schema("agilab.parallel_stage.plan.v1")).validate(found)
    assert found["summary"]["partitions"] == 64


def test_the_preview(contract: Callable[..., str]) -> None:
    text = plan(contract(), "--preview-json", "--file-count", "7", "--available-cores", "8")
    found = json.loads(text)
    assert text == json.dumps(found, indent=2, sort_keys=True) + "\n"
    assert found["low_file_count_policy"]["file_count"] == 7
    counted = json.loads(plan(contract(), "--preview-json", "--available-cores", "8"))["low_file_count_policy"]
    assert counted["file_count"] == 3
    assert counted["unsplittable_small_files"] == {
        "effective_workers": 3,
        "planned_partitions": 3,
        "rule": "cap useful workers to file_count",
    }


def test_the_preview_as_text(contract: Callable[..., str]) -> None:
    figures = "  effective_workers: {}\n  planned_partitions: {}\n"
    cut, whole = figures.format(8, 64), figures.format(7, 7)
    head = "input_files: 7\navailable_cores: 8\n"
    assert plan(contract(), "--preview", "--file-count", "7", "--available-cores", "8") == (
        f"{head}splittable_large_files:\n{cut}unsplittable_small_files:\n{whole}"
    )


def test_another_root(contract: Callable[..., str], tmp_path: Path) -> None:
    path = contract(input="*.csv")
    assert "matches no file" in plan(path, code=3)
    assert "a.csv" in plan(path, "--root", str(tmp_path / "data"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json", "--preview-json"), "--json and --preview-json cannot be combined"),
        (("--resume", "--preview"), "--preview and --resume cannot be combined"),
        (("--file-count", "3"), "--file-count is for --preview and --preview-json"),
        (("--available-cores", "0"), "--available-cores"),
        (("--limit", "-1"), "--limit"),
    ],
)
def test_usage(contract: Callable[..., str], arguments: tuple[str, ...], said: str) -> None:
    assert said in plan(contract(), *arguments, code=2)


def test_exit_codes(contract: Callable[..., str], tmp_path: Path) -> None:
    assert "help: " in plan(contract(input="data"), code=3)
    assert "help: " in plan(contract(input_format={"encoding": "utf-9"}), code=4)
    plan(contract(workers=0), code=1)
    plan(str(tmp_path / "none.toml"), code=1)


def test_a_reader_that_goes_away(contract: Callable[..., str]) -> None:
    with subprocess.Popen([*TOOL, contract(target_partitions=600), "--json"], stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_names_cannot_write_to_the_terminal(contract: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "data" / "a\n\x1b[31m.csv").write_text("h\n1\n", encoding="utf-8")
    printed = plan(contract())
    assert "\x1b" not in printed
    assert r"data/a\n\x1b[31m.csv" in printed
    rows = printed.splitlines()[2:7]
    assert len({row.index(" B ") if " B " in row else row.index("KiB ") + 1 for row in rows[1:]}) == 1, rows


def test_a_root_that_is_no_directory(contract: Callable[..., str], tmp_path: Path) -> None:
    for more in ((), ("--json",), ("--preview-json",)):
        said = plan(contract(), "--root", str(tmp_path / "nowhere"), *more, code=4)
        assert f"error: the root '{tmp_path}/nowhere' is not a directory\n" in said


def test_an_empty_file_is_called_empty(contract: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    printed = plan(contract(input="empty.csv"))
    assert "it is empty" in printed
    assert "1 empty file, one partition each" in printed
    assert "cannot be cut" not in printed


def test_what_a_resumed_run_would_do(contract: Callable[..., str], tmp_path: Path) -> None:
    whole = {"split": "files", "partition_strategy": "one-file-per-partition", "target_partitions": 0}
    path = contract(**whole, name="sizes", backend="local", output="out.json", reducer="collect-json")
    lines = plan(path, "--resume").splitlines()
    assert lines == [
        "sizes: 3 partitions",
        "resume      no run of this contract has begun",
        "kept        0",
        "run again   3",
        "  no receipt                       3",
    ]
    assert json.loads(plan(path, "--resume", "--json"))["run"] is None
    assert not (tmp_path / ".parallel-stage").exists()
    subprocess.run([*TOOL[:-1], "run", path, "--quiet"], check=True)
    (tmp_path / "data/b.csv").write_text("h,i\n")
    for name in "defghij":
        (tmp_path / f"data/{name}.csv").write_text("h,i\n")
    before = sorted((file, file.stat().st_mtime_ns) for file in (tmp_path / ".parallel-stage").rglob("*"))
    lines = plan(path, "--resume").splitlines()
    assert lines[1].startswith(f"resume      {tmp_path}/.parallel-stage/runs/sizes/2")
    assert lines[1].endswith(" (done)")
    assert lines[2:] == [
        "kept        2",
        "run again   8",
        "  new input                        7  data/d.csv, data/e.csv, data/f.csv, data/g.csv, data/h.csv, …",
        "  input changed                    1  data/b.csv",
    ]
    assert sorted((file, file.stat().st_mtime_ns) for file in (tmp_path / ".parallel-stage").rglob("*")) == before
    document = json.loads(plan(path, "--resume", "--json"))
    Draft7Validator(schema("agilab.parallel_stage.resume.v1")).validate(document)
    assert document["run"]["status"] == "done"
    assert (document["partitions"], document["kept"], document["run_again"]) == (10, 2, 8)
    assert document["reasons"][1] == {"kind": "input changed", "partitions": 1, "which": ["data/b.csv"], "all": True}
    kinds = schema(document["schema"])["properties"]["reasons"]["items"]["properties"]["kind"]["enum"]
    assert kinds == list(KINDS)

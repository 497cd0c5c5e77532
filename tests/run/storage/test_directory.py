from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.storage import directory
from parallel_stage.run.storage.last import RUN

if TYPE_CHECKING:
    from pathlib import Path

YEARS = datetime(2000, 1, 1), datetime(2999, 1, 1)  # noqa: DTZ001 -- Hypothesis wants them so
NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
HOSTILE = [
    *("../x", "a/b", "a\\b", "..", ".", ".hidden", "a ", "a.", "a\nb", "-rf", "_LAST"),
    *("CON", "con", "nul.txt", "com1", "x" * 500, "é", "名前", "A"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_inside(name: str, tmp_path: Path) -> None:
    made = directory.create(directory.stage_directory(str(tmp_path), name), directory.new_run(NOON))
    assert made.parent.parent == tmp_path / ".parallel-stage" / "runs"
    assert made.is_dir()
    assert made.name.startswith("20260131T120000Z-")


def test_hostile_names_are_distinct() -> None:
    safe = {directory.safe_name(name).lower() for name in [*HOSTILE, "x", "b", "a", "ab", "last"]}
    assert len(safe) == len(HOSTILE) + 5


@given(st.text(min_size=1, max_size=80))
def test_safe_names_are_safe(name: str) -> None:
    safe = directory.safe_name(name)
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-")
    assert safe[0] not in "-."
    assert safe[-1] not in "-."
    assert len(safe) <= 60
    assert directory.safe_name(safe) == safe


@given(st.lists(st.datetimes(*YEARS), min_size=2, unique=True))
def test_names_of_runs_sort_as_they_start(times: list[datetime]) -> None:
    names = [directory.new_run(time.replace(tzinfo=timezone.utc)) for time in sorted(times)]
    assert names == sorted(names)
    assert all(RUN.fullmatch(name) for name in names)


def test_plain_names_are_kept() -> None:
    assert directory.safe_name("process_csv-files.v2") == "process_csv-files.v2"


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".parallel-stage").write_text("a file")
    with pytest.raises(PlanRefusedError, match="cannot be made") as caught:
        directory.create(directory.stage_directory(str(tmp_path), "stage"), directory.new_run(NOON))
    assert "--root" in caught.value.hint


def test_only_one_holds_a_run_directory(tmp_path: Path) -> None:
    with (
        directory.locked(tmp_path),
        pytest.raises(PlanRefusedError, match="another runner"),
        directory.locked(tmp_path),
    ):
        pass
    with directory.locked(tmp_path):
        pass


def test_the_kernel_lets_go_of_a_dead_holder(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\nfrom parallel_stage.run.storage.directory import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not directory.is_locked(tmp_path)
    with directory.locked(tmp_path):
        assert directory.is_locked(tmp_path)


def test_a_run_has_ended_when_it_is_known_and_nobody_is_at_work(tmp_path: Path) -> None:
    run = directory.create(directory.stage_directory(str(tmp_path), "stage"), directory.new_run(NOON))
    assert directory.has_ended(str(tmp_path), run.name)
    with directory.locked(run):
        assert not directory.has_ended(str(tmp_path), run.name)
    assert directory.has_ended(str(tmp_path), run.name)
    assert not directory.has_ended(str(tmp_path), "20260131T120001Z-1a2b3c")


def test_git_does_not_see_runs(tmp_path: Path) -> None:
    def status() -> str:
        arguments = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]
        return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout

    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    stage = directory.stage_directory(str(tmp_path), "stage")
    for second in range(2):
        directory.create(stage, directory.new_run(NOON.replace(second=second)))
        (tmp_path / ".parallel-stage/runs/file").touch()
        assert status() == ""
    (tmp_path / ".parallel-stage/.gitignore").write_text("!*\n")
    directory.create(stage, directory.new_run(NOON.replace(second=2)))
    assert ".parallel-stage/runs/file" in status()


def test_json_documents_have_the_agreed_form(tmp_path: Path) -> None:
    directory.write_json(tmp_path / "a.json", {"b": 1, "a": {"d": "é", "c": None}})
    text = '{\n  "a": {\n    "c": null,\n    "d": "\\u00e9"\n  },\n  "b": 1\n}\n'
    assert (tmp_path / "a.json").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]

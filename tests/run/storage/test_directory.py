from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.storage import directory

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    *("../x", "a/b", "a\\b", "..", ".", ".hidden", "a ", "a.", "a\nb", "-rf", "_LAST"),
    *("CON", "con", "nul.txt", "com1", "x" * 500, "é", "名前", "A"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_inside(name: str, tmp_path: Path) -> None:
    made = directory.create(str(tmp_path), name, datetime(2026, 1, 31, 12, tzinfo=timezone.utc))
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


def test_plain_names_are_kept() -> None:
    assert directory.safe_name("process_csv-files.v2") == "process_csv-files.v2"


def test_last_points_to_the_newest_run(tmp_path: Path) -> None:
    for day in (1, 2):
        newest = directory.create(str(tmp_path), "stage", datetime(2026, 1, day, tzinfo=timezone.utc))
    assert (newest.parent / "_LAST").resolve() == newest
    assert sorted(path.name for path in newest.parent.iterdir() if not path.name.startswith("2026")) == ["_LAST"]


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".parallel-stage").write_text("a file")
    with pytest.raises(PlanRefusedError, match="cannot be made") as caught:
        directory.create(str(tmp_path), "stage", datetime.now(timezone.utc))
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
        "import os, pathlib, sys\nfrom parallel_stage.run.storage.directory import held\n"
        "with held(pathlib.Path(sys.argv[1])):\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    with directory.locked(tmp_path):
        pass


def test_json_documents_have_the_agreed_form(tmp_path: Path) -> None:
    directory.write_json(tmp_path / "a.json", {"b": 1, "a": {"d": "é", "c": None}})
    text = '{\n  "a": {\n    "c": null,\n    "d": "\\u00e9"\n  },\n  "b": 1\n}\n'
    assert (tmp_path / "a.json").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]

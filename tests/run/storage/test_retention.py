from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.run.storage import directory
from parallel_stage.run.storage.retention import remove_old_parts

if TYPE_CHECKING:
    from pathlib import Path


ALL = ["01", "02", "03", "04"]


def finished(stage: Path, second: int, status: str = "done", partition: int | None = None) -> Path:
    """A run that is over, with a part."""
    run = directory.create(stage, f"20260131T1200{second:02}Z-1a2b3c")
    (run / "parts/00000000.part").write_text("1")
    (run / "ordered").mkdir()
    directory.remove_scratch(run)
    result = {"path": "out.json"} if status == "done" else None
    directory.write_json(run / "manifest.json", {"result": result, "ran": {"partition": partition}})
    return run


def with_parts(stage: Path) -> list[str]:
    return sorted(path.parent.name[13:15] for path in stage.glob("*/parts") if list(path.iterdir()))


@pytest.mark.parametrize(
    ("keep", "kept"), [(3, ["02", "03", "04"]), (1, ["04"]), (0, []), (9, ["01", "02", "03", "04"])]
)
def test_the_newest_runs_that_succeeded_keep_their_parts(tmp_path: Path, keep: int, kept: list[str]) -> None:
    for second in (1, 2, 3, 4):
        finished(tmp_path, second)
    for _ in range(2):
        remove_old_parts(tmp_path / "current", keep)
        assert with_parts(tmp_path) == kept
    assert sorted(path.parent.name[13:15] for path in tmp_path.glob("*/ordered")) == kept
    assert len(list(tmp_path.glob("*/manifest.json"))) == 4
    assert list(tmp_path.glob("*/scratch")) == []


def test_runs_that_may_go_on_keep_their_parts_and_do_not_count(tmp_path: Path) -> None:
    finished(tmp_path, 1)
    finished(tmp_path, 2)
    finished(tmp_path, 3, "failed")
    finished(tmp_path, 4, "interrupted")
    finished(tmp_path, 5, partition=0)
    (finished(tmp_path, 6) / "manifest.json").unlink()
    remove_old_parts(tmp_path / "current", 1)
    assert with_parts(tmp_path) == ["02", "03", "04", "05", "06"]


def test_the_current_run_has_its_lock(tmp_path: Path) -> None:
    run = finished(tmp_path, 1)
    with directory.locked(run):
        remove_old_parts(run, 0)
    assert with_parts(tmp_path) == []


def test_a_run_at_work_keeps_its_parts(tmp_path: Path) -> None:
    runs = [finished(tmp_path, second) for second in (1, 2)]
    with directory.locked(runs[0]):
        remove_old_parts(tmp_path / "current", 0)
    assert with_parts(tmp_path) == ["01"]


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"result": {}}', '{"result": {}, "ran": 1}', "\0"])
def test_a_manifest_that_says_nothing_is_no_success(tmp_path: Path, manifest: str) -> None:
    (finished(tmp_path, 1) / "manifest.json").write_text(manifest)
    remove_old_parts(tmp_path / "current", 0)
    assert with_parts(tmp_path) == ["01"]

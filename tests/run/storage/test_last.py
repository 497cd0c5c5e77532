from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_stage.run.storage import directory, layout
from parallel_stage.run.storage.last import NAME, last_run, point_last, runs_in
from parallel_stage.run.storage.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable


def begun(root: Path, day: int) -> Path:
    """A run that has begun, to which `_LAST` leads."""
    run = directory.create(
        directory.stage_directory(str(root), "stage"), directory.new_run(datetime(2026, 1, day, tzinfo=timezone.utc))
    )
    with open_ledger(run / layout.LEDGER) as ledger:
        ledger.append({"event": "started", "run": run.name})
    point_last(run)
    return run


def names(stage: Path) -> list[str]:
    return sorted(path.name for path in stage.iterdir())


def test_it_leads_to_the_newest_run(tmp_path: Path) -> None:
    older, newest = begun(tmp_path, 1), begun(tmp_path, 2)
    assert (newest.parent / NAME).resolve() == newest
    assert names(newest.parent) == [older.name, newest.name, NAME]
    assert last_run(newest.parent) == newest
    assert runs_in(newest.parent) == [newest, older]


def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("a required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)


def test_without_links_it_is_a_file_with_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_links(monkeypatch)
    begun(tmp_path, 2)
    older = begun(tmp_path, 1)
    assert (older.parent / NAME).read_text() == f"{older.name}\n"
    assert last_run(older.parent) == older


@pytest.mark.parametrize("links", [True, False])
def test_a_project_that_was_copied_with_its_links_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    old, newest = begun(tmp_path / "project", 1), begun(tmp_path / "project", 2)
    copy = Path(shutil.copytree(tmp_path / "project", tmp_path / "copy"))  # as cp -rL
    stage = copy / newest.parent.relative_to(tmp_path / "project")
    assert (stage / NAME).is_dir()
    assert not (stage / NAME).is_symlink()
    assert last_run(stage) == stage / newest.name
    if not links:
        no_links(monkeypatch)
    again = begun(copy, 3)
    assert names(stage) == [old.name, newest.name, again.name, NAME]
    assert last_run(stage) == again


def test_a_copy_of_the_last_run_alone_becomes_that_run(tmp_path: Path) -> None:
    run = begun(tmp_path, 1)
    stage = run.parent
    (stage / NAME).unlink()
    run.rename(stage / NAME)
    assert last_run(stage) == stage / NAME
    again = begun(tmp_path, 2)
    assert names(stage) == [run.name, again.name, NAME]
    assert (run / layout.LEDGER).exists()


def test_a_copy_that_has_gone_on_is_kept(tmp_path: Path) -> None:
    run = begun(tmp_path, 1)
    stage = run.parent
    (stage / NAME).unlink()
    shutil.copytree(run, stage / NAME)
    with open_ledger(stage / NAME / layout.LEDGER) as ledger:
        ledger.append({"event": "ended"})
    begun(tmp_path, 2)
    assert len(runs_in(stage)) == 3


def dangling(stage: Path) -> None:
    (stage / NAME).unlink()
    (stage / NAME).symlink_to("20250101T000000Z-000000")


def outside(stage: Path) -> None:
    (stage / NAME).unlink()
    (stage / NAME).symlink_to("../../..")


def absent(stage: Path) -> None:
    (stage / NAME).unlink()


def garbled(stage: Path) -> None:
    (stage / NAME).unlink()
    (stage / NAME).write_bytes(b"\xff\0")


def empty_directory(stage: Path) -> None:
    (stage / NAME).unlink()
    (stage / NAME).mkdir()


def killed_while_pointing(stage: Path) -> None:
    (stage / "._LAST.20260101T000000Z-000000").symlink_to("20260101T000000Z-000000")


@pytest.mark.parametrize("change", [dangling, outside, absent, garbled, killed_while_pointing])
def test_without_a_good_one_the_newest_that_has_begun_counts(tmp_path: Path, change: Callable[[Path], None]) -> None:
    begun(tmp_path, 1)
    run = begun(tmp_path, 2)
    directory.create(run.parent, directory.new_run(datetime(2026, 1, 3, tzinfo=timezone.utc)))
    change(run.parent)
    assert last_run(run.parent) == run
    again = begun(tmp_path, 4)
    assert last_run(run.parent) == again
    assert [path.name for path in run.parent.glob(".*")] == []


def test_a_stage_that_never_ran(tmp_path: Path) -> None:
    assert last_run(tmp_path / "nowhere") is None
    assert last_run(tmp_path) is None
    empty_directory(begun(tmp_path, 1).parent)
    begun(tmp_path, 2)

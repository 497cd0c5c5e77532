from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract import project

if TYPE_CHECKING:
    from pathlib import Path


def _make(directory: Path, *names: str) -> None:
    for name in names:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).touch()


def test_the_nearest_marker_wins_and_none_is_the_start_itself(tmp_path: Path) -> None:
    _make(tmp_path, "pyproject.toml", "inner/pyproject.toml", "inner/deep/x")
    assert project.root(str(tmp_path / "inner" / "deep"), "pyproject.toml") == str(tmp_path / "inner")
    assert project.root(str(tmp_path / "inner" / "deep"), "no such marker") == str(tmp_path / "inner" / "deep")


@pytest.mark.parametrize(
    ("made", "target", "leads_out"),
    [
        ([".git", "a/b/x", "c"], "../../c", False),
        ([".git", "a/pyproject.toml", "a/b/x", "c"], "../../c", False),
        (["a/pyproject.toml", "a/b/x", "a/c"], "../c", False),
        (["a/pyproject.toml", "a/b/x", "c"], "../../c", True),
        ([".git", "a/b/x"], "../../../c", True),
        ([".git", "a/b/x"], "/etc/passwd", True),
        ([".git", "a/b/x"], "nothing", False),
        (["a/b/x", "c"], "../../c", True),
    ],
)
def test_links_out_of_the_project(
    made: list[str], target: str, *, leads_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent.parent)
    home = tmp_path / "home"
    _make(home, *made)
    (home / "a/b/link").symlink_to(target)
    monkeypatch.setattr(project.os, "curdir", "/nowhere")  # type: ignore[attr-defined]
    assert project.leads_out(str(home / "a/b/link")) is leads_out
    assert not project.leads_out(str(home / "a/b/x"))


def test_without_markers_the_current_directory_is_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "a/x", "b/y")
    (tmp_path / "a/link").symlink_to("../b/y")
    monkeypatch.chdir(tmp_path)
    assert not project.leads_out("a/link")
    monkeypatch.chdir(tmp_path / "a")
    assert project.leads_out("link")

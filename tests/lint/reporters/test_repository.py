from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given

from findings import paths
from parallel_stage.lint.reporters import repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_the_root_is_what_the_service_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert repository.root() == str(tmp_path / "sub")
    monkeypatch.setenv(name, str(tmp_path))
    assert repository.root() == str(tmp_path)
    assert repository.relative("a.toml", repository.root()) == "sub/a.toml"


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "other.toml").symlink_to("stage.toml")
    assert repository.relative(str(tmp_path / "link" / "other.toml"), str(tmp_path)) == "real/stage.toml"


def test_what_stands_elsewhere(tmp_path: Path) -> None:
    assert repository.relative(str(tmp_path / "a"), str(tmp_path / "b" / "c")) == "../../a"


@given(paths())
@example(".")
@example("..")
def test_the_way_leads_to_the_file(path: str) -> None:
    way = repository.relative(path, repository.root())
    assert os.path.realpath(way) == os.path.realpath(path)

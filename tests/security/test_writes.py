"""A check writes nothing outside of the project, unless a path on the command line says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import toml

COMMAND = Path(sys.executable).with_name("parallel-stage")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "repository/parallel_stage.toml").write_text(toml(split="file", workers=1))
    return tmp_path / "repository"


def _check(repository: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run([COMMAND, "check", *arguments], cwd=repository, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("place", ["../outside/x.json", "{outside}/x.json", "link.json", "directory/x.json"])
def test_a_configured_baseline(place: str, repository: Path) -> None:
    outside = repository.parent / "outside"
    (repository / "link.json").symlink_to(outside / "x.json")
    (repository / "directory").symlink_to(outside)
    place = place.format(outside=outside)
    (repository / ".parallel-stage.toml").write_text(f'baseline = "{place}"\n')
    code, words = _check(repository, "--write-baseline")
    assert code == 2
    assert "out of the project" in words or "outside of the project" in words
    assert list(outside.iterdir()) == []


def test_the_command_line_may_name_any_baseline_but_by_no_link_of_the_project(repository: Path) -> None:
    outside = repository.parent / "outside"
    (repository / "link.json").symlink_to(outside / "x.json")
    assert _check(repository, "--write-baseline", "--baseline", "link.json")[0] == 2
    assert list(outside.iterdir()) == []
    assert _check(repository, "--write-baseline", "--baseline", "../outside/x.json")[0] == 0
    assert [path.name for path in outside.iterdir()] == ["x.json"]


@pytest.mark.parametrize("place", ["link.sarif", "directory/x.sarif"])
def test_a_report(place: str, repository: Path) -> None:
    outside = repository.parent / "outside"
    (repository / "link.sarif").symlink_to(outside / "x.sarif")
    (repository / "directory").symlink_to(outside)
    code, words = _check(repository, "--format", "sarif", "--output-file", place)
    assert (code, "leads out of the project by a link" in words) == (2, True)
    assert list(outside.iterdir()) == []
    assert _check(repository, "--format", "sarif", "--output-file", str(outside / "x.sarif"))[0] == 1
    assert [path.name for path in outside.iterdir()] == ["x.sarif"]


def test_fixes(repository: Path) -> None:
    outside = repository.parent / "outside"
    (outside / "x.toml").write_text(toml(split="file", name="x"))
    (repository / "x.parallel_stage.toml").symlink_to(outside / "x.toml")
    _check(repository, "--fix")
    assert (outside / "x.toml").read_text() == toml(split="file", name="x")
    assert 'split = "files"' in (repository / "parallel_stage.toml").read_text()

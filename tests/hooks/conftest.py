"""One clone of this work tree for all hook tests, and scratch repositories that are checked by it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from scratch_repository import PROJECT, Repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def clean_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment without what git or a framework set for the process that runs the tests."""
    home = tmp_path_factory.mktemp("home")
    identity = "[user]\nname = Tester\nemail = tester@example.org\n[init]\ndefaultBranch = main\n"
    (home / "gitconfig").write_text(identity, encoding="utf-8")
    own = ("GIT_", "PRE_COMMIT", "PREK_", "PYTHON", "VIRTUAL_ENV", "COVERAGE_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**env, "GIT_CONFIG_GLOBAL": str(home / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory, clean_env: dict[str, str]) -> Repository:
    """This project as a user's hook tool would clone it: the work tree as it is now, committed."""
    clone = Repository(tmp_path_factory.mktemp("distribution"), clean_env)
    listed = Repository(PROJECT, clean_env).git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (clone.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, clone.path / name)
    clone.git("init", "--quiet")
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message", "as it is now")
    return clone


@pytest.fixture
def repository(tmp_path: Path, clean_env: dict[str, str]) -> Repository:
    """A user's repository: nothing is staged yet."""
    scratch = Repository(tmp_path / "repository", clean_env)
    scratch.path.mkdir()
    scratch.git("init", "--quiet")
    return scratch

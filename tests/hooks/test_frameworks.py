"""The ids of .pre-commit-hooks.yaml, through the real pre-commit and the real prek."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from parallel_stage.contract.formats import is_contract_name
from scratch_repository import BAD, GOOD, PROJECT

if TYPE_CHECKING:
    from scratch_repository import Repository

pytestmark = pytest.mark.xdist_group("hooks")

SCRIPTS = Path(sysconfig.get_path("scripts"))
HOOKS = YAML(typ="safe").load(PROJECT / ".pre-commit-hooks.yaml")
CONFIG = """\
exclude: ^vendored/
repos:
- repo: {path}
  rev: {rev}
  hooks:
  - id: parallel-stage-check
"""


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where both tools keep what they install, once for all tests here."""
    home = tmp_path_factory.mktemp("homes")
    return {
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "PREK_HOME": str(home / "prek"),
        # prek installs with uv and would download one: take it from the index that pip is configured for.
        "PREK_UV_SOURCE": "pip",
    }


@pytest.fixture(params=["pre-commit", "prek"])
def check(
    request: pytest.FixtureRequest, repository: Repository, distribution: Repository, homes: dict[str, str]
) -> Checked:
    rev = distribution.git("rev-parse", "HEAD")
    repository.write(".pre-commit-config.yaml", CONFIG.format(path=distribution.path, rev=rev))
    return Checked(repository, SCRIPTS / request.param, homes)


class Checked:
    """A repository, and the framework that checks all its files."""

    def __init__(self, repository: Repository, tool: Path, homes: dict[str, str]) -> None:
        self.repository, self.tool, self.homes = repository, tool, homes

    def __call__(self, **files: str) -> tuple[int, str]:
        self.repository.stage(**files)
        result = self.repository.run(self.tool, "run", "--all-files", **self.homes)
        return result.returncode, result.stdout


def test_a_good_contract_passes(check: Checked) -> None:
    code, output = check(**{"stages/count.parallel_stage.toml": GOOD, "parallel_stage.toml": GOOD})
    assert (code, "Passed" in output) == (0, True), output


def test_a_bad_contract_fails_and_its_line_is_named(check: Checked) -> None:
    code, output = check(**{"stages/count.parallel_stage.toml": BAD})
    assert code == 1
    assert "stages/count.parallel_stage.toml:4:9" in output
    assert '"filez"' in output


def test_excluded_and_other_files_are_left_alone(check: Checked) -> None:
    code, output = check(
        **{"vendored/parallel_stage.toml": BAD, "my_parallel_stage.toml": BAD, "parallel_stage.toml.orig": BAD}
    )
    assert (code, "Skipped" in output) == (0, True), output


def test_contracts_are_checked_in_every_notation(check: Checked) -> None:
    code, output = check(**{"parallel_stage.json": "{}", "a.parallel_stage.yaml": "x", "b.parallel_stage.yml": "x"})
    assert code == 1
    assert all(name in output for name in ("parallel_stage.json", "a.parallel_stage.yaml", "b.parallel_stage.yml"))


@pytest.mark.parametrize("stem", ["parallel_stage", "a.parallel_stage", "a.b.parallel_stage", "myparallel_stage", ""])
@pytest.mark.parametrize("suffix", [".toml", ".yaml", ".yml", ".json", ".toml.bak", ".TOML", ".txt", ""])
@pytest.mark.parametrize("directory", ["", "x/", "x.parallel_stage.toml/"])
def test_the_hook_matches_the_names_that_a_search_finds(directory: str, stem: str, suffix: str) -> None:
    (hook,) = HOOKS
    by_hook = re.search(hook["files"], directory + stem + suffix)
    assert bool(by_hook) == is_contract_name(stem + suffix)

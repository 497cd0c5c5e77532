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
HOOKS = {hook["id"]: hook for hook in YAML(typ="safe").load(PROJECT / ".pre-commit-hooks.yaml")}
CONFIG = """\
exclude: ^vendored/
repos:
- repo: {path}
  rev: {rev}
  hooks:
  - id: {hook}
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
    return Checked(repository, distribution, SCRIPTS / request.param, homes)


class Checked:
    """A repository, and the framework that runs a hook of the distribution on all its files."""

    def __init__(self, repository: Repository, distribution: Repository, tool: Path, homes: dict[str, str]) -> None:
        self.repository, self.distribution, self.tool, self.homes = repository, distribution, tool, homes

    def __call__(self, *, hook: str = "parallel-stage-check", **files: str) -> tuple[int, str]:
        rev = self.distribution.git("rev-parse", "HEAD")
        config = CONFIG.format(path=self.distribution.path, rev=rev, hook=hook)
        self.repository.write(".pre-commit-config.yaml", config)
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


def test_what_the_configuration_excludes_is_left_alone_though_the_framework_names_it(check: Checked) -> None:
    code, output = check(
        **{"pyproject.toml": '[tool.parallel-stage]\nexclude = ["old/"]\n', "old/parallel_stage.toml": BAD}
    )
    assert (code, "Passed" in output) == (0, True), output


def test_a_contract_is_fixed_and_the_commit_stopped(check: Checked) -> None:
    code, output = check(hook="parallel-stage-fix", **{"parallel_stage.toml": GOOD.replace('"files"', '"file"')})
    assert (code, "files were modified by this hook" in output.lower()) == (1, True), output
    assert check.repository.read("parallel_stage.toml") == GOOD
    assert check(hook="parallel-stage-fix", **{"parallel_stage.toml": GOOD})[0] == 0


def test_a_contract_that_cannot_be_fixed_fails(check: Checked) -> None:
    code, output = check(hook="parallel-stage-fix", **{"parallel_stage.toml": BAD})
    assert code == 1
    assert "parallel_stage.toml:4:9" in output
    assert check.repository.read("parallel_stage.toml") == BAD


def test_pages_are_checked_where_that_is_wanted(check: Checked) -> None:
    page = f"# A page\n\n```toml\n{BAD}```\n"
    assert check(**{"docs/stage.md": page})[0] == 0
    code, output = check(hook="parallel-stage-check-markdown", **{"docs/stage.md": page, "other.md": "nothing\n"})
    assert code == 1
    assert "docs/stage.md:7:9" in output
    assert '"filez"' in output


def test_the_whole_repository_is_checked_when_a_part_of_it_changes(check: Checked) -> None:
    code, output = check(
        hook="parallel-stage-check-all",
        **{"a/parallel_stage.toml": GOOD, "b/parallel_stage.toml": GOOD, "work.py": "pass\n"},
    )
    assert (code, "duplicate-name" in output) == (0, False), output  # a warning, of a hook that passed
    same = GOOD.replace("results/", "../results/")
    code, output = check(
        hook="parallel-stage-check-all", **{"a/parallel_stage.toml": same, "b/parallel_stage.toml": same}
    )
    assert (code, "duplicate-output" in output) == (1, True), output


@pytest.mark.parametrize("name", ["parallel_stage.toml", "a.parallel_stage.json", "b.py", "pyproject.toml", "c/d.py"])
def test_what_a_check_of_all_may_depend_on_starts_it(name: str) -> None:
    assert re.search(HOOKS["parallel-stage-check-all"]["files"], name)
    assert not re.search(HOOKS["parallel-stage-check-all"]["files"], f"{name}.txt")


@pytest.mark.parametrize("hook", ["parallel-stage-check", "parallel-stage-fix"])
@pytest.mark.parametrize("stem", ["parallel_stage", "a.parallel_stage", "a.b.parallel_stage", "myparallel_stage", ""])
@pytest.mark.parametrize("suffix", [".toml", ".yaml", ".yml", ".json", ".toml.bak", ".TOML", ".txt", ""])
@pytest.mark.parametrize("directory", ["", "x/", "x.parallel_stage.toml/"])
def test_the_hook_matches_the_names_that_a_search_finds(directory: str, stem: str, suffix: str, hook: str) -> None:
    by_hook = re.search(HOOKS[hook]["files"], directory + stem + suffix)
    assert bool(by_hook) == is_contract_name(stem + suffix)

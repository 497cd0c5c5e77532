"""hooks/pre-commit, run by real commits."""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
from pathlib import Path

import pytest

import support
from scratch_repository import BAD, GOOD, PROJECT, Repository

CONTRACT = "parallel_stage.toml"
SCRIPTS = sysconfig.get_path("scripts")


def without_command(path: str) -> str:
    """The directories of a PATH in which there is no parallel-stage."""
    return os.pathsep.join(d for d in path.split(os.pathsep) if not (Path(d) / "parallel-stage").exists())


@pytest.fixture
def hooked(repository: Repository, tmp_path: Path) -> Repository:
    """The repository with the hook installed, `parallel-stage` on the PATH, and a temporary directory of its own."""
    shutil.copy2(PROJECT / "hooks/pre-commit", repository.path / ".git/hooks/pre-commit")
    (tmp_path / "tmp").mkdir()
    search_path = SCRIPTS + os.pathsep + repository.env["PATH"]
    return Repository(repository.path, {**repository.env, "PATH": search_path, "TMPDIR": str(tmp_path / "tmp")})


def commit(repository: Repository, **env: str) -> tuple[int, str]:
    result = repository.run("git", "commit", "--quiet", "--message", "a commit", **env)
    assert not list(Path(repository.env["TMPDIR"]).iterdir()), "the hook left its temporary directory"
    return result.returncode, result.stdout


def test_a_good_contract_is_committed(hooked: Repository) -> None:
    hooked.stage(**{CONTRACT: GOOD})
    assert commit(hooked)[0] == 0
    assert hooked.git("show", "HEAD:parallel_stage.toml") == GOOD.strip()


def test_a_bad_contract_is_refused_and_its_line_is_named(hooked: Repository) -> None:
    hooked.stage(**{"deep/er/x.parallel_stage.toml": BAD})
    code, output = commit(hooked)
    assert code != 0
    assert " deep/er/x.parallel_stage.toml:4:9" in output
    assert hooked.run("git", "rev-parse", "--verify", "HEAD").returncode != 0


def test_what_is_staged_counts_not_the_work_tree(hooked: Repository) -> None:
    hooked.stage(**{CONTRACT: BAD})
    hooked.write(CONTRACT, GOOD)
    assert commit(hooked)[0] != 0
    hooked.stage(**{CONTRACT: GOOD})
    hooked.write(CONTRACT, BAD)
    assert commit(hooked)[0] == 0


def test_the_project_starts_where_it_does_in_the_index(hooked: Repository) -> None:
    contract = support.toml(input="../data/*.csv")
    hooked.stage(**{"stages/parallel_stage.toml": contract})
    assert "escapes-project" not in commit(hooked)[1]
    hooked.stage(**{"stages/pyproject.toml": "", "stages/parallel_stage.toml": contract + "\n"})
    assert "escapes-project" in commit(hooked)[1]


def test_only_the_contracts_of_the_commit_are_checked(hooked: Repository) -> None:
    hooked.stage(**{"old.parallel_stage.toml": BAD})
    hooked.git("commit", "--quiet", "--no-verify", "--message", "before there was a hook")
    hooked.stage(**{"new.parallel_stage.toml": GOOD})
    assert commit(hooked)[0] == 0


@pytest.mark.parametrize("stem", ["a b", "a\nb", 'a"b', "-x", "ünï", "a'b", "$HOME"])
def test_any_file_name_is_checked(hooked: Repository, stem: str) -> None:
    hooked.stage(**{f"{stem}.parallel_stage.toml": BAD})
    code, output = commit(hooked)
    assert code != 0
    assert "unknown-value" in output


def test_many_contracts_are_one_check(hooked: Repository) -> None:
    names = [f"dir{i}/{kind}" for i in range(3) for kind in ("parallel_stage.toml", "x.parallel_stage.toml")]
    hooked.stage(**dict.fromkeys(names, BAD))
    code, output = commit(hooked)
    assert code != 0
    assert "6 contracts checked" in output


def test_a_deleted_contract_is_not_looked_for(hooked: Repository) -> None:
    hooked.stage(**{CONTRACT: GOOD})
    commit(hooked)
    hooked.git("rm", "--quiet", CONTRACT)
    assert commit(hooked)[0] == 0


def test_a_commit_of_one_path_checks_that_path(hooked: Repository) -> None:
    hooked.stage(**{CONTRACT: GOOD, "other.parallel_stage.toml": GOOD})
    commit(hooked)
    hooked.write(CONTRACT, BAD)
    assert hooked.run("git", "commit", "--message", "one path", CONTRACT).returncode != 0


def test_a_missing_command_is_reported_clearly_and_only_when_it_matters(hooked: Repository) -> None:
    search_path = without_command(hooked.env["PATH"])
    hooked.stage(README="no contract")
    assert commit(hooked, PATH=search_path)[0] == 0
    hooked.stage(**{CONTRACT: GOOD})
    code, output = commit(hooked, PATH=search_path)
    assert code != 0
    assert "not on the PATH" in output
    assert "pip install parallel-stage" in output


def test_the_function_is_looked_for_in_the_index(hooked: Repository) -> None:
    contract = support.toml(function="stages.work:process")
    hooked.stage(**{CONTRACT: contract})
    assert "function-not-found" in commit(hooked)[1]
    hooked.stage(**{CONTRACT: contract + "\n", "stages/work.py": "def process(path):\n    return {}\n"})
    hooked.write("stages/work.py", "")
    assert "function-" not in commit(hooked)[1]


def test_configurations_and_baselines_are_those_of_the_index(hooked: Repository) -> None:
    known = {"path": CONTRACT, "rule": "unknown-value", "route": ["split"], "value": '"filez"'}
    baseline = {"schema": "agilab.parallel_stage.baseline.v1", "findings": [known]}
    settings = 'baseline = "known.baseline.json"\n'
    hooked.stage(**{CONTRACT: BAD, ".parallel-stage.toml": settings, "known.baseline.json": json.dumps(baseline)})
    hooked.write(".parallel-stage.toml", "")
    code, output = commit(hooked)
    assert code == 0, output


def test_data_is_not_looked_at_whatever_the_configuration_says(hooked: Repository) -> None:
    hooked.stage(**{CONTRACT: support.toml(function="json:dumps", input="data/*.csv"), "data/a.csv": "a\n1\n"})
    hooked.stage(**{".parallel-stage.toml": "check-inputs = true\n"})
    code, output = commit(hooked)
    assert (code, output) == (0, "1 contract checked: no problems\n")


@pytest.mark.parametrize(
    "option", ["--literal-pathspecs", "--glob-pathspecs", "--noglob-pathspecs", "--icase-pathspecs"]
)
def test_git_s_own_options_do_not_change_what_is_checked(hooked: Repository, option: str) -> None:
    hooked.stage(**{f"deep/{CONTRACT}": BAD, "Parallel_Stage.toml": "no contract"})
    refused = hooked.run("git", option, "commit", "--quiet", "--message", "a commit")
    assert refused.returncode != 0
    assert "1 contract checked: 1 error" in refused.stdout


@pytest.mark.parametrize("text", [GOOD, BAD])
@pytest.mark.parametrize("name", ["shared/common.toml", "a b/c\nd.toml", "top.toml"])
def test_a_contract_that_is_a_link_is_checked(hooked: Repository, name: str, text: str) -> None:
    hooked.write(name, text)
    hooked.write("shared/x", "")
    (hooked.path / "shared/link.toml").symlink_to(f"../{name}")
    (hooked.path / "stages").mkdir()
    (hooked.path / f"stages/{CONTRACT}").symlink_to("../shared/link.toml")
    hooked.git("add", "--all")
    hooked.write(name, "")  # what is staged counts
    code, output = commit(hooked)
    assert ("unreadable" in output, code == 0) == (False, text == GOOD)


def test_a_link_that_leads_nowhere_is_reported(hooked: Repository) -> None:
    for number, target in enumerate(["nothing.toml", f"{CONTRACT}", "../../outside.toml", "/etc/hostname"]):
        (hooked.path / str(number)).mkdir()
        (hooked.path / f"{number}/{CONTRACT}").symlink_to(target)
    hooked.git("add", "--all")
    code, output = commit(hooked)
    assert code != 0
    assert output.count("error[unreadable]") >= 3


@pytest.mark.parametrize("suffix", ["pyi", "pyx", "cpython-39-x86_64-linux-gnu.so"])
def test_a_module_in_another_form_is_seen(hooked: Repository, suffix: str) -> None:
    hooked.stage(**{CONTRACT: support.toml(function="fast:f"), f"fast.{suffix}": ""})
    code, output = commit(hooked)
    assert (code, output) == (0, "1 contract checked: no problems\n")


def test_from_a_directory_of_the_repository_and_in_a_work_tree_of_it(hooked: Repository) -> None:
    hooked.stage(**{CONTRACT: GOOD, "deep/x": ""})
    assert commit(hooked)[0] == 0
    hooked.git("worktree", "add", "--quiet", "../tree")
    hooked.stage(**{f"deep/{CONTRACT}": BAD})
    assert hooked.run("git", "-C", "deep", "commit", "--quiet", "--message", "x").returncode != 0
    tree = Repository(hooked.path.parent / "tree", hooked.env)
    tree.stage(**{f"deep/{CONTRACT}": BAD})
    code, output = commit(tree)
    assert (code != 0, "unknown-value" in output) == (True, True)

"""The GitHub action and the GitLab template: valid by their own schemas, and their scripts run as CI runs them."""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from parallel_stage.version import __version__
from scratch_repository import BAD, GOOD, PROJECT, Repository

pytestmark = pytest.mark.xdist_group("hooks")

ACTION = "hooks/github/action.yml"
TEMPLATE = "hooks/gitlab/parallel-stage.yml"
SCRIPTS = Path(sysconfig.get_path("scripts"))
EXPRESSION = re.compile(r"\$\{\{ (\S+) \}\}")


def document(name: str) -> Any:
    return YAML(typ="safe").load(PROJECT / name)


@dataclass(frozen=True)
class Runner:
    """What GitHub's runner does with the shell steps of the action: expressions, environments, bash."""

    action: Path
    temporary: Path

    def step(self, name: str, repository: Repository, *, base: str = "", **inputs: str) -> tuple[int, str]:
        defaults = {key: value["default"] for key, value in document(ACTION)["inputs"].items()}
        context = {
            "github.action_path": str(self.action),
            "steps.python.outputs.python-path": sys.executable,
            **{f"steps.install.outputs.{key}": value for key, value in self.outputs().items()},
            **{f"inputs.{key}": value for key, value in {**defaults, **inputs}.items()},
        }
        step = next(step for step in document(ACTION)["runs"]["steps"] if step.get("name") == name)
        assert "${{" not in step["run"], "an expression inside a script lets its value be part of the script"
        env = {key: EXPRESSION.sub(lambda found: context[found[1]], value) for key, value in step["env"].items()}
        script = self.temporary / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        bash = ("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script))
        job = {"GITHUB_WORKSPACE": str(repository.path), "GITHUB_BASE_REF": base}
        result = repository.run(*bash, **job, **self.environment(), **env)
        return result.returncode, result.stdout

    def environment(self) -> dict[str, str]:
        """The runner's own variables; no step gives the next ones variables of its own."""
        file = self.temporary / "github_output"
        return {"GITHUB_OUTPUT": str(file), "RUNNER_TEMP": str(self.temporary), "RUNNER_OS": "Linux"}

    def outputs(self) -> dict[str, str]:
        """What the step that installs has put out."""
        file = self.temporary / "github_output"
        written = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return dict(line.split("=", 1) for line in written)


@pytest.fixture(scope="module")
def runner(distribution: Repository, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner on which the action's package is installed from the clone of this project."""
    ready = Runner((distribution.path / ACTION).parent, tmp_path_factory.mktemp("runner"))
    code, output = ready.step("Install parallel-stage", distribution)
    assert code == 0, output
    return ready


@pytest.mark.parametrize(("schema", "name"), [("vendor.github-actions", ACTION), ("vendor.gitlab-ci", TEMPLATE)])
def test_the_definition_is_valid(repository: Repository, schema: str, name: str) -> None:
    result = repository.run(SCRIPTS / "check-jsonschema", "--builtin-schema", schema, PROJECT / name)
    assert result.returncode == 0, result.stdout


def test_the_action_passes_good_contracts(runner: Runner, repository: Repository) -> None:
    repository.write("a b/parallel_stage.toml", GOOD)
    code, output = runner.step("Check", repository)
    assert code == 0, output


def test_the_action_fails_and_marks_the_findings(runner: Runner, repository: Repository) -> None:
    repository.write("stages/parallel_stage.toml", BAD)
    code, output = runner.step("Check", repository)
    assert code == 1
    (annotation,) = re.findall(r"^::error file=stages/parallel_stage\.toml,line=4,.+$", output, re.MULTILINE)
    assert ",col=9," in annotation
    assert ",title=unknown-value (parallel-stage)::" in annotation
    assert "::" not in output.replace(annotation, "")


def test_the_action_checks_the_paths_it_is_given(runner: Runner, repository: Repository) -> None:
    for name, text in {"a b": GOOD, "c": BAD, "$(exit 3)": GOOD}.items():
        repository.write(f"{name}/parallel_stage.toml", text)
    assert runner.step("Check", repository, paths="a b\n$(exit 3)\n")[0] == 0
    assert runner.step("Check", repository, paths="a b\n\nc")[0] == 1


def test_the_action_writes_sarif_too(runner: Runner, repository: Repository) -> None:
    repository.write("parallel_stage.toml", BAD)
    code, output = runner.step("Check", repository, format="concise", sarif="results/parallel-stage.sarif")
    assert (code, output[:26]) == (1, "parallel_stage.toml:4:9: e")
    (run,) = json.loads((repository.path / "results/parallel-stage.sarif").read_text(encoding="utf-8"))["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["unknown-value"]
    repository.write("parallel_stage.toml", GOOD)
    assert runner.step("Check", repository, sarif="results/parallel-stage.sarif") == (0, "")


def test_the_action_fails_where_its_sarif_cannot_be_written(runner: Runner, repository: Repository) -> None:
    repository.write("parallel_stage.toml", GOOD)
    code, output = runner.step("Check", repository, sarif="parallel_stage.toml/a.sarif")
    assert code != 0
    assert "parallel_stage.toml/a.sarif cannot be written" in output


def test_the_action_says_what_follows_from_a_pull_request(runner: Runner, repository: Repository) -> None:
    request_changes(repository)
    code, output = runner.step("Check", repository, base="main", against="base", sarif="a.sarif")
    assert code == 0, output
    assert output.splitlines()[0] == "against base: 1 contract differs, 0 new, 0 gone"
    assert output.splitlines()[1].startswith("::notice file=parallel_stage.toml,line=11,")
    assert "only-execution-changes" in output
    assert "only-execution-changes" in repository.read("a.sarif")
    assert runner.step("Check", repository, against="base") == (0, "")  # the job of a push
    assert "and was " in runner.step("Check", repository, against="HEAD~1")[1]


def test_the_action_says_that_a_clone_is_shallow(runner: Runner, repository: Repository) -> None:
    request_changes(repository)
    repository.git("update-ref", "-d", "refs/remotes/origin/main")
    code, output = runner.step("Check", repository, base="main", against="base")
    assert code == 2
    assert "has no revision refs/remotes/origin/main" in output


def request_changes(repository: Repository) -> None:
    """Commit a contract, as the base, and a change of it."""
    repository.stage(**{"parallel_stage.toml": GOOD})
    repository.git("commit", "--quiet", "--message", "base")
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repository.stage(**{"parallel_stage.toml": GOOD.replace('"pool"', '"dask"')})
    repository.git("commit", "--quiet", "--message", "change")


def run_job(runner: Runner, repository: Repository, **variables: str) -> tuple[int, str]:
    """The GitLab job's script, as its runner joins it, where the package that it installs is there already."""
    job = document(TEMPLATE)["parallel-stage"]
    image = Path(runner.outputs()["command"]).parent
    search_path = f"{image}{os.pathsep}{repository.env['PATH']}"
    script = "\n".join(["set -eo pipefail", *job["script"]])
    service = {"CI_PROJECT_DIR": str(repository.path), "PATH": search_path}
    result = repository.run("bash", "-c", script, **{**job["variables"], **variables}, **service)
    return result.returncode, result.stdout


def test_the_gitlab_job_reports_and_fails(runner: Runner, repository: Repository) -> None:
    repository.write("stages/parallel_stage.toml", GOOD)
    code, log = run_job(runner, repository)
    assert code == 0, log
    repository.write("stages/parallel_stage.toml", BAD)
    code, log = run_job(runner, repository)
    assert code == 1
    assert "stages/parallel_stage.toml:4:9" in log
    artifact = document(TEMPLATE)["parallel-stage"]["artifacts"]["reports"]["codequality"]
    (issue,) = json.loads((repository.path / artifact).read_text(encoding="utf-8"))
    assert (issue["check_name"], issue["location"]["path"]) == ("unknown-value", "stages/parallel_stage.toml")


def test_the_gitlab_job_says_what_follows_from_a_merge_request(runner: Runner, repository: Repository) -> None:
    request_changes(repository)
    base = repository.git("rev-parse", "HEAD~1")
    against = {"PARALLEL_STAGE_AGAINST": "base"}
    code, log = run_job(runner, repository, **against, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert code == 0, log
    assert "info[only-execution-changes]" in log
    assert "and was " in log
    assert "only-execution-changes" in repository.read("gl-code-quality-report.json")
    assert "differ" not in run_job(runner, repository, **against)[1]  # the pipeline of a branch


@pytest.fixture
def poisoned(repository: Repository) -> Path:
    """What exists as soon as something of the repository is executed: it has modules that venv and pip import."""
    executed = repository.path.parent / "executed"
    for name in sorted({*sys.stdlib_module_names, "sitecustomize", "usercustomize", "pip", "setuptools", "click"}):
        text = f"open({str(executed)!r}, 'a').write(__name__ + '\\n')\ndef dumps(item):\n    return item\n"
        repository.write(f"{name}.py", text)
    repository.write("parallel_stage.toml", GOOD)
    return executed


def test_the_action_executes_nothing_of_the_repository(
    distribution: Repository, repository: Repository, poisoned: Path, tmp_path: Path
) -> None:
    fresh = Runner((distribution.path / ACTION).parent, tmp_path)
    assert fresh.step("Install parallel-stage", repository)[0] == 0
    assert fresh.step("Check", repository)[0] == 0
    assert not poisoned.exists(), poisoned.read_text()


def test_the_gitlab_job_executes_nothing_of_the_repository(
    runner: Runner, repository: Repository, poisoned: Path
) -> None:
    code, log = run_job(runner, repository)
    assert code == 0, log
    assert not poisoned.exists(), poisoned.read_text()


@pytest.mark.parametrize("name", [TEMPLATE, "hooks/README.md"])
def test_the_pages_name_this_version(name: str) -> None:
    page = (PROJECT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:\bv|==)(\d+\.\d+\.\d+)", page)) == {__version__}

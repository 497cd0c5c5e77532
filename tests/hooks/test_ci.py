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

from scratch_repository import BAD, GOOD, PROJECT, Repository

pytestmark = pytest.mark.xdist_group("hooks")

ACTION = "hooks/github/action.yml"
TEMPLATE = "hooks/gitlab/parallel-stage.yml"
MATCHER = "hooks/github/problem-matcher.json"
SCRIPTS = Path(sysconfig.get_path("scripts"))
EXPRESSION = re.compile(r"\$\{\{ (\S+) \}\}")


def document(name: str) -> Any:
    return YAML(typ="safe").load(PROJECT / name)


@dataclass(frozen=True)
class Runner:
    """What GitHub's runner does with the shell steps of the action: expressions, environments, bash."""

    action: Path
    temporary: Path

    def step(self, name: str, repository: Repository, **inputs: str) -> tuple[int, str]:
        defaults = {key: value["default"] for key, value in document(ACTION)["inputs"].items()}
        context = {
            "github.action_path": str(self.action),
            "steps.python.outputs.python-path": sys.executable,
            **{f"inputs.{key}": value for key, value in {**defaults, **inputs}.items()},
        }
        step = next(step for step in document(ACTION)["runs"]["steps"] if step.get("name") == name)
        assert "${{" not in step["run"], "an expression inside a script lets its value be part of the script"
        env = {key: EXPRESSION.sub(lambda found: context[found[1]], value) for key, value in step["env"].items()}
        script = self.temporary / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        bash = ("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script))
        result = repository.run(*bash, **self.environment(), **env)
        return result.returncode, result.stdout

    def environment(self) -> dict[str, str]:
        """What earlier steps wrote to GITHUB_ENV, and the runner's own variables."""
        file = self.temporary / "github_env"
        written = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        own = {"GITHUB_ENV": str(file), "RUNNER_TEMP": str(self.temporary), "RUNNER_OS": "Linux"}
        return own | dict(line.split("=", 1) for line in written)


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


def test_the_action_fails_and_its_matcher_reads_the_findings(runner: Runner, repository: Repository) -> None:
    repository.write("stages/parallel_stage.toml", BAD)
    code, output = runner.step("Check", repository)
    assert code == 1
    registered = re.match(r"::add-matcher::(.+)\n", output)
    assert registered
    (pattern,) = json.loads(Path(registered[1]).read_text(encoding="utf-8"))["problemMatcher"][0]["pattern"]
    (found,) = re.finditer(pattern["regexp"], output, re.MULTILINE)
    assert {key: found[pattern[key]] for key in ("file", "line", "column", "severity", "code")} == {
        "file": "stages/parallel_stage.toml",
        "line": "4",
        "column": "9",
        "severity": "error",
        "code": "unknown-value",
    }


def test_the_action_checks_the_paths_it_is_given(runner: Runner, repository: Repository) -> None:
    for name, text in {"a b": GOOD, "c": BAD, "$(exit 3)": GOOD}.items():
        repository.write(f"{name}/parallel_stage.toml", text)
    assert runner.step("Check", repository, paths="a b\n$(exit 3)\n")[0] == 0
    assert runner.step("Check", repository, paths="a b\n\nc")[0] == 1


def test_the_action_writes_a_report_and_still_fails(runner: Runner, repository: Repository) -> None:
    repository.write("parallel_stage.toml", BAD)
    code, _ = runner.step("Check", repository, format="json", report="report.json")
    assert code == 1
    report = json.loads((repository.path / "report.json").read_text(encoding="utf-8"))
    assert report["summary"]["error_count"] == 1


def run_job(runner: Runner, repository: Repository) -> tuple[int, str]:
    """The GitLab job's script, as its runner joins it, where the package that it installs is there already."""
    job = document(TEMPLATE)["parallel-stage"]
    image = Path(runner.environment()["PARALLEL_STAGE"]).parent
    search_path = f"{image}{os.pathsep}{repository.env['PATH']}"
    script = "\n".join(["set -eo pipefail", *job["script"]])
    result = repository.run("bash", "-c", script, **job["variables"], PATH=search_path)
    return result.returncode, result.stdout


def test_the_gitlab_job_reports_and_fails(runner: Runner, repository: Repository) -> None:
    repository.write("stages/parallel_stage.toml", GOOD)
    code, log = run_job(runner, repository)
    assert code == 0, log
    repository.write("stages/parallel_stage.toml", BAD)
    code, log = run_job(runner, repository)
    assert code == 1
    assert "stages/parallel_stage.toml:4:9" in log
    (artifact,) = document(TEMPLATE)["parallel-stage"]["artifacts"]["paths"]
    assert json.loads((repository.path / artifact).read_text(encoding="utf-8"))["status"] == "fail"


@pytest.mark.parametrize("name", [TEMPLATE, "hooks/README.md"])
def test_the_pages_name_this_version(name: str) -> None:
    version = re.search(r'^version = "(.+)"$', (PROJECT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version
    page = (PROJECT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:\bv|==)(\d+\.\d+\.\d+)", page)) == {version[1]}

"""AGILAB takes the app that we write, and its snippet, and runs it: the project, the work plan, the worker."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agi_env.source import snippet_contract
from agilab.workflow.snippet_registry import discover_pipeline_snippets

from agilab_project import CONTRACT, RESULT

if TYPE_CHECKING:
    from agilab_project import Project

APP = "apps/counts_project"


def test_the_snippet_passes_agilabs_gates(project: Project) -> None:
    project.parallel_stage("export", "orchestrate", CONTRACT, "--output", APP)
    snippet = project.path / APP / "AGI_run.py"
    code = snippet.read_text()
    assert snippet_contract.is_generated_agi_snippet(code)
    assert snippet_contract.is_supported_snippet_api(code)
    found = discover_pipeline_snippets(stages_file=snippet.with_name("lab_stages.toml"), app_name="counts_project")
    assert (list(found.paths()), found.stale_snippets) == ([snippet.resolve()], ())


def test_agilab_runs_the_app(project: Project) -> None:
    project.parallel_stage("export", "orchestrate", CONTRACT, "--output", APP)
    # What AGI.install makes of the app: here, its worker has the environment of these tests.
    worker = project.path / "home/wenv/counts_worker"
    worker.mkdir(parents=True)
    (worker / ".venv").symlink_to(sys.prefix)
    source = project.path / APP / "src/counts_worker/pyproject.toml"
    (worker / "pyproject.toml").write_text(source.read_text())
    printed = project.python(f"{APP}/AGI_run.py", PATH=os.pathsep.join([f"{sys.prefix}/bin", os.environ["PATH"]]))
    assert project.result() == RESULT
    assert printed.splitlines()[-1] == str(Path(project.path, "results/counts.jsonl"))

"""AGILAB's workflow tools accept, and run, the stages that we write."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import tomli
from agilab.pipeline import pipeline_runtime
from agilab.pipeline.pipeline_stages import is_runnable_stage
from agilab.workflow.lab_stages_contract import is_displayable_stage

from agilab_project import CONTRACT, RESULT

if TYPE_CHECKING:
    from agilab_project import Project

STAGES = "count_project/lab_stages.toml"
THEIRS = """\
[__meta__]
schema = "agilab.lab_stages.v1"
version = 1

[[count]]
id = "fetch"
Q = "Fetch the data"  # by hand
C = '''
print("fetched")
'''
produces = ["../data/a.csv"]
"""


def validate(project: Project) -> dict[str, object]:
    code, out = project.agilab("workflow", "validate", STAGES, "--require-metadata", "--strict", "--json")
    assert code == 0, out
    report: dict[str, object] = json.loads(out)
    return report


def test_a_new_workflow(project: Project) -> None:
    (project.path / "count_project").mkdir()
    project.parallel_stage("export", "workflow-stage", CONTRACT, "--output", STAGES)
    report = validate(project)
    assert (report["status"], report["issues"]) == ("pass", [])
    (stage,) = tomli.loads((project.path / STAGES).read_text())["count"]
    assert is_runnable_stage(stage)
    assert is_displayable_stage(stage)


def test_a_workflow_that_is_there(project: Project) -> None:
    (project.path / "count_project").mkdir()
    (project.path / STAGES).write_text(THEIRS)
    project.parallel_stage("export", "workflow-stage", CONTRACT, "--output", STAGES)
    assert (project.path / STAGES).read_text().startswith(THEIRS)
    report = validate(project)
    artifact = {"artifact": "../data/*.csv", "kind": "external_input", "stage_id": "counts"}
    assert report["dependency_edges"] == [{"kind": "depends_on", "source": "fetch", "target": "counts"}]
    assert artifact in report["external_inputs"]  # type: ignore[operator]


def test_the_stage_runs_as_agilab_runs_it(project: Project) -> None:
    directory = project.path / "count_project"
    directory.mkdir()
    project.parallel_stage("export", "workflow-stage", CONTRACT, "--output", STAGES)
    (stage,) = tomli.loads((project.path / STAGES).read_text())["count"]
    # As WORKFLOW does it: the code as a script, in the directory of lab_stages.toml, by the interpreter of the stage.
    script = directory / "AGI_run.py"
    script.write_text(pipeline_runtime.wrap_code_with_mlflow_resume(stage["C"]))
    python = pipeline_runtime.python_for_stage(None, engine=stage["R"], code=stage["C"])
    assert shutil.which(str(python)) == sys.executable
    subprocess.run([str(python), str(script)], cwd=directory, check=True, capture_output=True)
    assert project.result() == RESULT

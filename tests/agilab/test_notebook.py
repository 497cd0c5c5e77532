"""AGILAB imports our notebooks, its helper runs them, and its own exporter makes the same of our stages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import tomli
import tomli_w
from agilab.notebooks import notebook_export_support as exporter
from agilab.notebooks import notebook_helper_cell, notebook_pipeline_import
from nbclient import NotebookClient

from agilab_project import CONTRACT, RESULT

if TYPE_CHECKING:
    from agilab_project import Project

NOTEBOOK = "count_project/counts.ipynb"
STAGES = "count_project/lab_stages.toml"


@pytest.fixture
def notebook(project: Project, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The notebook of the project's contract; the current directory is its own."""
    (project.path / "count_project").mkdir()
    project.parallel_stage("export", "notebook", CONTRACT, "--output", NOTEBOOK)
    monkeypatch.chdir(project.path / "count_project")
    found: dict[str, Any] = json.loads((project.path / NOTEBOOK).read_text())
    return found


def imported(notebook: dict[str, Any]) -> dict[str, Any]:
    """The stage that AGILAB makes of a notebook with one."""
    found = notebook_pipeline_import.build_notebook_pipeline_import(notebook=notebook, source_notebook="counts.ipynb")
    assert notebook_pipeline_import.build_notebook_import_preflight(found)["status"] == "ready"
    (stage,) = notebook_pipeline_import.build_lab_stages_preview(found, module_name=found["module_key"])["count"]
    return dict(stage)


def test_it_is_a_notebook_that_runs(project: Project, notebook: dict[str, Any]) -> None:
    document = nbformat.reads(json.dumps(notebook), as_version=4)
    nbformat.validate(document)
    NotebookClient(document, resources={"metadata": {"path": str(project.path / "count_project")}}).execute()
    assert project.result() == RESULT


def test_agilab_imports_the_stage(project: Project, notebook: dict[str, Any]) -> None:
    project.parallel_stage("export", "workflow-stage", CONTRACT, "--output", STAGES)
    (ours,) = tomli.loads((project.path / STAGES).read_text())["count"]
    stage = imported(notebook)
    kept = {name for name in ours if stage.get(name) == ours[name]}
    # Empty values are left out there, and so are the keys that AGILAB's notebooks do not have.
    assert set(ours) - kept == {"E", "depends_on", "consumes", "contract"}
    (project.path / STAGES).write_text(
        tomli_w.dumps({"__meta__": {"schema": "agilab.lab_stages.v1", "version": 1}, "count": [stage]})
    )
    code, out = project.agilab("workflow", "validate", STAGES, "--require-metadata", "--strict")
    assert code == 0, out
    assert "there: " in project.parallel_stage("import", STAGES)


def test_agilabs_helper_validates_and_runs_it(project: Project, notebook: dict[str, Any]) -> None:
    helper: dict[str, Any] = {}
    exec(notebook_helper_cell._helper_cell(notebook["metadata"]["agilab"]), helper)  # noqa: S102 -- as the cell does
    assert helper["validate_agilab_export"]()["ok"]
    assert helper["run_agilab_stage"](0).returncode == 0
    assert project.result() == RESULT


def test_agilabs_exporter_makes_the_same_of_our_stage(project: Project, notebook: dict[str, Any]) -> None:
    project.parallel_stage("export", "workflow-stage", CONTRACT, "--output", STAGES)
    context = exporter.NotebookExportContext(
        project_name="count_project", module_path="count", artifact_dir=str(Path.cwd())
    )
    theirs = exporter.build_notebook_document(
        tomli.loads((project.path / STAGES).read_text()), project.path / STAGES, export_context=context
    )
    (stage,), (ours,) = (each["metadata"]["agilab"]["stages"] for each in (theirs, notebook))
    own = {
        "source_stage_fingerprint",
        "notebook_import",
    }  # what AGILAB tells stages without an id, and imported ones by
    assert {name: value for name, value in stage.items() if name not in own} == {
        name: ours[name] for name in stage if name not in own
    }
    assert imported(theirs)["C"] == imported(notebook)["C"]
    helper: dict[str, Any] = {}
    exec("".join(theirs["cells"][1]["source"]), helper)  # noqa: S102 -- as the notebook does
    assert helper["run_agilab_pipeline"]()[0].returncode == 0
    assert project.result() == RESULT
    (project.path / NOTEBOOK).write_text(json.dumps(theirs))
    assert "there: " in project.parallel_stage("import", NOTEBOOK)

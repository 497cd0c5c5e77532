"""AGILAB's evidence tools read the manifest of our runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from agilab.evidence import run_manifest

if TYPE_CHECKING:
    from agilab_project import Project


def test_a_run_that_succeeded_is_to_be_promoted(project: Project) -> None:
    project.parallel_stage("run", "counts.parallel_stage.toml")
    manifest = project.manifest()
    for command in ("verify", "policy-check"):
        code, out = project.agilab(command, manifest, "--strict", "--json")
        assert (code, json.loads(out)["status"]) == (0, "pass"), out
    code, out = project.agilab("promotion-dossier", manifest, "--output-dir", "dossier", "--strict")
    assert (code, "promotion dossier: promote" in out) == (0, True), out
    code, out = project.agilab("prove", manifest, "--output-dir", "proof", "--export", "counts.agipack")
    assert code == 0, out
    code, out = project.agilab("verify", "counts.agipack", "--strict")
    assert code == 0, out


def test_the_loader_keeps_the_digests(project: Project) -> None:
    project.parallel_stage("run", "counts.parallel_stage.toml")
    path = Path(project.manifest())
    loaded = run_manifest.load_run_manifest(path)
    written = json.loads(path.read_text())
    assert [each.sha256 for each in loaded.artifacts] == [each.get("sha256", "") for each in written["artifacts"]]
    assert any(each.sha256 for each in loaded.artifacts)
    assert run_manifest.manifest_passed(loaded)


def test_a_run_that_failed_is_not(project: Project) -> None:
    (project.path / "counting.py").write_text("def work(path):\n    raise ValueError('no')\n")
    with pytest.raises(Exception, match="exit status 5"):
        project.parallel_stage("run", "counts.parallel_stage.toml")
    for command in (["verify"], ["policy-check"], ["promotion-dossier", "--output-dir", "dossier"]):
        code, out = project.agilab(command[0], project.manifest(), *command[1:], "--strict")
        assert code != 0, (command, out)


def test_agilab_sees_a_lost_result_and_ours_sees_a_changed_one_too(project: Project) -> None:
    project.parallel_stage("run", "counts.parallel_stage.toml")
    result = project.path / "results/counts.jsonl"
    result.write_text(project.result() + "{}\n")
    assert project.agilab("verify", project.manifest(), "--strict")[0] == 0
    with pytest.raises(Exception, match="exit status 10"):
        project.parallel_stage("runs", "verify")
    result.unlink()
    assert project.agilab("verify", project.manifest(), "--strict")[0] != 0

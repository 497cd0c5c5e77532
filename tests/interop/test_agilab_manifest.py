from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.interop import agilab_manifest
from parallel_stage.run.storage.digest import measure

if TYPE_CHECKING:
    from pathlib import Path

RESULT = hashlib.sha256(b"[]").hexdigest()


def run_document(directory: Path, **changes: Any) -> dict[str, Any]:
    """A run.v1 document with what AGILAB's form needs of it."""
    return {
        "run_id": "20260131T120000Z-1a2b3c",
        "directory": str(directory),
        "name": "delays",
        "status": "done",
        "contract": {"path": str(directory / "parallel_stage.toml")},
        "ran": {"root": str(directory)},
        "partitions": {"planned": 3, "done": 3, "failed": 0, "not_run": 0},
        "result": {"path": str(directory / "result.json"), "bytes": 2, "digest": RESULT},
        "timing": {
            "started_at": "2026-01-31T12:00:00+00:00",
            "finished_at": "2026-01-31T12:00:02+00:00",
            "seconds": 2.0,
        },
        "environment": {"python": "3.11.7", "platform": "Linux"},
        "validations": [],
        **changes,
    }


def load(payload: dict[str, Any]) -> dict[str, Any]:
    """Read a manifest as AGILAB does: its checks, its fields, its types."""
    assert int(payload["schema_version"]) == 1
    assert payload["kind"] == "agilab.run_manifest"
    assert payload["status"] in {"pass", "fail", "unknown"}
    kinds = {"command": dict, "environment": dict, "timing": dict, "artifacts": list, "validations": list}
    assert all(isinstance(payload[name], kind) for name, kind in kinds.items())
    assert all(isinstance(payload[name], str) for name in ("run_id", "path_id", "label", "created_at"))
    assert set(payload["command"]) == {"label", "argv", "cwd", "env_overrides"}
    fields = {"python_version", "python_executable", "platform", "repo_root", "active_app", "app_name"}
    assert set(payload["environment"]) == fields
    assert set(payload["timing"]) == {"started_at", "finished_at", "duration_seconds", "target_seconds"}
    for artifact in payload["artifacts"]:
        is_file = artifact["exists"] and artifact["kind"] == "file"
        assert set(artifact) == {"name", "path", "kind", "exists", "size_bytes"} | ({"sha256"} if is_file else set())
        assert not is_file or re.fullmatch(r"[0-9a-fA-F]{64}", artifact["sha256"])
        assert isinstance(artifact["exists"], bool)
    for validation in payload["validations"]:
        assert set(validation) == {"label", "status", "summary", "details"}
    return payload


def passed(payload: dict[str, Any]) -> bool:
    """Whether AGILAB counts the run as passed."""
    states = [validation["status"] for validation in payload["validations"]]
    return payload["status"] == "pass" and bool(states) and set(states) == {"pass"}


def test_a_run_that_succeeded(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("[]")
    (tmp_path / "ledger.jsonl").write_text("{}\n")
    files = {name: tmp_path / name for name in ("plan.json", "ledger.jsonl")} | {"result": tmp_path / "result.json"}
    document = load(
        agilab_manifest.document(run_document(tmp_path), files, measure, ("parallel-stage", "run"), "/work")
    )
    assert passed(document)
    assert document["command"]["argv"] == ["parallel-stage", "run"]
    assert document["timing"]["duration_seconds"] == 2.0
    plan, ledger, result = document["artifacts"]
    assert (plan["kind"], plan["exists"], plan["size_bytes"]) == ("file", False, None)
    assert (result["kind"], result["exists"], result["size_bytes"]) == ("file", True, 2)
    assert (ledger["size_bytes"], ledger["sha256"]) == (3, hashlib.sha256(b"{}\n").hexdigest())
    assert result["sha256"] == RESULT
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize(("status", "theirs"), [("failed", "fail"), ("interrupted", "unknown")])
def test_a_run_that_did_not(tmp_path: Path, status: str, theirs: str) -> None:
    partitions = {"planned": 3, "done": 1, "failed": 1, "not_run": 1}
    run = run_document(tmp_path, status=status, result=None, partitions=partitions)
    document = load(agilab_manifest.document(run, {}, measure, (), "/work"))
    assert document["status"] == theirs
    assert not passed(document)
    assert [validation["status"] for validation in document["validations"]] == ["fail", "fail"]
    assert document["validations"][0]["summary"] == "Partitions: 1 done, 1 failed, 1 not run, 3 planned"


def test_a_directory_of_parts(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    run = run_document(tmp_path, result={"path": str(tmp_path / "parts"), "bytes": 0, "digest": RESULT})
    artifact = load(agilab_manifest.document(run, {"result": tmp_path / "parts"}, measure, (), "/work"))["artifacts"][
        -1
    ]
    assert (artifact["kind"], artifact["exists"], artifact["size_bytes"]) == ("directory", True, None)

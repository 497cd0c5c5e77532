"""`run_manifest.json`: a run in the form that AGILAB's evidence tools read.

Fields and values: AGILAB, src/agilab/evidence/run_manifest.py, schema version 1.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA_VERSION = 1
KIND = "agilab.run_manifest"
_STATUS = {"done": "pass", "failed": "fail", "interrupted": "unknown"}


def document(run: Mapping[str, Any], argv: Sequence[str], working_directory: str) -> dict[str, Any]:
    """Return AGILAB's run manifest of a run.

    Args:
        run: The `agilab.parallel_stage.run.v1` document.
        argv: The command line; empty for a run through the API.
        working_directory: The directory where the command was started.

    Returns:
        A document with AGILAB's fields; its status is `pass`, `fail`, or `unknown` for an interrupted run.
    """
    timing = run["timing"]
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "run_id": run["run_id"],
        "path_id": "parallel-stage",
        "label": f"Parallel stage {run['name']}",
        "status": _STATUS[run["status"]],
        "command": {
            "label": "parallel-stage run",
            "argv": list(argv),
            "cwd": working_directory,
            "env_overrides": {},
        },
        "environment": {
            "python_version": run["environment"]["python"],
            "python_executable": sys.executable,
            "platform": run["environment"]["platform"],
            "repo_root": run["ran"]["root"],
            "active_app": os.path.dirname(run["contract"]["path"]),
            "app_name": run["name"],
        },
        "timing": {
            "started_at": timing["started_at"],
            "finished_at": timing["finished_at"],
            "duration_seconds": timing["seconds"],
            "target_seconds": None,
        },
        "artifacts": [_artifact(name, path) for name, path in _files(run)],
        "validations": [_validation(run, *each) for each in _checks(run)],
        "created_at": timing["finished_at"],
    }


def _files(run: Mapping[str, Any]) -> list[tuple[str, Path]]:
    directory = Path(run["directory"])
    names = ("manifest.json", "plan.json", "ledger.jsonl")
    files = [("contract", Path(run["contract"]["path"])), *((name, directory / name) for name in names)]
    return [*files, ("result", Path(run["result"]["path"]))] if run["result"] else files


def _artifact(name: str, path: Path) -> dict[str, Any]:
    exists = path.exists()
    return {
        "name": name,
        "path": str(path),
        "kind": "directory" if path.is_dir() else "file",
        "exists": exists,
        "size_bytes": path.stat().st_size if path.is_file() else None,
    }


def _checks(run: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
    partitions = run["partitions"]
    counts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in sorted(partitions.items()))
    complete = not partitions["failed"] and not partitions["not_run"]
    placed = f"written to {run['result']['path']}" if run["result"] else "not written"
    return [
        ("partitions", complete, f"Partitions: {counts}"),
        ("result", run["result"] is not None, f"The result was {placed}"),
    ]


def _validation(run: Mapping[str, Any], label: str, passed: bool, summary: str) -> dict[str, Any]:  # noqa: FBT001
    details = dict(run["partitions"]) if label == "partitions" else dict(run["result"] or {})
    return {"label": label, "status": "pass" if passed else "fail", "summary": summary, "details": details}

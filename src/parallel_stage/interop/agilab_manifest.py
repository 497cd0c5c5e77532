"""`run_manifest.json`: a run in the form that AGILAB's evidence tools read.

Fields and values: AGILAB, src/agilab/evidence/run_manifest.py, schema version 1.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SCHEMA_VERSION = 1
KIND = "agilab.run_manifest"
_STATUS = {"done": "pass", "partial": "fail", "failed": "fail", "interrupted": "unknown"}


def document(
    run: Mapping[str, Any],
    files: Mapping[str, Path],
    measure: Callable[[Path], tuple[int, str]],
    argv: Sequence[str],
    working_directory: str,
) -> dict[str, Any]:
    """Return AGILAB's run manifest of a run.

    Args:
        run: The `agilab.parallel_stage.run.v1` document.
        files: The files, or directories, that are evidence of the run, by their names.
        measure: Returns the size and the SHA-256 of one of the files.
        argv: The command line; empty for a run through the API.
        working_directory: The directory where the command was started.

    Returns:
        A document with AGILAB's fields; its status is `pass`, `fail` (also where failures were tolerated), or
        `unknown` for an interrupted run.
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
        "artifacts": [artifact(name, path, measure) for name, path in files.items()],
        "validations": [
            *(_validation(run, *each) for each in _checks(run)),
            *map(_earlier, run["validations"]),
        ],
        "created_at": timing["finished_at"],
    }


def artifact(name: str, path: Path, measure: Callable[[Path], tuple[int, str]]) -> dict[str, Any]:
    """Return a file or directory as AGILAB describes it: a directory has neither size nor `sha256`.

    Args:
        name: What it is.
        path: Where it is.
        measure: Returns the size and the SHA-256 of a file that is there.
    """
    found: dict[str, Any] = {
        "name": name,
        "path": str(path),
        "kind": "directory" if path.is_dir() else "file",
        "exists": path.exists(),
        "size_bytes": None,
    }
    if path.is_file():
        found["size_bytes"], found["sha256"] = measure(path)
    return found


def _checks(run: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
    partitions = run["partitions"]
    counts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in sorted(partitions.items()))
    complete = not partitions["failed"] and not partitions["not_run"]
    placed = f"written to {run['result']['path']}" if run["result"] else "not written"
    return [
        ("partitions", complete, f"Partitions: {counts}"),
        ("result", run["result"] is not None, f"The result was {placed}"),
    ]


def _earlier(proof: Mapping[str, str]) -> dict[str, Any]:
    """Return what was proved of this contract and code before the run."""
    details = {"at": proof["at"]}
    return {"label": proof["label"], "status": "pass", "summary": proof["summary"], "details": details}


def _validation(run: Mapping[str, Any], label: str, passed: bool, summary: str) -> dict[str, Any]:  # noqa: FBT001
    details = dict(run["partitions"]) if label == "partitions" else dict(run["result"] or {})
    return {"label": label, "status": "pass" if passed else "fail", "summary": summary, "details": details}

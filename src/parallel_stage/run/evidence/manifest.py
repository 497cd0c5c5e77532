"""What a run leaves for people and tools to read: `manifest.json`, and `run_manifest.json` in AGILAB's form."""

from __future__ import annotations

import hashlib
import os
import platform
import socket
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract.function import parse, source_digest
from parallel_stage.errors import ParallelStageError
from parallel_stage.interop import agilab_manifest
from parallel_stage.run.evidence.failures import failure_document
from parallel_stage.run.storage.directory import write_json
from parallel_stage.run.worker.load import message_of

if TYPE_CHECKING:
    from datetime import datetime

    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.evidence.stats import PartitionReport, RunStats
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.result import Result
    from parallel_stage.run.task import Stage

SCHEMA = "agilab.parallel_stage.run.v1"
INTERRUPTED = 130


class RunRecord(NamedTuple):
    """All there is to say of a run that is over; `error` is None when it has succeeded, and `made` is not."""

    order: RunRequest
    plan: Plan
    stage: Stage
    tally: RunStats
    made: Result | None
    error: BaseException | None
    started: datetime
    ended: datetime


def write_evidence(story: RunRecord) -> dict[str, Any]:
    """Write both manifests into the run directory; returns the run.v1 document."""
    where = Path(story.stage.directory)
    manifest = manifest_of(story)
    write_json(where / "manifest.json", manifest)
    write_json(where / "run_manifest.json", agilab_manifest.document(manifest, story.order.argv, os.getcwd()))
    return manifest


def manifest_of(story: RunRecord) -> dict[str, Any]:
    """The `agilab.parallel_stage.run.v1` document of a run."""
    order, stage, tally = story.order, story.stage, story.tally
    where = Path(stage.directory)
    return {
        "schema": SCHEMA,
        "run_id": where.name,
        "directory": str(where),
        "name": order.contract.name,
        "status": _status(story.error),
        "exit_code": _exit_code(story.error),
        "problem": _problem(story.error),
        "contract": {
            "path": order.absolute_path,
            "digest": hashlib.blake2b(order.text.encode("utf-8"), digest_size=16).hexdigest(),
            "document": order.contract.to_dict(),
        },
        "ran": _ran(story),
        "function": {
            "name": order.contract.function,
            "source_digest": source_digest(parse(order.contract.function), stage.search),
        },
        "partitions": _partitions(story),
        "records": tally.records,
        "bytes": tally.bytes,
        "peak_memory": tally.peak_memory,
        "result": _result(story.made),
        "timing": _timing(story),
        "slowest": [_slow(told) for told in tally.slowest],
        "failures": [failure_document(told, order, where) for told in tally.failures],
        "environment": {
            "host": socket.gethostname(),
            "parallel_stage": metadata.version("parallel-stage"),
            "platform": platform.platform(),
            "python": platform.python_version(),
        },
    }


def _status(error: BaseException | None) -> str:
    if error is None:
        return "done"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"


def _exit_code(error: BaseException | None) -> int:
    if error is None:
        return 0
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return error.exit_code if isinstance(error, ParallelStageError) else 1


def _problem(error: BaseException | None) -> dict[str, str] | None:
    if error is None:
        return None
    if isinstance(error, ParallelStageError):
        return {"message": error.message, "hint": error.hint}
    message = (
        "the run was interrupted"
        if isinstance(error, KeyboardInterrupt)
        else f"{type(error).__name__}: {message_of(error)}"
    )
    return {"message": message, "hint": "run the stage again"}


def _ran(story: RunRecord) -> dict[str, Any]:
    contract = story.stage.contract
    return {
        "backend": contract.backend,
        "workers": story.tally.workers,
        "threads_per_worker": contract.threads_per_worker,
        "output": contract.output,
        "root": story.stage.root,
        "scheduler": story.order.scheduler,
        "partition": story.order.partition,
    }


def _partitions(story: RunRecord) -> dict[str, int]:
    asked = story.plan.count if story.order.partition is None else 1
    done, failed = story.tally.done, story.tally.failed.total()
    return {"planned": story.plan.count, "done": done, "failed": failed, "not_run": asked - done - failed}


def _result(made: Result | None) -> dict[str, Any] | None:
    if made is None:
        return None
    return {"path": str(made.path), "bytes": made.bytes, "digest": made.digest}


def _timing(story: RunRecord) -> dict[str, Any]:
    seconds = (story.ended - story.started).total_seconds()
    return {
        "started_at": story.started.isoformat(),
        "finished_at": story.ended.isoformat(),
        "seconds": seconds,
        "partition_seconds": round(story.tally.seconds, 6),
        "speed_up": round(story.tally.seconds / seconds, 3) if seconds > 0 else 0.0,
    }


def _slow(told: PartitionReport) -> dict[str, Any]:
    receipt = told.receipt
    return {"index": receipt.index, "id": receipt.id, "source": told.source, "seconds": receipt.seconds}

"""The manifests of a run: `manifest.json`, and `run_manifest.json` in AGILAB's form."""

from __future__ import annotations

import hashlib
import os
import platform
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.errors import Interrupted, ParallelStageError
from parallel_stage.interop import agilab_manifest
from parallel_stage.plan.policy import available_cores
from parallel_stage.run.evidence.failures import cause_document, failure_document
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.digest import Measure, measure
from parallel_stage.run.storage.directory import write_json
from parallel_stage.run.worker.load import message_of
from parallel_stage.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.evidence.stats import PartitionReport, RunStats
    from parallel_stage.run.request import RunRequest
    from parallel_stage.run.result import Result
    from parallel_stage.run.task import Stage

SCHEMA = "agilab.parallel_stage.run.v1"
TOLERATED = 6
_MOST_CROWDING = 5


class RunRecord(NamedTuple):
    """Everything that the manifests say of a run that is over.

    Attributes:
        request: What was to run.
        plan: The plan.
        stage: What the workers got.
        stats: What was done.
        result: The result; None where the run failed.
        error: Why it failed; None where there is a result.
        started, ended: When.
        validations: What was proved of this contract and code before the run started.
    """

    request: RunRequest
    plan: Plan
    stage: Stage
    stats: RunStats
    result: Result | None
    error: BaseException | None
    started: datetime
    ended: datetime
    validations: Sequence[Mapping[str, str]]


def write_manifests(manifest: Mapping[str, Any], argv: Sequence[str]) -> None:
    """Write both manifests into the run directory; the second one has the digests of all files but itself.

    Args:
        manifest: The run.v1 document, of `manifest_of`.
        argv: The command line; empty for a run through the API.
    """
    directory = Path(manifest["directory"])
    write_json(directory / layout.MANIFEST, manifest)
    files = {
        "contract": directory / layout.contract_name(manifest["contract"]["path"]),
        "manifest.json": directory / layout.MANIFEST,
        "plan.json": directory / layout.PLAN,
        "ledger.jsonl": directory / layout.LEDGER,
    }
    if (ids := directory / layout.PLAN_IDS).exists():
        files["plan.ids"] = ids
    files |= {name["file"]: directory / name["file"] for name in manifest.get("guilty", ()) if name["file"]}
    known: dict[Path, Measure] = {}
    if result := manifest["result"]:
        files["result"] = Path(result["path"])
        known[files["result"]] = Measure(result["bytes"], result["digest"])
    document = agilab_manifest.document(
        manifest, files, lambda path: known.get(path) or measure(path), argv, os.getcwd()
    )
    write_json(directory / layout.RUN_MANIFEST, document)


def manifest_of(record: RunRecord) -> dict[str, Any]:
    """Return the `agilab.parallel_stage.run.v1` document of a run."""
    request, stage, stats = record.request, record.stage, record.stats
    return {
        "schema": SCHEMA,
        "run_id": stage.directory.name,
        "session": stage.session,
        "directory": str(stage.directory),
        "name": request.contract.name,
        "status": _status(record),
        "exit_code": _exit_code(record),
        "problem": _problem(record.error),
        "contract": {
            "path": request.absolute_path,
            "digest": hashlib.blake2b(request.text.encode("utf-8"), digest_size=16).hexdigest(),
            "document": request.contract.to_dict(),
        },
        "ran": _ran(record),
        "function": {
            "name": request.contract.function,
            "source_digest": record.plan.source_digest,
            "modules": dict(record.plan.modules),
        },
        "partitions": _partitions(record),
        "records": stats.records,
        "bytes": stats.bytes,
        "peak_memory": stats.peak_memory,
        "crowding": _crowding(stats),
        "result": _result(record.result),
        "timing": _timing(record),
        "slowest": [_slow(report) for report in stats.slowest],
        "causes": [cause_document(cause, request) for cause in stats.causes],
        "failures": [failure_document(failed, request, stage.directory) for failed in stats.failures],
        "validations": list(map(dict, record.validations)),
        **({} if stats.guilty is None else {"guilty": stats.guilty}),
        "environment": {
            "host": socket.gethostname(),
            "parallel_stage": __version__,
            "cores": available_cores(),
            "platform": _platform(),
            "python": platform.python_version(),
        },
    }


def _platform() -> str:
    """Return system, release and machine; `platform.platform()` starts a process for the processor, too."""
    system = platform.uname()
    return f"{system.system}-{system.release}-{system.machine}"


def _crowding(stats: RunStats) -> list[dict[str, Any]]:
    """Return what partitions started beside their workers; one worker alone crowds nobody."""
    found = stats.crowding.most_common(_MOST_CROWDING) if stats.workers > 1 else []
    return [{"what": what, "partitions": count} for what, count in found]


def _status(record: RunRecord) -> str:
    if record.error is None:
        return "partial" if record.stats.failed else "done"
    return "interrupted" if isinstance(record.error, Interrupted) else "failed"


def _exit_code(record: RunRecord) -> int:
    error = record.error
    if error is None:
        return TOLERATED if record.stats.failed else 0
    return error.exit_code if isinstance(error, (Interrupted, ParallelStageError)) else 1


def _problem(error: BaseException | None) -> dict[str, str] | None:
    if error is None:
        return None
    if isinstance(error, ParallelStageError):
        return {"message": str(error), "hint": error.hint}
    interrupted = isinstance(error, Interrupted)
    message = "the run was interrupted" if interrupted else f"{type(error).__name__}: {message_of(error)}"
    return {"message": message, "hint": "run the stage again"}


def _ran(record: RunRecord) -> dict[str, Any]:
    contract, policy = record.stage.contract, record.request.policy
    return {
        "backend": contract.backend,
        "workers": record.stats.workers,
        "threads_per_worker": contract.threads_per_worker,
        "output": contract.output,
        "root": record.stage.root,
        "scheduler": record.request.scheduler,
        "worker_root": record.request.worker_root,
        "tls": record.request.tls._asdict(),
        "retries": policy.retries,
        "max_failures": policy.limit(record.plan.count),
        "fail_fast": policy.fail_fast,
        "partition": record.request.partition,
        "timeout": record.request.timeout,
    }


def _partitions(record: RunRecord) -> dict[str, int]:
    planned = record.plan.count
    wanted = planned if record.request.partition is None else 1
    done, failed = record.stats.done, record.stats.failed.total()
    return {
        "planned": planned,
        "done": done,
        "kept": record.stats.kept,
        "failed": failed,
        "retried": record.stats.retried,
        "not_run": wanted - done - failed,
    }


def _result(result: Result | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {"path": str(result.path), "bytes": result.bytes, "digest": result.digest}


def _timing(record: RunRecord) -> dict[str, Any]:
    seconds, worked = (record.ended - record.started).total_seconds(), record.stats.seconds
    return {
        "started_at": record.started.isoformat(),
        "finished_at": record.ended.isoformat(),
        "seconds": seconds,
        "partition_seconds": round(worked, 6),
        "speed_up": round(worked / seconds, 3) if seconds > 0 else 0.0,
    }


def _slow(report: PartitionReport) -> dict[str, Any]:
    receipt = report.receipt
    return {"index": receipt.index, "id": receipt.id, "source": report.work, "seconds": receipt.seconds}

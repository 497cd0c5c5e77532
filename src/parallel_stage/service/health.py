"""The health of a service, as an `agi.service.health.v1` document: workers, their heartbeats, their tasks."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract import regular_file
from parallel_stage.errors import BackendLostError, UsageError
from parallel_stage.run.storage.directory import write_json
from parallel_stage.service import state
from parallel_stage.service.place import HEALTH, RUNS, place_of
from parallel_stage.service.runs import partitions_run
from parallel_stage.service.scheduler import Answer, ask

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.service.scheduler import Worker
    from parallel_stage.service.state import Service

SCHEMA = "agi.service.health.v1"
APP = "parallel_stage"
HEARTBEAT_TIMEOUT = 30.0
"""The seconds after which a worker that is not heard is unhealthy; one in which a function holds the lock is not."""
_LARGEST = 1 << 24
_RESTARTED = "another process has taken its place since the health was last looked at"


class Finding(NamedTuple):
    """What is seen of a service.

    Attributes:
        status: `running`, `degraded` where workers are missing, `error` where none or no scheduler is there, or
            `idle` where the service was never started.
        reason: Why it is not running; empty where it is.
        answer: What its scheduler says.
    """

    status: str
    reason: str
    answer: Answer


_NOTHING = Answer((), 0, 0)


def look(service: Service) -> Finding:
    """Look at a service that was started."""
    reason = service.why_gone()
    if reason:
        return Finding("error", reason, _NOTHING)
    try:
        answer = ask(service)
    except BackendLostError as error:
        return Finding("error", error.message, _NOTHING)
    missing = _missing(service, answer)
    if not answer.workers:
        return Finding("error", "no worker is there", answer)
    reason = f"workers are missing: {', '.join(missing)}" if missing else ""
    return Finding("degraded" if missing else "running", reason, answer)


def take(name: str, root: str) -> tuple[dict[str, Any], str]:
    """Look at a service, and keep what is seen as its `health.json`: restarts are counted from one look to the next.

    Returns:
        The document, and why the service is not running, or empty.

    Raises:
        UsageError: For a name that no service can have, and where state or health cannot be read or written.
    """
    place = place_of(name, root)
    service = state.read(name, root)
    if service is None:
        reason = state.never_started(name, root)
        return _document(name, Finding("idle", reason, _NOTHING), (), {}, (0, 0)), reason
    found = look(service)
    runs = partitions_run(str(place / RUNS))
    document = _document(name, found, _missing(service, found.answer), _addresses_before(place), runs)
    document["path"] = str(place / HEALTH)
    try:
        write_json(place / HEALTH, document)
    except OSError as error:
        message = f"the health of the service cannot be written to {place}: {error.strerror}"
        raise UsageError(message, "make room there, or make it writable") from None
    return document, found.reason


def describe(service: Service, root: str) -> dict[str, Any]:
    """Return a service, what is seen of it now, and where its files are; nothing is written."""
    found = look(service)
    return {
        "name": service.name,
        "status": found.status,
        "reason": found.reason,
        "address": service.address,
        "dashboard": service.dashboard,
        "started_at": service.started_at,
        "settings": service.settings.to_dict(),
        "scheduler_pid": service.scheduler.pid,
        "workers_pid": service.workers.pid,
        "workers": [_row(worker, time.time()) for worker in found.answer.workers],
        "directory": str(place_of(service.name, root)),
    }


def _missing(service: Service, answer: Answer) -> tuple[str, ...]:
    there = {worker.name for worker in answer.workers}
    return tuple(name for name in service.worker_names() if name not in there)


def _document(
    name: str, found: Finding, missing: tuple[str, ...], before: dict[str, str], runs: tuple[int, int]
) -> dict[str, Any]:
    now, answer = time.time(), found.answer
    rows = [_row(worker, now) for worker in answer.workers]
    groups = {
        "running": [worker.name for worker in answer.workers],
        "pending": list(missing),
        "restarted": [
            worker.name for worker in answer.workers if before.get(worker.name, worker.address) != worker.address
        ],
        "healthy": [row["worker"] for row in rows if row["healthy"]],
        "unhealthy": [row["worker"] for row in rows if not row["healthy"]],
    }
    done, failed = runs
    return {
        "schema": SCHEMA,
        "timestamp": now,
        "app": APP,
        "target": name,
        "status": found.status,
        **{f"workers_{kind}": workers for kind, workers in groups.items()},
        **{f"workers_{kind}_count": len(workers) for kind, workers in groups.items()},
        "queue": {"pending": answer.waiting, "running": answer.running, "done": done, "failed": failed},
        "heartbeat_timeout_sec": HEARTBEAT_TIMEOUT,
        "restart_reasons": dict.fromkeys(groups["restarted"], _RESTARTED),
        "worker_health": rows,
        # Those that are missing now, too: when they are back, another process has taken their place.
        "worker_addresses": {**before, **{worker.name: worker.address for worker in answer.workers}},
    }


def _row(worker: Worker, now: float) -> dict[str, Any]:
    age = max(0.0, now - worker.last_seen)
    return {
        "worker": worker.name,
        "address": worker.address,
        "healthy": worker.status == "running" and age <= HEARTBEAT_TIMEOUT,
        "status": worker.status,
        "heartbeat_age_sec": round(age, 3),
    }


def _addresses_before(place: Path) -> dict[str, str]:
    """Return the addresses of the workers when the health was looked at last, or else at the start."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        document = json.loads(regular_file.read(str(place / HEALTH), _LARGEST))
        return {str(name): str(address) for name, address in document["worker_addresses"].items()}
    return {}

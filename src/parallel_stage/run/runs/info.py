"""Which runs there are, and what became of each."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.errors import UsageError
from parallel_stage.run.resume.history import read_history
from parallel_stage.run.storage import directory, layout
from parallel_stage.run.storage.last import RUN, runs_in
from parallel_stage.run.storage.planned import planned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_stage.run.resume.history import History

_TIME = "%Y%m%dT%H%M%SZ"


class RunInfo(NamedTuple):
    """A run.

    Attributes:
        run: Its name: when it was started first, and a short id.
        name: The contract's name.
        file: The contract's file, absolute; empty where that is unknown.
        directory: The run directory.
        status: `running`, or `done`, `partial`, `failed`, `interrupted` as in its manifest; `killed` where it has none;
            `not started` where the runner was killed while it made the directory.
        started_at: When its last session was started, in UTC and ISO 8601.
        seconds: How long that took; of a killed one, until its last sign of life.
        planned: The number of partitions in the plan; None where the run was not started.
        done: The number of them with an output.
        partition: The only partition that was run; None for the whole plan.
        manifest: The `agilab.parallel_stage.run.v1` document; None where there is none.
    """

    run: str
    name: str
    file: str
    directory: Path
    status: str
    started_at: str
    seconds: float
    planned: int | None
    done: int
    partition: int | None
    manifest: Mapping[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, without the manifest."""
        fields = {name: value for name, value in self._asdict().items() if name != "manifest"}
        return {**fields, "directory": str(self.directory)}


def stages_in(root: str) -> list[Path]:
    """Return the directories of all stages that have run in a root, sorted by name."""
    home = Path(root, directory.HOME, "runs")
    with suppress(OSError):
        return sorted(path for path in home.iterdir() if path.is_dir())
    return []


def find_run(text: str, root: str) -> Path:
    """Return the directory of a run.

    Args:
        text: The run's name, the short id at its end, or its directory.
        root: The directory whose runs have such names.

    Raises:
        UsageError: Where there is no such run, or several have this id.
    """
    path = Path(os.path.realpath(text))
    if RUN.fullmatch(path.name) and path.is_dir():
        return path
    runs = [run for stage in stages_in(root) for run in runs_in(stage)]
    found = [run for run in runs if text in (run.name, run.name.rpartition("-")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{text!r} is the id of several runs", f"name one of {', '.join(map(str, found))}")
    message = f"there is no run {text!r} in {Path(root, directory.HOME, 'runs')}"
    raise UsageError(message, "parallel-stage runs list shows those that are there; --root DIR looks elsewhere")


def describe(run: Path) -> RunInfo:
    """Return what became of a run."""
    return of_manifest(run) or _of_ledger(run)


def status_of(run: Path) -> str:
    """Return the status of a run that was started, without reading its ledger."""
    known = of_manifest(run)
    return known.status if known else "running" if directory.is_locked(run) else "killed"


def of_manifest(run: Path) -> RunInfo | None:
    """Return what the manifest of a run says; None where it has none, or is at work."""
    if not directory.is_locked(run):
        with suppress(OSError, ValueError, LookupError, TypeError):
            return _of_manifest(run, json.loads((run / layout.MANIFEST).read_text(encoding="utf-8")))
    return None


def _of_manifest(run: Path, manifest: dict[str, Any]) -> RunInfo:
    return RunInfo(
        run=run.name,
        name=manifest["name"],
        file=manifest["contract"]["path"],
        directory=run,
        status=manifest["status"],
        started_at=manifest["timing"]["started_at"],
        seconds=manifest["timing"]["seconds"],
        planned=manifest["partitions"]["planned"],
        done=manifest["partitions"]["done"],
        partition=manifest["ran"]["partition"],
        manifest=manifest,
    )


def _of_ledger(run: Path) -> RunInfo:
    path, history = run / layout.LEDGER, read_history(run / layout.LEDGER)
    started = history.started
    begun = datetime.strptime(run.name.partition("-")[0], _TIME).replace(tzinfo=timezone.utc)
    at = str(started.get("at", begun.isoformat()))
    last_sign = path.stat().st_mtime if path.exists() else begun.timestamp()
    done = sum(next(places, None) is not None for _, places in receipts_of_plan(run, history))
    return RunInfo(
        run=run.name,
        name=str(started.get("contract", {}).get("name", run.parent.name)),
        file=str(started.get("file", "")),
        directory=run,
        status="running" if directory.is_locked(run) else "killed" if started else "not started",
        started_at=at,
        seconds=max(0.0, round(last_sign - datetime.fromisoformat(at).timestamp(), 6)),
        planned=started.get("partitions"),
        done=done,
        partition=started.get("partition"),
        manifest=None,
    )


def receipts_of_plan(run: Path, history: History) -> Iterator[tuple[int, Iterator[int]]]:
    """Yield each partition of a run's plan, with the places in the ledger of what may be its receipt, best first."""

    @cache
    def reserve_all() -> None:
        for identifier, index in planned(run):
            history.receipts.reserve(identifier, index)

    for identifier, index in planned(run):
        yield index, history.receipts.take(identifier, index, reserve_all)

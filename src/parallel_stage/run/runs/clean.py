"""Remove runs of which nobody has need any more."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.errors import PlanRefusedError, UsageError
from parallel_stage.run.storage import directory, layout, output
from parallel_stage.run.storage.last import last_run, runs_in
from parallel_stage.run.storage.ledger import read

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def age_of(text: str) -> float:
    """Return an age in seconds: `12h`, `30d`, `2w`; a number alone is days.

    Raises:
        UsageError: For anything else.
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([mhdw]?)", text)
    if not found:
        raise UsageError(f"{text!r} is no age", "write a number of minutes, hours, days or weeks: 90m, 12h, 30d, 2w")
    return float(found[1]) * _SECONDS[found[2] or "d"]


def superfluous(stage: Path, keep: int, age: float) -> Iterator[Path]:
    """Yield the runs of a stage that are not among the newest, and have not been at work for some time.

    The newest run, the one that `_LAST` leads to, and those at work are never among them.

    Args:
        stage: The directory of all runs of a stage.
        keep: How many of the newest stay.
        age: How many seconds ago a run was at work last, at least.
    """
    last, now = last_run(stage), time.time()
    for run in runs_in(stage)[max(keep, 1) :]:
        if run != last and now - _last_work(run) >= age and not directory.is_locked(run):
            yield run


def remove_run(run: Path) -> bool:
    """Remove a run, and what it has left beside its output; False where a runner is at work in it.

    Raises:
        OSError: Where it cannot be removed.
    """
    with suppress(PlanRefusedError), directory.locked(run):
        for target in _outputs(run):
            output.recover(target, lambda name: name == run.name)
        shutil.rmtree(run)
        return True
    return False


def _last_work(run: Path) -> float:
    ledger = run / layout.LEDGER
    return (ledger if ledger.exists() else run).stat().st_mtime


def _outputs(run: Path) -> set[Path]:
    with suppress(OSError):
        events = read(run / layout.LEDGER)
        return {Path(event["output"]) for event in events if event["event"] == "started" and "output" in event}
    return set()

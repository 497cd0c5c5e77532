"""What is kept of older runs: the newest that succeeded keep their parts, others ledger, plan and manifests."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.storage import directory, layout
from parallel_stage.run.storage.last import runs_in

if TYPE_CHECKING:
    from pathlib import Path


def remove_old_parts(current: Path, keep: int) -> None:
    """Remove the parts of runs of the whole plan that have succeeded, but for the newest.

    Runs that failed, and those at work, keep theirs; what cannot be removed stays.

    Args:
        current: The directory of a run that has ended, with its lock held; all runs beside it are looked at, too.
        keep: How many runs keep their parts.
    """
    succeeded = (run for run in runs_in(current.parent) if (run / layout.PARTS).is_dir() and _has_result(run))
    for run in list(succeeded)[keep:]:
        with suppress(OSError, PlanRefusedError), nullcontext() if run == current else directory.locked(run):
            _remove_parts(run)


def _has_result(run: Path) -> bool:
    with suppress(OSError, ValueError, LookupError, TypeError):
        manifest = json.loads((run / layout.MANIFEST).read_text(encoding="utf-8"))
        return manifest["result"] is not None and manifest["ran"]["partition"] is None
    return False


def _remove_parts(run: Path) -> None:
    """Remove the parts of a run, which nobody takes for damaged if this is interrupted."""
    directory.remove_scratch(run)
    (run / layout.PARTS).rename(layout.scratch(run))
    directory.remove_scratch(run)
    shutil.rmtree(run / layout.ORDERED, ignore_errors=True)

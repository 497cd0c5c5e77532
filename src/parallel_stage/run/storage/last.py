"""`_LAST` beside the runs of a stage: a link to the newest run of the whole plan.

Where there are no links, as on Windows without a privilege, it is a file with the run's name; where a project
was copied with its links followed, it is a second copy of the run.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.storage import directory, layout, ledger

if TYPE_CHECKING:
    from pathlib import Path

NAME = "_LAST"
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
"""The name of a run."""


def runs_in(stage: Path) -> list[Path]:
    """Return the directories of all runs in a stage's directory, the newest first."""
    with suppress(OSError):
        names = [name for name in os.listdir(stage) if RUN.fullmatch(name) and (stage / name).is_dir()]
        return [stage / name for name in sorted(names, reverse=True)]
    return []


def last_run(stage: Path) -> Path | None:
    """Return the directory of the run that `_LAST` leads to, else of the newest that has begun; None without one."""
    link = stage / NAME
    name = _target(link)
    if RUN.fullmatch(name) and (stage / name).is_dir():
        return stage / name
    if _is_copy(link) and (link / layout.LEDGER).exists():
        return link
    return next((run for run in runs_in(stage) if (run / layout.LEDGER).exists()), None)


def open_last(stage: Path) -> Path | None:
    """Return what `last_run` does, under its own name.

    Raises:
        PlanRefusedError: Where a copy cannot be given its name.
    """
    try:
        rename_copy(stage)
    except OSError as error:
        message = f"{stage / NAME} is a directory, and cannot be renamed: {error.strerror}"
        raise PlanRefusedError(message, "remove it") from None
    return last_run(stage)


def point_last(run: Path) -> None:
    """Let `_LAST` lead to a run.

    Raises:
        OSError: Where it cannot be written.
    """
    rename_copy(run.parent)
    for left in run.parent.glob("._LAST.*"):  # of runners that were killed in the next lines
        left.unlink(missing_ok=True)
    _point(run)


def _point(run: Path) -> None:
    temporary = run.with_name(f"._LAST.{run.name}")
    try:
        temporary.symlink_to(run.name, target_is_directory=True)
    except OSError:  # Windows needs a privilege for links: write a file with the name
        temporary.write_text(f"{run.name}\n", encoding="utf-8")
    temporary.replace(run.with_name(NAME))


def rename_copy(stage: Path) -> None:
    """Give a directory called `_LAST` the name of its run, or remove it where that run is there, and make the link.

    Raises:
        OSError: Where that cannot be done.
    """
    link = stage / NAME
    if not _is_copy(link):
        return
    run = stage / _target(link)
    if run != stage and _same_ledger(link, run):
        shutil.rmtree(link)
    else:
        if run == stage or run.exists():
            run = stage / directory.new_run(datetime.fromtimestamp(link.stat().st_mtime, timezone.utc))
        link.rename(run)
    _point(run)


def _target(link: Path) -> str:
    """Return the name of the run that `_LAST` means, in each of its forms; empty where there is none."""
    with suppress(OSError, UnicodeError):
        if link.is_symlink():
            return os.readlink(link)
        if link.is_file():
            return link.read_text(encoding="utf-8").strip()
        return next((str(event["run"]) for event in ledger.read(link / layout.LEDGER) if "run" in event), "")
    return ""


def _is_copy(link: Path) -> bool:
    return link.is_dir() and not link.is_symlink()


def _same_ledger(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return filecmp.cmp(one / layout.LEDGER, other / layout.LEDGER, shallow=False)
    return False

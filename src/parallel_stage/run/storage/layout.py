"""The names of the files in a run directory."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PARTS = "parts"
FOLDERS = (PARTS, "logs", "scratch")
LEDGER = "ledger.jsonl"
PLAN = "plan.json"
PLAN_IDS = "plan.ids"
MANIFEST = "manifest.json"
RUN_MANIFEST = "run_manifest.json"
ORDERED = "ordered"
"""The directory of the parts that `reducer_function` gets."""


def contract_name(path: str) -> str:
    """Return the name of the contract's copy, with the ending of its file."""
    return f"contract{os.path.splitext(path)[1] or '.toml'}"


def guilty_name(partition: int | str, path: str) -> str:
    """Return the name of the file with the guilty record of a partition, with the ending of its input."""
    return f"guilty-{partition}{os.path.splitext(path)[1]}"


def part_name(task: int, session: int = 1) -> str:
    """Return the name of a task's part, relative to the run directory; each session has names of its own."""
    return f"{PARTS}/{_of_session(session)}{task:08d}.part"


def part(directory: Path, task: int, session: int = 1) -> Path:
    """Return the path of a task's part."""
    return directory / part_name(task, session)


def scratch(directory: Path) -> Path:
    """Return the directory for files that do not outlive their task."""
    return directory / "scratch"


def arriving(directory: Path, task: int) -> Path:
    """Return the directory for the files of a task that travel back from its worker, until they are whole."""
    return scratch(directory) / f"arriving-{task:08d}"


def trial(directory: Path, number: int) -> Path:
    """Return the run directory of one trial of a part of a partition that failed."""
    return scratch(directory) / f"trial-{number}"


def split_table(directory: Path) -> Path:
    """Return the directory of a table's records, partition by partition, while a run with `partition_by` goes on.

    Its name is in no other file, so that an output that holds it is noticed.
    """
    return scratch(directory) / f"table-of-{directory.name}"


def log_name(partition: int, session: int = 1) -> str:
    """Return the name of a partition's log, relative to the run directory; each session has names of its own."""
    return f"logs/{_of_session(session)}{partition:06d}.log"


def partition_log(directory: Path, partition: int, session: int = 1) -> Path:
    """Return the path of a partition's log."""
    return directory / log_name(partition, session)


def task_log(directory: Path, task: int, session: int = 1) -> Path:
    """Return the path of a running task's log.

    It exists while the task runs, or where its worker has died.
    """
    return scratch(directory) / f"task-{_of_session(session)}{task:08d}.log"


def _of_session(session: int) -> str:
    # A worker that outlives a killed runner, as on a cluster that stays, must not write over what the next one has.
    return f"{session}-" if session > 1 else ""


def probe_log(directory: Path) -> Path:
    """Return the path of what a worker prints while it imports the function before the first partition."""
    return scratch(directory) / f"probe-{socket.gethostname()}-{os.getpid()}.log"


def reducer_log(directory: Path) -> Path:
    """Return the path of what `reducer_function` prints."""
    return directory / "logs" / "reducer.log"

"""Where a service has its files: state, health, logs; and the names that services may have."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.errors import UsageError
from parallel_stage.run.storage.directory import HOME, hide_from_git, safe_name

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE = "state.json"
HEALTH = "health.json"
RUNS = "runs.jsonl"
SCHEDULER_FILE = "scheduler.json"
SCHEDULER_LOG = "scheduler.log"
WORKERS_LOG = "workers.log"
SCRATCH = "scratch"


def place_of(name: str, root: str) -> Path:
    """Return the directory of a service.

    Args:
        name: Its name.
        root: The directory below which services of this project are; empty for the current one.

    Raises:
        UsageError: For a name that not every file system, log and metric takes as it is.
    """
    if not name or "\0" in name or safe_name(name) != name:
        message = f"{name!r} cannot name a service: it may have 48 of a-z, 0-9, '_', '-' and '.', the last two inside"
        raise UsageError(message, f"call it {safe_name(name)}" if name.strip() else "give it a name, such as warm")
    return services(root) / name


def services(root: str) -> Path:
    """Return the directory of all services of a project."""
    return Path(os.path.abspath(root or os.curdir), HOME, "service")


def known_names(root: str) -> list[str]:
    """Return the names of the services that were started in a project, sorted."""
    return sorted(each.name for each in services(root).glob("*") if (each / STATE).is_file())


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Make the directory of a service and let nobody else start or end it during a `with` block.

    Raises:
        UsageError: Where it cannot be written.
    """
    import fcntl

    try:
        place.mkdir(parents=True, exist_ok=True)
        hide_from_git(place.parent.parent)
        lock = (place / "lock").open("a+b")
    except OSError as error:
        message = f"the directory {place} of the service cannot be used: {error.strerror}"
        raise UsageError(message, "make it writable, or choose another one with --root") from None
    with lock as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield

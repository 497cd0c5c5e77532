"""The run directory: its place, its name, its lock, and files in it."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.part import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOME = ".parallel-stage"
"""The directory, in the root, for everything that runs write but their results."""

_LONGEST = 48
_TRIES, _PAUSE = 3, 0.05
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
"""Names that Windows reserves for devices, with any suffix."""


def safe_name(name: str) -> str:
    """Return a directory name for a contract's name: the name itself where every file system accepts it.

    Otherwise it is the harmless characters and eight digits of a hash, so that different names have different
    directories, even on a file system that ignores case.
    """
    harmless = re.sub(r"[^a-z0-9_.-]+", "-", name.lower())[:_LONGEST].strip("-.")
    if harmless == name and harmless.partition(".")[0] not in _RESERVED:
        return name
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{harmless or 'stage'}-{digest}" if harmless.partition(".")[0] not in _RESERVED else f"stage-{digest}"


def stage_directory(root: str, name: str) -> Path:
    """Return the directory of all runs of a contract's name."""
    return Path(root, HOME, "runs", safe_name(name))


def new_run(now: datetime) -> str:
    """Return the name of a run that starts now: UTC time, and a short id by which names sort as runs start.

    The id is the microsecond, and a random digit for runs that start in the same one.
    """
    return f"{now.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}-{now.microsecond:05x}{secrets.randbelow(16):x}"


def create(stage: Path, run: str) -> Path:
    """Make the directory of a new run.

    Args:
        stage: The stage's directory, of `stage_directory`.
        run: The run's name, of `new_run`.

    Raises:
        PlanRefusedError: Where it cannot be made.
    """
    directory = stage / run
    try:
        hide_from_git(stage.parent.parent)
        directory.mkdir(parents=True)
        make_folders(directory)
    except OSError as error:
        message = f"the run directory {directory} cannot be made: {error.strerror}"
        raise PlanRefusedError(message, "make the directory writable, or choose another one with --root") from None
    return directory


def make_folders(directory: Path) -> None:
    """Make the folders of a run directory, as far as they are missing."""
    for folder in layout.FOLDERS:
        (directory / folder).mkdir(parents=True, exist_ok=True)


def reopen(directory: Path) -> None:
    """Prepare the directory of a run that is resumed: manifests of a session before would be false from now on.

    Raises:
        PlanRefusedError: Where it cannot be written.
    """
    try:
        for name in (layout.RUN_MANIFEST, layout.MANIFEST):
            (directory / name).unlink(missing_ok=True)
        for guilty in directory.glob(layout.guilty_name("*", "")):
            guilty.unlink()
        remove_scratch(directory)
        make_folders(directory)
    except OSError as error:
        message = f"the run directory {directory} cannot be used: {error.strerror}"
        raise PlanRefusedError(message, "make the directory writable, or run without --resume") from None


def hide_from_git(home: Path) -> None:
    """Write the file by which git sees nothing of a directory, unless it is there."""
    ignore = home / ".gitignore"
    if not ignore.exists():
        home.mkdir(parents=True, exist_ok=True)
        with replacing(ignore) as file:
            file.write(b"*\n")


def has_ended(root: str, run: str) -> bool:
    """Whether a run of any stage in this root is known and no longer at work."""
    found = [path for path in Path(root, HOME, "runs").glob(f"*/{run}") if path.is_dir()]
    return bool(found) and not any(map(is_locked, found))


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lock a run directory during a `with` block; the kernel releases the lock when the process ends.

    Raises:
        PlanRefusedError: Where another runner has the lock.
    """
    try:
        lock = (directory / "lock").open("a+b")
    except OSError as error:
        message = f"the run directory {directory} cannot be used: {error.strerror}"
        raise PlanRefusedError(message, "make the directory writable, or choose another one with --root") from None
    with lock as file:
        if not _locks(file.fileno()):
            message = f"another runner is at work in {directory}"
            raise PlanRefusedError(message, "wait for it to end, or end it")
        yield


def is_locked(directory: Path) -> bool:
    """Whether a runner is at work in a run directory."""
    try:
        with (directory / "lock").open("rb+") as file:
            _lock(file.fileno())
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _locks(descriptor: int) -> bool:
    """Lock a file; `is_locked` of another process may have it for an instant."""
    for _ in range(_TRIES):
        with suppress(OSError):
            _lock(descriptor)
            return True
        time.sleep(_PAUSE)
    return False


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document, two-space indent, sorted keys, whole or not at all."""
    with replacing(path) as file:
        file.write(json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")


def remove_scratch(directory: Path) -> None:
    """Remove the files that dead workers have left."""
    shutil.rmtree(directory / "scratch", ignore_errors=True)


def log_tail(path: Path, lines: int) -> str:
    """Return the last lines of a log; empty where there is none."""
    with suppress(OSError):
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    return ""

"""The run directory: its place, its name, its lock, and files in it."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
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


def create(root: str, name: str, now: datetime) -> Path:
    """Make the directory of a new run and point `_LAST` to it.

    Raises:
        PlanRefusedError: Where it cannot be made.
    """
    stage = Path(root, HOME, "runs", safe_name(name))
    directory = stage / f"{now.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    try:
        for folder in layout.FOLDERS:
            (directory / folder).mkdir(parents=True)
        _point(stage / "_LAST", directory.name)
    except OSError as error:
        message = f"the run directory {directory} cannot be made: {error.strerror}"
        raise PlanRefusedError(message, "make the directory writable, or choose another one with --root") from None
    return directory


def _point(link: Path, name: str) -> None:
    temporary = link.with_name(f"._LAST.{name}")
    try:
        temporary.symlink_to(name, target_is_directory=True)
    except OSError:  # Windows needs a privilege for links: write a file with the name
        temporary.write_text(f"{name}\n", encoding="utf-8")
    temporary.replace(link)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lock a run directory during a `with` block; the kernel releases the lock when the process ends.

    Raises:
        PlanRefusedError: Where another runner has the lock.
    """
    with (directory / "lock").open("a+b") as file:
        try:
            _lock(file.fileno())
        except OSError:
            message = f"another runner is at work in {directory}"
            raise PlanRefusedError(message, "wait for it to end, or end it") from None
        yield


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

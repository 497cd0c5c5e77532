"""The place of a result, and what stands beside it while it is made: the new one, and the old one set aside.

Both names start with the run's, so that the next run knows what a killed one has left.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.run.storage.exchange import exchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LEFT = re.compile(r"\.(\d{8}T\d{6}Z-[0-9a-f]{6})\.(new|old)-(.+)", re.DOTALL)


def temporary(target: Path, run: str) -> Path:
    """Return the path under which a run makes its result; the suffix stays, by which libraries choose a format."""
    return target.with_name(f".{run}.new-{target.name}")


def aside(target: Path, run: str) -> Path:
    """Return the path where an old directory stands while it is replaced."""
    return target.with_name(f".{run}.old-{target.name}")


def put(target: Path, run: str) -> None:
    """Put the result that a run has made in its place; an old one stands until then.

    Raises:
        OSError: Where that fails; the old result stands.
    """
    made, old = temporary(target, run), aside(target, run)
    if not target.is_dir():
        made.replace(target)
    elif exchange(made, target):
        remove(made)
    else:
        # Between these two steps there is no result: `recover` puts the old one back.
        target.rename(old)
        try:
            made.rename(target)
        except BaseException:
            old.rename(target)
            raise
        remove(old)


def check_writable(target: Path, run: str) -> None:
    """Raise OSError where the longest name that a run uses beside its result cannot be made."""
    probe = aside(target, run)
    probe.touch(exist_ok=False)
    probe.unlink(missing_ok=True)


class _Left(NamedTuple):
    path: Path
    run: str
    is_old: bool


def recover(target: Path, has_ended: Callable[[str], bool]) -> None:
    """Put back a directory that a killed run had set aside, and remove what killed runs have left.

    Args:
        target: The path of a result.
        has_ended: Whether a run, by its name, is known and no longer at work; all others keep their files.
    """
    left = [each for each in _left(target) if _is_probe(each) or has_ended(each.run)]
    for each in left:
        if each.is_old and not _is_probe(each) and not os.path.lexists(target):
            each.path.rename(target)
        else:
            remove(each.path)


def _left(target: Path) -> list[_Left]:
    """Return what stands beside a result for some run, the newest run first."""
    with suppress(OSError):
        names = (match for name in os.listdir(target.parent) if (match := _LEFT.fullmatch(name)))
        found = [_Left(target.with_name(m[0]), m[1], m[2] == "old") for m in names if m[3] == target.name]
        return sorted(found, key=lambda each: each.run, reverse=True)
    return []


def _is_probe(left: _Left) -> bool:
    """Whether it is the file of `check_writable`: only directories are set aside."""
    return left.is_old and left.path.is_file() and not left.path.is_symlink()


def remove(path: Path) -> None:
    """Remove a path that may exist; a failure to do so is no error."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()

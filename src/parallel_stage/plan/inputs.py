"""Which files a contract's input means: one file, a glob, or a manifest."""

from __future__ import annotations

import glob
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.errors import NoInputError, PlanRefusedError
from parallel_stage.plan import manifest
from parallel_stage.plan.partition import Input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.contract.model import Contract
    from parallel_stage.errors import ParallelStageError


def inputs_of(contract: Contract, root: str) -> tuple[Input, ...]:
    """The files that the contract's input means, as they are now; see `listed`."""
    return listed(contract.input, contract.split, root)


def unreadable(error: OSError, otherwise: str) -> PlanRefusedError:
    """The error for what the system refused to read; `otherwise` names it where the system does not."""
    message = f"{error.filename or otherwise} cannot be read: {error.strerror or error}"
    return PlanRefusedError(message, "check that it exists and may be read")


def listed(
    name: str, split: str, root: str, report: Callable[[ParallelStageError], None] = manifest.refuse
) -> tuple[Input, ...]:
    """The files that an input means for a split rule, as they are now.

    A path that exists is that file, also where it has the characters of a glob; with split `files`, a manifest
    names files in its own order, relative to the root. Else it is a glob: `*`, `?` and `[...]` do not match a
    leading dot or `/`, `**` is any number of directories, and the files come sorted by path.
    What is wrong with an entry of a manifest goes to `report`; where that raises nothing, the entry is left out.

    Raises:
        NoInputError: Where nothing is found, or only a directory, or a manifest names what is not there.
        PlanRefusedError: Where the root is no directory, a manifest cannot be read, or what is found is not a
            readable file.
        OSError: Where a directory or a manifest cannot be read.
    """
    if not os.path.isdir(root):
        raise PlanRefusedError(f"the root {root!r} is not a directory", "correct --root, or create it")
    path = os.path.join(root, name)
    if os.path.isdir(path):
        hint = f"name its files, such as {os.path.join(name, '*')!r}"
        raise NoInputError(f"input {name!r} is a directory (in {root})", hint)
    if os.path.lexists(path):
        found = _input(root, name)  # refuses what must not be opened, before a manifest is
        if split == "files" and manifest.is_manifest(name):
            return tuple(_input(root, entry) for entry in manifest.entries(path, root, report))
        return (found,)
    files = sorted(match for match in _matches(root, name) if not os.path.isdir(os.path.join(root, match)))
    if not files:
        raise NoInputError(f"input {name!r} matches no file in {root}", "correct the path or the pattern")
    return tuple(_input(root, match) for match in files)


def _matches(root: str, pattern: str) -> set[str]:
    try:
        return {_posix(name) for name in _glob(root, pattern)}
    except ValueError:  # a character that no name of a file can have
        return set()


def _input(root: str, name: str) -> Input:
    path = os.path.join(root, name)
    try:
        found = os.stat(path)
    except OSError as error:
        kind = "a symbolic link that leads nowhere" if os.path.islink(path) else f"not readable ({error.strerror})"
        raise PlanRefusedError(f"input {name!r} (in {root}) is {kind}", "repair or remove it") from None
    if not stat.S_ISREG(found.st_mode):
        raise PlanRefusedError(f"input {name!r} (in {root}) is not a regular file", "name files only")
    return Input(_posix(name), found.st_size, found.st_mtime_ns)


def _posix(name: str) -> str:
    return Path(name).as_posix()


def _glob(root: str, pattern: str) -> Iterator[str]:
    """Names below the root that match; unlike the standard library's, `**` ends where links lead in a circle."""
    head, recursive, tail = _split_recursive(pattern)
    if not recursive:
        yield from glob.glob(pattern, root_dir=root)
        return
    starts = glob.glob(head, root_dir=root) if head else [""]
    for start in starts:
        for directory in _directories(root, start, ()):
            yield from _glob(root, _join(glob.escape(directory), tail or "*"))


def _split_recursive(pattern: str) -> tuple[str, bool, str]:
    """What stands before the first `**` that is a whole path element, whether there is one, and what follows."""
    found = re.search(r"(?:^|(?<=/))\*\*(?:/+|$)", pattern)
    return (pattern[: found.start()], True, pattern[found.end() :]) if found else (pattern, False, "")


def _directories(root: str, name: str, ancestors: tuple[str, ...]) -> Iterator[str]:
    """A directory and all visible ones below it; a link to one of its own ancestors is not followed."""
    real = os.path.realpath(os.path.join(root, name))
    if real in ancestors or not os.path.isdir(real):
        return
    yield name
    for inner in sorted(os.listdir(real)):
        if not inner.startswith(".") and os.path.isdir(os.path.join(real, inner)):
            yield from _directories(root, _join(name, inner), (*ancestors, real))


def _join(directory: str, name: str) -> str:
    return os.path.join(directory, name) if directory else name

"""The files that a contract's input names: one file, a glob, or a manifest."""

from __future__ import annotations

import glob
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.errors import NoInputError, PlanRefusedError
from parallel_stage.plan import manifest
from parallel_stage.plan.dialect import Dialect, dialect_of
from parallel_stage.plan.partition import Identity, Input
from parallel_stage.plan.same_file import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parallel_stage.contract.model import Contract, InputFormat
    from parallel_stage.errors import ParallelStageError


def inputs_of(contract: Contract, root: str) -> tuple[Input, ...]:
    """Return the files that a contract's input names, as they are now; see `listed`."""
    return listed(contract.input, contract.split, root)


class DataFile(NamedTuple):
    """A file whose records are processed.

    Attributes:
        item: The file as in a plan.
        path: Its path from the current directory, or absolute.
        dialect: How it is read.
    """

    item: Input
    path: str
    dialect: Dialect


def data_files(inputs: Iterable[Input], root: str, declared: InputFormat | None) -> tuple[DataFile, ...]:
    """Return files with how they are read. Raise PlanRefusedError for an impossible `input_format`."""
    return tuple(DataFile(item, os.path.join(root, item.path), dialect_of(item.path, declared)) for item in inputs)


def unreadable(error: OSError, otherwise: str) -> PlanRefusedError:
    """Return the error for a path that the system does not read.

    `otherwise` is the path if the error has none.
    """
    message = f"{error.filename or otherwise} cannot be read: {error.strerror or error}"
    return PlanRefusedError(message, "check that it exists and may be read")


def listed(
    name: str, split: str, root: str, report: Callable[[ParallelStageError], None] = manifest.refuse
) -> tuple[Input, ...]:
    """Return the files that an input names for a split rule, as they are now.

    A path that exists is that file, also where it has a glob's characters; with split `files`, a manifest
    names files in its own order, relative to the root. Any other input is a glob: `*`, `?` and `[...]` do not
    match a leading dot or `/`, `**` is any number of directories, and the files come sorted by path. `report`
    gets the error of a manifest's entry; where it does not raise it, the entry is left out.

    Raises:
        NoInputError: Where nothing is found, or only a directory, or a manifest names what is not there.
        PlanRefusedError: Where the root is no directory, a manifest cannot be read, brackets are a set of
            characters and part of a name, or what is found is not a readable file, or is found twice.
        OSError: Where a directory or a manifest cannot be read.
    """
    if not os.path.isdir(root):
        raise PlanRefusedError(f"the root {root!r} is not a directory", "correct --root, or create it")
    path = os.path.join(root, name)
    if os.path.isdir(path):
        hint = f"name its files, such as {os.path.join(glob.escape(name), '*')!r}"
        raise NoInputError(f"input {name!r} is a directory (in {root})", hint)
    if os.path.lexists(path):
        found = _input(root, name)  # refuses what must not be opened, before a manifest is
        if split == "files" and manifest.is_manifest(name):
            return once((_input(root, entry) for entry in manifest.entries(path, root, report)), root, report)
        return (found,)
    _refuse_brackets_in_names(root, name)
    files = sorted(match for match in matches(root, name) if not os.path.isdir(os.path.join(root, match)))
    if not files:
        brackets = "; [...] is one of these characters, [[] is a bracket" if "[" in name else ""
        raise NoInputError(f"input {name!r} matches no file in {root}", f"correct the path or the pattern{brackets}")
    return once((_input(root, match) for match in files), root)


def _refuse_brackets_in_names(root: str, pattern: str) -> None:
    """Raise PlanRefusedError where brackets of a pattern are those of a name that is there."""
    steps = pattern.split("/")
    for place, step in enumerate(steps):
        if "[" not in step:
            continue
        as_name = "/".join((*steps[:place], step.replace("[", "[[]")))
        if matches(root, as_name) - matches(root, "/".join(steps[: place + 1])):
            message = (
                f"input {pattern!r} has two meanings: {step!r} is in a name that is there (in {root}), and a pattern"
            )
            hint = (
                f"write {'/'.join((as_name, *steps[place + 1 :]))!r} for that name; rename it if the pattern is meant"
            )
            raise PlanRefusedError(message, hint)


def matches(root: str, pattern: str) -> set[str]:
    """Return the names of files and directories below the root that a glob matches, or of the path that it is."""
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
    return Input(_posix(name), found.st_size, found.st_mtime_ns, Identity.of(found))


def _posix(name: str) -> str:
    return Path(name).as_posix()


def _glob(root: str, pattern: str) -> Iterator[str]:
    """Yield names below the root that match.

    Unlike in the standard library, `**` follows no circle of links.
    """
    head, recursive, tail = _split_recursive(pattern)
    if not recursive:
        yield from glob.glob(pattern, root_dir=root)
        return
    starts = glob.glob(head, root_dir=root) if head else [""]
    for start in starts:
        for directory in _directories(root, start, ()):
            yield from _glob(root, _join(glob.escape(directory), tail or "*"))


def _split_recursive(pattern: str) -> tuple[str, bool, str]:
    """Split at the first `**` that is a whole path element: before, whether there is one, after."""
    found = re.search(r"(?:^|(?<=/))\*\*(?:/+|$)", pattern)
    return (pattern[: found.start()], True, pattern[found.end() :]) if found else (pattern, False, "")


def _directories(root: str, name: str, ancestors: tuple[str, ...]) -> Iterator[str]:
    """Yield a directory and all visible ones below it; a link to an ancestor is not followed."""
    real = os.path.realpath(os.path.join(root, name))
    if real in ancestors or not os.path.isdir(real):
        return
    yield name
    for inner in sorted(os.listdir(real)):
        if not inner.startswith(".") and os.path.isdir(os.path.join(real, inner)):
            yield from _directories(root, _join(name, inner), (*ancestors, real))


def _join(directory: str, name: str) -> str:
    return os.path.join(directory, name) if directory else name

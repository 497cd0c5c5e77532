"""The project that a file belongs to, and links that lead out of it."""

from __future__ import annotations

import os

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

REPOSITORY, PACKAGE = ".git", "pyproject.toml"
"""The entries that mark a directory as a project's."""

SETTINGS = ".parallel-stage.toml"
CONFIGURATION = (PACKAGE, SETTINGS, "setup.py", "setup.cfg", ".gitignore", ".gitattributes", ".pre-commit-config.yaml")
"""The files that say how a project is built and checked."""

VERSION_CONTROL = (REPOSITORY, ".hg", ".svn", ".jj")
"""The names below which version control keeps its own files."""

OUTSIDE = "it is a link out of the project, of which nothing is quoted"
"""What a report says in place of a quotation; others may read the report than the file."""


def root(start: str, *markers: str) -> str:
    """Return the nearest directory, from `start` upwards, that has one of the markers.

    Else `start` itself.
    """
    start = directory = os.path.abspath(start)
    while not any(os.path.exists(os.path.join(directory, marker)) for marker in markers):
        parent = os.path.dirname(directory)
        if parent == directory:
            return start
        directory = parent
    return directory


def boundary(directory: str) -> str:
    """Return the real path of the repository that a directory is in.

    Without one, that of the package; without a package, that of the current directory, if it is below it.
    """
    for marker in (REPOSITORY, PACKAGE):
        found = root(directory, marker)
        if os.path.exists(os.path.join(found, marker)):
            return os.path.realpath(found)
    here, real = os.path.realpath(os.curdir), os.path.realpath(directory)
    return here if os.path.commonpath((here, real)) == here else real


def is_outside(path: str, within: str) -> bool:
    """Whether a path leads out of a directory, given by its real path."""
    target = os.path.realpath(path)
    return target != within and not target.startswith(os.path.join(within, ""))


def nearby(directory: str) -> list[str]:
    """Return the directory above one, and the current one, as far as they are other ones of the same project."""
    within = boundary(directory)
    found = dict.fromkeys((os.path.dirname(directory), os.getcwd()))
    return [each for each in found if each != directory and not is_outside(each, within)]


def leads_out(path: str) -> bool:
    """Whether a path leads out of the project that it starts in, by links; `..` only names another project."""
    return path in leading_out((path,))


def leading_out(paths: Iterable[str]) -> set[str]:
    """Return the paths that lead out of their project; each directory is looked at once."""
    found: set[str] = set()
    directories: dict[str, bool] = {}
    for path in paths:
        directory = os.path.dirname(os.path.abspath(path))
        if directory not in directories:
            directories[directory] = is_outside(directory, boundary(directory))
        if is_outside(path, boundary(directory)) if os.path.islink(path) else directories[directory]:
            found.add(path)
    return found

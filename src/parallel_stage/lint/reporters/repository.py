"""Paths of checked files in the repository, for services that show findings beside the code."""

from __future__ import annotations

import os


def root() -> str:
    """Return the absolute directory of the checkout, as CI's environment has it.

    Else the current directory.
    """
    return os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or os.getcwd())


def relative(path: str, start: str) -> str:
    """Return the path from the directory `start` to a file, with slashes; links are resolved.

    It starts with `../` for a file elsewhere, and is absolute where there is no such path (a Windows drive).
    """
    found = os.path.realpath(path)
    try:
        found = os.path.relpath(found, start)
    except ValueError:
        return found
    return found.replace(os.sep, "/")

"""Where a checked file stands in the repository: services that show findings beside the code want to know."""

from __future__ import annotations

import os


def root() -> str:
    """The absolute directory of the checkout: what GitHub's or GitLab's runner calls it, else the current directory."""
    return os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or os.getcwd())


def relative(path: str, start: str) -> str:
    """The way from the directory `start` to a file, in slashes and with links followed: services show no links.

    It starts with `../` where the file stands elsewhere, and is absolute where there is no way (a Windows
    drive).
    """
    found = os.path.realpath(path)
    try:
        found = os.path.relpath(found, start)
    except ValueError:
        return found
    return found.replace(os.sep, "/")

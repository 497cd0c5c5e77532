"""How git is started: by its absolute path, outside of the work tree, and so that a repository starts no program."""

from __future__ import annotations

import os

# Programs that a repository names would be started by a monitor, by a bare repository inside of the work tree, and
# by fetching what a partial clone lacks.
ALONE = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit", "--no-pager", "--no-optional-locks")

OUTSIDE = os.path.abspath(os.sep)
"""Where git is started: not in the work tree, where Windows would look for programs and libraries, too."""


def git() -> str | None:
    """Return the absolute path of git, from absolute directories of PATH only."""
    name = "git.exe" if os.name == "nt" else "git"
    places = (os.path.join(each, name) for each in os.get_exec_path() if os.path.isabs(each))
    return next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), None)


def environment() -> dict[str, str]:
    """Return the environment without what points git to another repository, as in a hook, and without a network.

    Objects are read as they are: none is replaced by another one. Old versions of git know no `GIT_NO_LAZY_FETCH`,
    and may not use any protocol instead.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    alone = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_REPLACE_OBJECTS": "1"}
    return kept | alone | {"GIT_TERMINAL_PROMPT": "0"}

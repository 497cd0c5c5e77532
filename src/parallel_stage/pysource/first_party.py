"""Which modules are a project's own, and which are installed."""

from __future__ import annotations

import os
from functools import lru_cache

_INSTALLED = ("site-packages", "dist-packages")
_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""What a directory has that is an environment of Python."""

_PACKAGE = os.path.abspath(os.path.join(__file__, "../.."))
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))


@lru_cache(maxsize=4096)
def is_first_party(directory: str, roots: tuple[str, ...]) -> bool:
    """Whether modules in a directory are the project's own: below a root, by its path or its real path.

    What lies in an environment or among installed packages below a root is not, nor is the standard library
    or this package.
    """
    path, real = os.path.abspath(directory), os.path.realpath(directory)
    return any(_is_below(path, os.path.abspath(root)) or _is_below(real, os.path.realpath(root)) for root in roots)


def is_installed(directory: str) -> bool:
    """Whether modules in a directory are part of Python, of an environment or of this package."""
    return not is_first_party(directory, (os.path.abspath(os.sep),))


def _is_below(directory: str, root: str) -> bool:
    if directory != root and not directory.startswith(os.path.join(root, "")):
        return False
    # A root is the user's choice, wherever it lies.
    while directory != root:
        if _begins_installed(directory):
            return False
        directory = os.path.dirname(directory)
    return True


def _begins_installed(directory: str) -> bool:
    if os.path.basename(directory) in _INSTALLED or directory in (_PACKAGE, _STANDARD_LIBRARY):
        return True
    return any(os.path.exists(os.path.join(directory, name)) for name in _ENVIRONMENT)

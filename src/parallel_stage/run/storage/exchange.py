"""Exchange two paths in one step, where the system can."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HERE = -100
"""Linux: AT_FDCWD, relative paths start at the current directory."""

_EXCHANGE = 2
"""Linux: RENAME_EXCHANGE. macOS: RENAME_SWAP."""


def exchange(one: Path, other: Path) -> bool:
    """Let two paths, of files or directories, change places in one step; links are exchanged themselves.

    Returns:
        False where the system or the file system cannot, or a path is not there: nothing has changed then.
    """
    if os.name == "nt":
        return False
    library, first, second = ctypes.CDLL(None), os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(first, second, _EXCHANGE) == 0)
    if hasattr(library, "renameat2"):
        return bool(library.renameat2(_HERE, first, _HERE, second, _EXCHANGE) == 0)
    return False

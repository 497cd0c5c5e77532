"""Loaded by a worker of Dask in a test (`--preload`): runs of a stage are not there for it, as on another machine.

With `BLIND_TO`, it is the paths that hold this text that are not there.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_RUNS = os.environ.get("BLIND_TO", os.path.join(".parallel-stage", "runs"))


def _blind(access: Callable[..., bool]) -> Callable[..., bool]:
    return lambda path, *args, **settings: _RUNS not in os.fspath(path) and access(path, *args, **settings)


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    """Let nothing there be opened, made, moved or removed."""
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.listdir", "os.scandir"):
        for path in args[:2]:
            if isinstance(path, (str, os.PathLike)) and _RUNS in os.fspath(path):
                raise FileNotFoundError(2, "a blind worker does not see it", os.fspath(path))


os.access = _blind(os.access)  # a worker may load this twice
sys.addaudithook(_refuse)

"""Backends: a module for each value of `backend`, with a context manager `start`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module

from parallel_stage.run.backends.protocol import Workers, WorkerSpec

Start = Callable[[WorkerSpec], AbstractContextManager[Workers]]


def _loaded_on_use(name: str) -> Start:
    """Return a backend's `start`, which loads its module: runner and workers need one of them only."""

    def start(spec: WorkerSpec) -> AbstractContextManager[Workers]:
        found: Start = import_module(f"{__name__}.{name}").start
        return found(spec)

    return start


BACKENDS: dict[str, Start] = {name: _loaded_on_use(name) for name in ("local", "pool", "dask")}
"""The backends by their names in contracts; a test compares the names with the schema's."""

"""Backends: a module for each value of `backend`, with a context manager `start`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from parallel_stage.run.backends import dask, local, pool
from parallel_stage.run.backends.protocol import Workers, WorkerSpec

Start = Callable[[WorkerSpec], AbstractContextManager[Workers]]

BACKENDS: dict[str, Start] = {"local": local.start, "pool": pool.start, "dask": dask.start}
"""The backends by their names in contracts; a test compares the names with the schema's."""

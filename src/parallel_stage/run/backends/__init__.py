"""What executes tasks; one module for each value of the contract's `backend`, each a context manager `start`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from parallel_stage.run.backends import dask, local, pool
from parallel_stage.run.backends.protocol import Workers, WorkerSpec

Start = Callable[[WorkerSpec], AbstractContextManager[Workers]]

BACKENDS: dict[str, Start] = {"local": local.start, "pool": pool.start, "dask": dask.start}
"""By the name that contracts use; a test holds the names equal to the schema's."""

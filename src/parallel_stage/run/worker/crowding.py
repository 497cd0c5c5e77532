"""What a function starts beside its worker: threads of libraries above the limit, and threads and processes of its own.

Every worker has a core or a few; what is started in each of them besides waits for the same cores.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_STARTING: dict[str, Any] = {"thread": threading.Thread, "process": BaseProcess}
"""The classes that Python's own pools, and those of joblib, start their threads and processes with."""
_LEAST = 2  # one thread or process waits for something, or is waited for
_OWN_COUNTS: dict[str, Callable[[Any], int]] = {
    "polars": lambda polars: polars.thread_pool_size(),
    "numexpr": lambda numexpr: numexpr.get_num_threads(),
    "pyarrow": lambda pyarrow: pyarrow.cpu_count(),
}
"""How a library that threadpoolctl does not know tells the number of its threads."""


class Crowding:
    """Notices, in one worker and for one task, what its partitions start."""

    def __init__(self, threads: int) -> None:
        """Take the number of threads that libraries may use."""
        self._limit = threads
        self._started = dict.fromkeys(_STARTING, 0)
        self._modules = 0

    @contextmanager
    def noticing(self) -> Iterator[None]:
        """Count the threads and processes that the calling thread starts during a `with` block."""
        caller, before = threading.get_ident(), {kind: owner.start for kind, owner in _STARTING.items()}

        def counted(kind: str) -> Callable[[Any], None]:
            def start(self_: Any) -> None:
                self._started[kind] += threading.get_ident() == caller
                before[kind](self_)

            return start

        try:
            for kind, owner in _STARTING.items():
                setattr(owner, "start", counted(kind))  # noqa: B010 -- a method, to a type checker
            yield
        finally:
            for kind, owner in _STARTING.items():
                setattr(owner, "start", before[kind])  # noqa: B010

    def take(self) -> str:
        """Return what has been started since the last call, as a clause; empty where nothing crowds."""
        if len(sys.modules) == self._modules and not any(self._started.values()):
            return ""
        started = [plural(count, kind) for kind, count in self._started.items() if count >= _LEAST]
        self._started = dict.fromkeys(_STARTING, 0)
        said = [f"starts {' and '.join(started)} of its own"] if started else []
        if len(sys.modules) != self._modules:  # libraries were loaded, so ask them again
            self._modules = len(sys.modules)
            said += [f"lets {name} use {plural(count, 'thread')}" for name, count in exceeding(self._limit)]
        return ", and ".join(said)


def exceeding(limit: int) -> list[tuple[str, int]]:
    """Return the loaded libraries that may use more threads than the limit, sorted, each with their number.

    Those of BLAS and OpenMP are seen where threadpoolctl is installed.
    """
    found = {}
    for name, count in _OWN_COUNTS.items():
        with suppress(AttributeError, TypeError):  # another module of that name, or one that is being loaded
            found[name] = int(count(sys.modules.get(name)))
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        pools: list[dict[str, Any]] = []
    else:
        pools = threadpool_info()
    for pool in pools:
        found[pool["internal_api"]] = max(pool["num_threads"], found.get(pool["internal_api"], 0))
    return sorted((name, count) for name, count in found.items() if count > limit)

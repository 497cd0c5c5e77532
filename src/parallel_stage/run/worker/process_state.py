"""Where a function runs: its directory, its module search path and its thread budget, the same on every backend."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_stage.run.task import Stage

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)
"""What libraries read, when they are loaded, to learn how many threads they may start."""

# Directory, environment, standard output and peak memory belong to the process: one task at a time in each.
_one_at_a_time = threading.RLock()


def thread_environment(threads: int) -> dict[str, str]:
    """The thread variables for a worker that may use so many threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(threads))


@contextmanager
def stage_environment(stage: Stage) -> Iterator[None]:
    """Make the process the stage's for the length of a `with` block, and put everything back afterwards."""
    with _one_at_a_time:
        search, environment, directory = list(sys.path), dict(os.environ), os.getcwd()
        try:
            os.environ.update(thread_environment(stage.contract.threads_per_worker))
            sys.path[:0] = stage.search
            os.chdir(stage.root)
            yield
        finally:
            os.chdir(directory)
            sys.path[:] = search
            _restore(environment)


def handles_sigint() -> bool:
    """Whether Ctrl-C comes as KeyboardInterrupt here: in a main thread that does not ignore it, so in no worker's task.

    Where it does not, a KeyboardInterrupt is one that the user's code has raised, an exception like others.
    """
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def _restore(environment: Mapping[str, str]) -> None:
    for name in THREAD_VARIABLES:
        if name in environment:
            os.environ[name] = environment[name]
        else:
            os.environ.pop(name, None)

"""The process that a function runs in: directory, search path and threads, the same on every backend."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from parallel_stage.contract.function import parse
from parallel_stage.errors import Interrupted
from parallel_stage.run.worker.project import project_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_stage.run.task import Stage

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)
"""The variables from which libraries read, when they are loaded, how many threads they may start."""

# Directory, environment, standard output and peak memory belong to the process: one task at a time in each.
_one_at_a_time = threading.RLock()


def thread_environment(threads: int) -> dict[str, str]:
    """Return the thread variables of a worker with that many threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(threads))


@contextmanager
def stage_environment(stage: Stage, function: str = "") -> Iterator[None]:
    """Set up the process for a function of a stage during a `with` block, and restore it afterwards.

    Args:
        stage: The stage.
        function: The function that is loaded and called in the block; by default the one of the partitions.
    """
    ref = parse(function or stage.contract.function)
    with _one_at_a_time, project_of(ref, stage.search):
        environment, directory = dict(os.environ), os.getcwd()
        try:
            os.environ.update(thread_environment(stage.contract.threads_per_worker))
            os.chdir(stage.root)
            yield
        finally:
            os.chdir(directory)
            _restore(environment)


@contextmanager
def held(directory: str) -> Iterator[int | str]:
    """Provide what `os.chdir` takes for a directory during a `with` block.

    Yields:
        The open directory, which takes a third of the time of its path; or the path, where that cannot be.
    """
    if os.chdir not in os.supports_fd:
        yield directory
        return
    descriptor = os.open(directory, getattr(os, "O_PATH", os.O_RDONLY))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_interrupt(error: BaseException) -> bool:
    """Whether an exception interrupts the run: Interrupted, and what Ctrl-C raises where it does so.

    In a thread, or a process that ignores SIGINT, a KeyboardInterrupt is one of the user's code like any other.
    """
    if not isinstance(error, KeyboardInterrupt) or isinstance(error, Interrupted):
        return isinstance(error, Interrupted)
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def _restore(environment: Mapping[str, str]) -> None:
    for name in THREAD_VARIABLES:
        if name in environment:
            os.environ[name] = environment[name]
        else:
            os.environ.pop(name, None)

"""Start worker processes that end with the run, and whose machinery is Python's own.

A spawned interpreter runs `python -c …`, which puts the current directory before the standard library until it
has the search path of its parent: until then, a `socket.py` of the project would be imported for Python's.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from functools import partial, partialmethod
from multiprocessing import spawn, util
from typing import TYPE_CHECKING, Any

from parallel_stage.run.processes.groups import watch, workers_watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess

_FIRST = "import sys; sys.path[:] = filter(None, sys.path); "
"""What a new interpreter executes first. The option `-P` does the same, from Python 3.11 on."""
_OWN_GROUP = f"{_FIRST}import os; os.setpgid(0, 0); "
"""The same for the processes of a run: signals for the runner's group are not for them."""

_FIRST_OF_WORKER = (
    f"{_OWN_GROUP}sys.excepthook = lambda kind, *rest: "
    "issubclass(kind, (EOFError, OSError)) or sys.__excepthook__(kind, *rest); "
)
"""The same for workers: one whose runner ends, or is interrupted, while the worker starts, has nothing to report.

`groups.lead_group`, with which its work begins, puts the hook back.
"""

_FIRST_OF_TRACKER = f"{_OWN_GROUP}import warnings; warnings.simplefilter('ignore'); "
"""The same for the process that removes what a killed runner has left, and has nothing to report to the user."""

WORKER_MARK = "PARALLEL_STAGE_WORKER"
"""The variable in the environment that a nanny of Dask gives a worker of a run."""

_lock = threading.Lock()
_users = 0
_put_back: list[Callable[[], None]] = []
_starting = threading.local()
"""The process that this thread is starting."""


def belongs_to_run(process: BaseProcess) -> None:
    """Say that a process, which is not started yet, is a worker of a run and none that the program has for itself."""
    process.belongs_to_run = True  # type: ignore[attr-defined]


@contextmanager
def starting_workers() -> Iterator[None]:
    """Let multiprocessing start its processes without the current directory on their path, during a `with` block.

    The process groups of those that are workers of a run end with them, and at the end of the block. What the
    program starts for itself meanwhile is left alone.
    """
    _count(1)
    try:
        with workers_watched():
            yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    """Replace functions of multiprocessing for the first run, put them back after the last: runs in threads share."""
    global _users  # noqa: PLW0603 - as multiprocessing is the process's own
    with _lock:
        if not _users:
            _replace()
        _users += change
        if not _users:
            while _put_back:
                _put_back.pop()()


def _replace() -> None:
    # On each system, one function starts the workers and the process that tracks their resources.
    if os.name == "nt":
        _replace_one(spawn, "get_command_line", _command)
        return
    from multiprocessing.popen_spawn_posix import Popen

    _replace_one(util, "spawnv_passfds", _spawned)
    _replace_one(Popen, "_launch", _launched)


def _replace_one(owner: Any, name: str, new: Callable[..., Any]) -> None:
    original = getattr(owner, name)
    setattr(owner, name, partialmethod(new, original) if isinstance(owner, type) else partial(new, original))
    _put_back.append(partial(setattr, owner, name, original))


def _launched(popen: Any, original: Any, process: BaseProcess) -> None:
    _starting.process = process
    try:
        original(popen, process)
    finally:
        del _starting.process


def _spawned(original: Any, path: Any, args: list[Any], passfds: Any) -> Any:
    code = " ".join(map(os.fsdecode, args))
    is_worker = "spawn_main" in code and _is_worker(getattr(_starting, "process", None))
    first = _FIRST_OF_WORKER if is_worker else _FIRST_OF_TRACKER if "resource_tracker" in code else _FIRST
    pid = original(path, _begun(args, first), passfds)
    if is_worker:
        watch(pid)
    return pid


def _is_worker(process: Any) -> bool:
    """Whether a process that is being started is a worker of a run; those of Dask are started by their nannies."""
    target = next(iter(getattr(process, "_args", ())), None)
    environment = getattr(target, "keywords", {}).get("env") or ()
    return getattr(process, "belongs_to_run", False) or WORKER_MARK in environment


def _command(original: Any, **kwargs: Any) -> list[Any]:
    return _begun(original(**kwargs), _FIRST)


def _begun(args: list[Any], first: str) -> list[Any]:
    """Return a command line whose code begins with `first`; one without code stays."""
    place = args.index("-c") + 1 if "-c" in args else len(args)
    return [f"{first}{arg}" if number == place else arg for number, arg in enumerate(args)]

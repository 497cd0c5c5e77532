"""Start worker processes that end with the run, and whose machinery is Python's own.

A spawned interpreter runs `python -c …`, which puts the current directory before the standard library until it
has the search path of its parent: until then, a `socket.py` of the project would be imported for Python's.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from multiprocessing import spawn, util
from typing import TYPE_CHECKING, Any

from parallel_stage.run.processes.groups import watch, workers_watched

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST = "import sys; sys.path[:] = filter(None, sys.path); "
"""What a new interpreter executes first. The option `-P` does the same, from Python 3.11 on."""
_OWN_GROUP = f"{_FIRST}import os; os.setpgid(0, 0); "
"""The same for the processes of a run: signals for the runner's group are not for them."""

_FIRST_OF = {
    "spawn_main": _OWN_GROUP,
    # It removes what a killed runner has left, and has nothing to report to the user.
    "resource_tracker": f"{_OWN_GROUP}import warnings; warnings.simplefilter('ignore'); ",
}

_lock = threading.Lock()
_users = 0
_original: Any = None


@contextmanager
def starting_workers() -> Iterator[None]:
    """Let multiprocessing start its processes without the current directory on their path, during a `with` block.

    The process groups of those that are workers end with them, and at the end of the block. On each system, one
    function starts the workers and the process that tracks their resources.
    """
    _count(1)
    try:
        with workers_watched():
            yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    """Replace that function for the first run, and put it back after the last: runs in threads share it."""
    global _users, _original  # noqa: PLW0603 - as multiprocessing is the process's own
    module, name, replacement = (
        (spawn, "get_command_line", _command) if os.name == "nt" else (util, "spawnv_passfds", _spawned)
    )
    with _lock:
        if not _users:
            _original = getattr(module, name)
            setattr(module, name, replacement)
        _users += change
        if not _users:
            setattr(module, name, _original)


def _spawned(path: Any, args: list[Any], passfds: Any) -> Any:
    code = " ".join(map(os.fsdecode, args))
    first = next((first for name, first in _FIRST_OF.items() if name in code), _FIRST)
    pid = _original(path, _begun(args, first), passfds)
    if "spawn_main" in code:
        watch(pid)
    return pid


def _command(**kwargs: Any) -> list[Any]:
    return _begun(_original(**kwargs), _FIRST)


def _begun(args: list[Any], first: str) -> list[Any]:
    """Return a command line whose code begins with `first`; one without code stays."""
    place = args.index("-c") + 1 if "-c" in args else len(args)
    return [f"{first}{arg}" if number == place else arg for number, arg in enumerate(args)]

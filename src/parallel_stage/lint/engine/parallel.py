"""Check many files in several processes, none of which imports anything from the directory that is checked."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from parallel_stage.errors import ParallelStageError
from parallel_stage.plan.policy import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHARE = 100
"""How many files a process takes at once: so few that Ctrl-C is soon obeyed."""

_START = """
import json, sys
sys.path += [path for path in json.loads(sys.argv[1]) if path not in sys.path]
from parallel_stage.lint.engine.parallel import serve
serve()
"""
"""What a new interpreter runs; isolated, it imports nothing from the current directory."""

Job = TypeVar("Job")
Seen = TypeVar("Seen")


def map_in_processes(look: Callable[[Job], Seen], jobs: Sequence[Job]) -> list[Seen]:
    """What `look` sees of each job, in the order of the jobs.

    The start methods of multiprocessing that run a new interpreter let it import from the current directory, which is
    a stranger's repository: where a fork is not safe, new interpreters are started here, isolated from it.

    Raises:
        ParallelStageError: Where somebody ends one of the processes that look.
    """
    return _forked(look, jobs) if can_fork() else _isolated(look, jobs)


def can_fork() -> bool:
    """Whether a copy of this process can do the work: not on Windows, and not beside the system libraries of macOS."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def _forked(look: Callable[[Job], Seen], jobs: Sequence[Job]) -> list[Seen]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("fork")
    try:
        with ProcessPoolExecutor(available_cores(), context, initializer=_ignore_interrupts) as pool:
            return list(pool.map(look, jobs, chunksize=_SHARE))
    except BrokenProcessPool:
        raise _killed() from None


def _isolated(look: Callable[[Job], Seen], jobs: Sequence[Job]) -> list[Seen]:
    from concurrent.futures import ThreadPoolExecutor

    shares = [jobs[start : start + _SHARE] for start in range(0, len(jobs), _SHARE)]
    interpreters = [_Interpreter() for _ in range(min(available_cores(), len(shares)))]
    free: SimpleQueue[_Interpreter] = SimpleQueue()
    for interpreter in interpreters:
        free.put(interpreter)

    def seen_in(share: Sequence[Job]) -> list[Seen]:
        interpreter = free.get()
        try:
            found: list[Seen] = interpreter.call(look, share)
        finally:
            free.put(interpreter)
        return found

    with ThreadPoolExecutor(len(interpreters)) as threads:
        try:
            return [seen for found in threads.map(seen_in, shares) for seen in found]
        finally:  # after Ctrl-C too: a thread that waits for an answer sees its end
            for interpreter in interpreters:
                interpreter.end()


class _Interpreter:
    """A new interpreter that looks at one share after the other; `serve` is its side."""

    def __init__(self) -> None:
        here = os.path.realpath(os.getcwd())
        paths = [path for path in map(os.path.abspath, filter(None, sys.path)) if os.path.realpath(path) != here]
        flags = ["-I", *(["-B"] if sys.dont_write_bytecode else []), "-X", f"utf8={sys.flags.utf8_mode}"]
        command = [sys.executable, *flags, "-c", _START, json.dumps(paths)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603

    def call(self, look: Callable[[Job], Seen], share: Sequence[Job]) -> list[Seen]:
        """What it sees of a share. Raises ParallelStageError where it was ended, and what `look` raises."""
        process = self._process
        assert process.stdin is not None  # noqa: S101 -- for the type checker
        assert process.stdout is not None  # noqa: S101 -- the same
        try:
            pickle.dump((look, share), process.stdin)
            process.stdin.flush()
            found, error = pickle.load(process.stdout)  # noqa: S301 -- from our own process
        except (EOFError, OSError):
            raise _killed() from None
        if error is not None:
            raise error
        return list(found)

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()


def serve() -> None:
    """Answer shares on standard input until it ends: the side of the new interpreter."""
    _ignore_interrupts()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not be taken for an answer
    with suppress(EOFError):
        while True:
            look, share = pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started this one
            pickle.dump(_answer(look, share), answers)
            answers.flush()


def _answer(look: Callable[[Job], Seen], share: Sequence[Job]) -> tuple[list[Seen], Exception | None]:
    try:
        return list(map(look, share)), None
    except Exception as error:  # noqa: BLE001 -- raised again where it is wanted
        return [], error


def _killed() -> ParallelStageError:
    message = "a process that checked some of the files was killed, perhaps for want of memory"
    return ParallelStageError(message, "check again, or fewer files at a time")


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that people started, which ends these."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

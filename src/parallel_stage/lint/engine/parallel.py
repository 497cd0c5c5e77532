"""Check many files in several processes, which import nothing from the checked directory."""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from parallel_stage.errors import ParallelStageError
from parallel_stage.plan.policy import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_SHARE = 100
"""The number of files that a process takes at once."""

_NUMBER, _MOST_SHARES = 4, 10_000
"""The bytes of a share's number, and the most shares: a pipe must have room for all numbers."""

_START = """
import gc, json, sys
paths, threshold = json.loads(sys.argv[1])
gc.set_threshold(*threshold)
sys.path += [path for path in paths if path not in sys.path]
from parallel_stage.lint.engine.parallel import serve
serve()
"""
"""The program of a new interpreter; it is isolated, so nothing is imported from the current directory."""

Job = TypeVar("Job")
Result = TypeVar("Result")


def map_in_processes(check: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
    """Return the result of each job, in the order of the jobs.

    Some start methods of multiprocessing run a new interpreter, which imports from the current directory: a
    stranger's repository. Where a fork is not safe, this module starts isolated interpreters instead.

    Raises:
        ParallelStageError: Where one of the processes is killed.
    """
    return _forked(check, jobs) if can_fork() else _isolated(check, jobs)


def can_fork() -> bool:
    """Whether this process can be forked: not on Windows, nor safely with macOS's system libraries."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def _forked(check: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
    size = max(_SHARE, -(-len(jobs) // _MOST_SHARES))
    shares = [jobs[start : start + size] for start in range(0, len(jobs), size)]
    numbers, source = os.pipe()  # whoever is free reads the number of the next share
    os.write(source, b"".join(number.to_bytes(_NUMBER, "big") for number in range(len(shares))))
    os.close(source)
    forks = [_Fork(check, shares, numbers) for _ in range(min(available_cores(), len(shares)))]
    try:
        found = {number: results for fork in forks for number, results in fork.results()}
    finally:
        os.close(numbers)
        for fork in forks:
            fork.end()
    return [result for number in range(len(shares)) for result in found[number]]


class _Fork:
    """A process that has all that this one has, and checks shares while there are any.

    multiprocessing and concurrent.futures are not used, since their import takes as long as checking 100 files.
    """

    def __init__(self, check: Callable[[Job], Result], shares: Sequence[Sequence[Job]], numbers: int) -> None:
        answers, answer = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                _ignore_interrupts()
                with os.fdopen(answer, "wb") as file:
                    pickle.dump(_answer(partial(_checked, check, shares), _numbers(numbers)), file)
            finally:
                os._exit(0)  # nothing that this process has begun is to be ended twice
        os.close(answer)
        self._answers = os.fdopen(answers, "rb")

    def results(self) -> list[tuple[int, list[Any]]]:
        """Return the results of its shares, by their numbers.

        Raise what `check` raises, or ParallelStageError for a killed process.
        """
        try:
            found, error = pickle.load(self._answers)  # noqa: S301 -- from our own process
        except EOFError:
            raise _killed() from None
        if error is not None:
            raise error
        return list(found)

    def end(self) -> None:
        """Kill the process."""
        self._answers.close()
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _numbers(source: int) -> Iterator[int]:
    while number := os.read(source, _NUMBER):
        yield int.from_bytes(number, "big")


def _checked(check: Callable[[Job], Result], shares: Sequence[Sequence[Job]], number: int) -> tuple[int, list[Result]]:
    return number, list(map(check, shares[number]))


def _isolated(check: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
    from concurrent.futures import ThreadPoolExecutor

    shares = [jobs[start : start + _SHARE] for start in range(0, len(jobs), _SHARE)]
    interpreters = [_Interpreter() for _ in range(min(available_cores(), len(shares)))]
    free: SimpleQueue[_Interpreter] = SimpleQueue()
    for interpreter in interpreters:
        free.put(interpreter)

    def results_of(share: Sequence[Job]) -> list[Result]:
        interpreter = free.get()
        try:
            found: list[Result] = interpreter.call(check, share)
        finally:
            free.put(interpreter)
        return found

    with ThreadPoolExecutor(len(interpreters)) as threads:
        try:
            return [result for results in threads.map(results_of, shares) for result in results]
        finally:  # after Ctrl-C too: a thread that waits for an answer sees its end
            for interpreter in interpreters:
                interpreter.end()


class _Interpreter:
    """An isolated interpreter that checks one share of the jobs after the other; it runs `serve`."""

    def __init__(self) -> None:
        here = os.path.realpath(os.getcwd())
        paths = [path for path in map(os.path.abspath, filter(None, sys.path)) if os.path.realpath(path) != here]
        flags = ["-I", *(["-B"] if sys.dont_write_bytecode else []), "-X", f"utf8={sys.flags.utf8_mode}"]
        command = [sys.executable, *flags, "-c", _START, json.dumps([paths, gc.get_threshold()])]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603

    def call(self, check: Callable[[Job], Result], share: Sequence[Job]) -> list[Result]:
        """Return the results of a share.

        Raise what `check` raises, or ParallelStageError for a killed process.
        """
        process = self._process
        assert process.stdin is not None  # noqa: S101 -- for the type checker
        assert process.stdout is not None  # noqa: S101 -- the same
        try:
            pickle.dump((check, share), process.stdin)
            process.stdin.flush()
            found, error = pickle.load(process.stdout)  # noqa: S301 -- from our own process
        except (EOFError, OSError):
            raise _killed() from None
        if error is not None:
            raise error
        return list(found)

    def end(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.communicate()


def serve() -> None:
    """Answer shares from standard input until it ends; runs in the isolated interpreter."""
    _ignore_interrupts()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not become part of an answer
    with suppress(EOFError):
        while True:
            check, share = pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started this one
            pickle.dump(_answer(check, share), answers)
            answers.flush()


def _answer(check: Callable[[Job], Result], share: Iterable[Job]) -> tuple[list[Result], Exception | None]:
    try:
        return list(map(check, share)), None
    except Exception as error:  # noqa: BLE001 -- raised again where it is wanted
        return [], error


def _killed() -> ParallelStageError:
    message = "a process that checked some of the files was killed, perhaps for want of memory"
    return ParallelStageError(message, "check again, or fewer files at a time")


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that a person started, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

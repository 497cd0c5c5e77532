"""The protocol of a backend: start some workers, submit tasks to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import BackendLostError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


class WorkerLostError(BackendLostError):
    """The worker that executed a task has ended; the backend has replaced it."""


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """The workers that a backend starts.

    Attributes:
        workers: Their number.
        threads: The threads that the libraries in one worker may use.
        scheduler: The address of a running Dask scheduler; empty to start own workers.
        isolated: Whether `local` has a process of its own, so that nothing ends the runner's.
    """

    workers: int
    threads: int
    scheduler: str = ""
    isolated: bool = False


def always_healthy() -> str:
    """Return no reason: workers that cannot be lost as a whole."""
    return ""


@dataclass(frozen=True, slots=True)
class Workers:
    """Started workers.

    Attributes:
        count: Their number.
        in_flight: The number of tasks to keep submitted: a small multiple of the workers.
        submit: Calls a function with arguments in a worker; the future raises WorkerLostError when that
            worker ended.
        run_on_all: Calls a function in every worker (or in one, where all are alike); returns results by
            worker.
        failure_reason: Returns why no task can be executed any more; empty while tasks can.
        link: The address of a page that shows the work, or empty.
    """

    count: int
    in_flight: int
    submit: Callable[..., Future[Any]]
    run_on_all: Callable[..., dict[str, Any]]
    failure_reason: Callable[[], str] = always_healthy
    link: str = ""

"""The protocol of a backend: start some workers, submit tasks to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import BackendLostError
from parallel_stage.run.scheduler import NO_TLS, Tls

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


INSTALL_THERE = "install the same parallel-stage in the environments of the workers and of their scheduler"
"""What helps where one of them cannot load this package."""


class WorkerLostError(BackendLostError):
    """The worker that executed a task has ended; other workers are there, or will be.

    `expected` says that it was told to, so that the task is not to blame; `worker` which one it was, and `seconds` how
    long it had the task, where that is known.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        details: str = "",
        *,
        expected: bool = False,
        worker: str = "",
        seconds: float = 0,
    ) -> None:
        super().__init__(message, hint, details)
        self.expected = expected
        self.worker = worker
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """The workers that a backend starts.

    Attributes:
        workers: Their number.
        threads: The threads that the libraries in one worker may use.
        scheduler: The address or the file of a running Dask scheduler; empty to start own workers.
        isolated: Whether `local` has a process of its own, so that nothing ends the runner's.
        tls: The certificates for that scheduler.
    """

    workers: int
    threads: int
    scheduler: str = ""
    isolated: bool = False
    tls: Tls = NO_TLS


def always_healthy() -> str:
    """Return no reason: workers that cannot be lost as a whole."""
    return ""


def no_notes() -> list[str]:
    """Return no notes: workers of which there is nothing to say."""
    return []


def not_addressed(address: str, *_: object) -> Future[Any]:
    """Raise LookupError: workers that have no addresses."""
    raise LookupError(address)


def never_joined(_probe: Callable[[], Any], _check: Callable[[str, Any], None]) -> None:
    """Do nothing: no worker joins that was not there at the start, or whose like was not."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Started workers.

    Attributes:
        count: Their number.
        in_flight: Returns the number of tasks to keep submitted: a small multiple of the workers there are now.
        submit: Calls a function with arguments in a worker; the future raises WorkerLostError when that
            worker ended.
        submit_to: The same in the worker of this address, of those that are addressed.
        run_on_all: Calls a function in every worker (or in one, where all are alike); returns results by
            worker.
        admit: Checks workers that join from now on: they get tasks where `check(name, probe())` does not raise.
        notes: Returns what a person should know of the workers since the last call.
        failure_reason: Returns why no task can be executed any more; empty while tasks can.
        task_seconds: The time a task should take, so that dispatching it is a small part of that.
        least_seconds: The time below which a task takes longer to dispatch than to execute.
        link: The address of a page that shows the work, or empty.
        elsewhere: The addresses of those that do not see the run directory, as the health check finds.
    """

    count: int
    in_flight: Callable[[], int]
    submit: Callable[..., Future[Any]]
    run_on_all: Callable[..., dict[str, Any]]
    submit_to: Callable[..., Future[Any]] = not_addressed
    admit: Callable[[Callable[[], Any], Callable[[str, Any], None]], None] = never_joined
    notes: Callable[[], list[str]] = no_notes
    failure_reason: Callable[[], str] = always_healthy
    task_seconds: float = 0.15
    least_seconds: float = 0.0
    link: str = ""
    elsewhere: set[str] = field(default_factory=set)

"""What the scheduler of a service says of itself, of its workers and of their tasks."""

from __future__ import annotations

import asyncio
import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.errors import BackendLostError
from parallel_stage.run.backends.certificates import security_of

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from parallel_stage.run.scheduler import Scheduler
    from parallel_stage.service.state import Service

_PATIENCE = 10
"""The seconds that a scheduler has to answer."""


class Worker(NamedTuple):
    """A worker, as the scheduler knows it.

    Attributes:
        name: Its name; its address where it has none.
        address: Its address, which is new with each start of its process.
        status: What it says of itself, such as `running`.
        last_seen: The seconds since the epoch when it was heard last.
    """

    name: str
    address: str
    status: str
    last_seen: float


class Answer(NamedTuple):
    """What a scheduler answers.

    Attributes:
        workers: The workers that are there.
        waiting: The number of tasks that no worker has.
        running: The number of tasks that workers have.
    """

    workers: tuple[Worker, ...]
    waiting: int
    running: int


def ask(service: Service) -> Answer:
    """Ask the scheduler of a service.

    Raises:
        BackendLostError: Where it does not answer.
    """
    try:
        identity = _in_own_loop(_identity(service.reached()))
    except (OSError, TimeoutError, asyncio.TimeoutError, ValueError, TypeError) as error:
        reason = str(error) or f"nothing came within {_PATIENCE} seconds"
        message = f"the scheduler of the service {service.name} at {service.address} does not answer: {reason}"
        raise BackendLostError(message, f"parallel-stage service restart {service.name}") from None
    workers = (
        Worker(str(each["name"]), address, str(each["status"]), float(each["last_seen"]))
        for address, each in identity["workers"].items()
    )
    counts = _counts(int(identity["services"].get("dashboard", 0)))
    waiting = counts.get("waiting", 0) + counts.get("unrunnable", 0)
    return Answer(tuple(sorted(workers)), waiting, counts.get("processing", 0))


def _in_own_loop(answer: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """Wait for an answer in a thread: where this is called, as in a notebook, a loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(answer, _PATIENCE)).result()


async def _identity(scheduler: Scheduler) -> dict[str, Any]:
    from distributed.core import rpc

    security = security_of(scheduler)
    secured = security.get_connection_args("client") if security else {}  # type: ignore[no-untyped-call]
    async with rpc(scheduler.address, timeout=_PATIENCE, connection_args=secured) as asked:  # type: ignore[no-untyped-call]
        found: dict[str, Any] = await asked.identity(n_workers=-1)
        return found


def _counts(port: int) -> dict[str, int]:
    """Return the scheduler's numbers of tasks, from its HTTP server on this machine; empty where it has none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    found: dict[str, int] = {}
    with suppress(OSError, ValueError, http.client.HTTPException):
        connection.request("GET", "/json/counts.json")
        found = json.loads(connection.getresponse().read())
    connection.close()
    return found

"""`local`: the runner's own process, one task after the other."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from parallel_stage.run.backends.protocol import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.run.backends.protocol import WorkerSpec


@contextmanager
def start(_request: WorkerSpec) -> Iterator[Workers]:
    """Start nothing: a submitted task is executed at once."""
    yield Workers(count=1, in_flight=1, submit=_submit, run_on_all=_run_on_all)


def _submit(function: Callable[..., Any], *args: object) -> Future[Any]:
    """Call a function at once; only what is not an Exception, such as KeyboardInterrupt, is raised here."""
    future: Future[Any] = Future()
    try:
        future.set_result(function(*args))
    except Exception as error:  # noqa: BLE001  a future holds what its function raised
        future.set_exception(error)
    return future


def _run_on_all(function: Callable[..., Any], *args: object) -> dict[str, Any]:
    return {"local": function(*args)}

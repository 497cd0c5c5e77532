"""`local`: one task after the other, in the runner's own process or, where that must not end, in one of its own."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from parallel_stage.run.backends.isolated import isolated
from parallel_stage.run.backends.protocol import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.run.backends.protocol import WorkerSpec


@contextmanager
def start(spec: WorkerSpec) -> Iterator[Workers]:
    """Start nothing, or one process with the first task; a submitted task is executed at once."""
    if not spec.isolated:
        yield Workers(count=1, in_flight=lambda: 1, submit=_submit, run_on_all=_run_on_all)
        return
    with isolated() as process:
        yield Workers(
            count=1,
            in_flight=lambda: 1,
            submit=process.submit,
            run_on_all=lambda function, *args: {"local": process.call(function, *args)},
        )


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

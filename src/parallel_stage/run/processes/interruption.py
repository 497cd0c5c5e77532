"""SIGINT, SIGTERM and SIGHUP interrupt a run: it stops what it has started and writes its manifest."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)})

_SAME = 1.0
"""The seconds in which further signals are taken for the same one: a terminal and a parent both send it."""

_last = -_SAME
_postponed: list[int] | None = None


def raise_interrupts() -> dict[signal.Signals, Any]:
    """Let the signals raise Interrupted in the main thread, where neither code nor the caller has decided else.

    A signal that is ignored, as by nohup, stays ignored, and a handler that the program has set stays.

    Returns:
        The handlers that were replaced.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    default = (signal.SIG_DFL, signal.default_int_handler)
    replaced = {number: signal.getsignal(number) for number in SIGNALS if signal.getsignal(number) in default}
    global _last  # noqa: PLW0603 - handlers are the process's own
    _last = -_SAME
    for number in replaced:
        signal.signal(number, _interrupt)
    return replaced


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """Let the signals raise Interrupted during a `with` block, and restore the handlers."""
    replaced = raise_interrupts()
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


@contextmanager
def handlers_restored() -> Iterator[None]:
    """Restore at the end of a `with` block how the signals are handled: runs may follow one that ignores them."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def interrupts_postponed() -> Iterator[None]:
    """Let an interrupt of `raise_interrupts` wait for the end of a `with` block, whatever else is raised there."""
    global _postponed  # noqa: PLW0603 - handlers are the process's own
    noted: list[int] = []
    _postponed = noted
    try:
        yield
    finally:
        _postponed = None
        if noted:
            raise Interrupted(number=noted[0])


def ignore_interrupts() -> None:
    """Ignore the signals that raise Interrupted from now on: the run is all but over, they come too late."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is _interrupt:
                signal.signal(number, signal.SIG_IGN)


def reset_in_worker() -> None:
    """Undo in a forked worker what the runner has set; the terminal's interrupt is the runner's to handle."""
    for number in SIGNALS:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(number: int, _frame: object) -> None:
    global _last  # noqa: PLW0603 - handlers are the process's own
    now = time.monotonic()
    if now - _last < _SAME:
        return
    _last = now
    if _postponed is None:
        raise Interrupted(number=number)
    _postponed.append(number)

"""A guard against user code that ends the runner's own process: without it, a run could exit 0 and have no result.

Calls from C, such as `ctypes.CDLL(None)._exit(0)`, pass it by.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENDING = ("_exit", "execv", "execve")
"""Functions of `os` after which nothing of this process is left; the other `exec` functions call these."""


class ProcessEndError(BaseException):
    """User code called what would have ended the process; not an Exception, since user code may catch those."""


@contextmanager
def guarded_exits() -> Iterator[None]:
    """Let `os._exit` and `os.exec…` raise ProcessEndError in this process; children that it forks may end as they like.

    A function that user code has kept is itself again after the `with` block.
    """
    active = [os.getpid()]
    real = {name: getattr(os, name) for name in _ENDING}
    try:
        for name, function in real.items():
            setattr(os, name, _raising(name, function, active))
        yield
    finally:
        active.clear()
        for name, function in real.items():
            setattr(os, name, function)


def _raising(name: str, function: Callable[..., NoReturn], active: list[int]) -> Callable[..., NoReturn]:
    def raise_in_its_place(*args: Any, **kwargs: Any) -> NoReturn:
        if os.getpid() not in active:
            function(*args, **kwargs)
        shown = ", ".join(map(repr, args[:1]))
        raise ProcessEndError(f"os.{name}({shown})")

    return raise_in_its_place

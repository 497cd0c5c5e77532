"""A guard against user code that ends the runner's process, which would exit 0 without a result.

It names the user's line and costs no process, but does not see calls from C, such as
`ctypes.CDLL(None)._exit(0)`: against these, the command runs user code in other processes (`backends.isolated`).
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENDING = ("_exit", "execv", "execve")
"""Functions of `os` that end this process; the other `exec` functions call these."""


class ProcessEndError(BaseException):
    """User code tried to end the process. It is no Exception, which user code might catch."""


@contextmanager
def guarded_exits() -> Iterator[None]:
    """Let `os._exit` and `os.exec…` raise ProcessEndError in this process, but not in its forked children.

    A reference that user code has kept works as usual after the `with` block.
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

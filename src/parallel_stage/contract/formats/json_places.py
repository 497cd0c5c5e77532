"""The place of every key and value of a JSON text; the standard reader says where each plain value stops."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from parallel_stage.contract.formats import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from parallel_stage.contract.formats import FoundPlace
    from parallel_stage.contract.spans import Route

# Figures as text: only their places are wanted, and Python limits the digits of an integer.
_read = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def places(text: str) -> Iterator[FoundPlace]:
    """Every route with the spans of its key and value, in code points; what holds others comes behind them.

    A broken text has the places before the mistake.
    """
    with suppress(ValueError, IndexError, RecursionError):
        yield from _value(text, _next(text, 0), ())


def _value(text: str, start: int, route: Route) -> Generator[FoundPlace, None, int]:
    """The places inside the value that starts here; returns where it stops."""
    if text[start] not in "{[" or len(route) > DEEPEST:
        return _read(text, start)[1]
    at = _next(text, start + 1)
    for index in count():
        if text[at] in "}]":
            break
        key_start, step, key_stop = at, index, at
        if text[start] == "{":
            step, key_stop = _read(text, at)
            at = _next(text, _next(text, key_stop) + 1)  # behind the colon
        stop = yield from _value(text, at, (*route, step))
        yield (*route, step), (key_start, key_stop if text[start] == "{" else stop), (at, stop)
        at = _next(text, stop)
        if text[at] == ",":
            at = _next(text, at + 1)
    return at + 1


def _next(text: str, at: int) -> int:
    """The first character from here on that is not blank. Raises IndexError where there is none."""
    while text[at] in " \t\n\r":
        at += 1
    return at

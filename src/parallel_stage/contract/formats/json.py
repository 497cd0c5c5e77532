"""JSON: the standard library's decoder, made strict, for the data and for the spans."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from itertools import count

from parallel_stage.contract.formats import DEEPEST, TOO_LONG, refuse_excess, twice
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any

    from parallel_stage.contract.formats import EntrySpans
    from parallel_stage.contract.text import Route

# Numbers stay text: only their spans count, and Python limits the digits of an integer.
_read = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def parse(text: str, most: int | None = None) -> Any:
    """Return the data in a JSON text; see `formats.Format`.

    A repeated key, NaN and Infinity are mistakes, too.
    """
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(text, f"not JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise _syntax_error(text, "arrays or objects are nested too deep", 0) from None
    except _RefusedError as error:
        raise _syntax_error(text, f"not JSON: {error}", _offset_of(text, error)) from None
    except ValueError:  # Python's own limit on digits
        raise _syntax_error(text, f"not JSON: {TOO_LONG}", 0) from None
    refuse_excess(data, most, text)
    return data


def entries(text: str) -> Iterator[EntrySpans]:
    """Yield every route with the spans of its key and value; a table or list comes after its members.

    A broken text yields the entries before the mistake.
    """
    with suppress(ValueError, IndexError, RecursionError):
        yield from _value(text, _next(text, 0), ())


def comments(_: str) -> Iterator[tuple[int, int]]:
    """Yield nothing: JSON has no comments."""
    return iter(())


class _RefusedError(Exception):
    """Something that the decoder accepts and JSON does not have."""


class _RepeatedKeyError(_RefusedError):
    def __init__(self, key: str) -> None:
        super().__init__(twice(key))
        self.key = key


class _ConstantError(_RefusedError):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not a JSON number")
        self.name = name


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        raise _RepeatedKeyError(next(key for key in counted if counted[key] > 1))
    return found


def _no_constant(name: str) -> Any:
    raise _ConstantError(name)


def _syntax_error(text: str, message: str, offset: int) -> NotADocumentError:
    return NotADocumentError(Problem("syntax-error", message, offset=offset), text)


def _offset_of(text: str, error: _RefusedError) -> int:
    """Return the offset of a mistake that the decoder reports without one."""
    seen: set[Route] = set()
    for route, key, value in entries(text):
        if isinstance(error, _ConstantError) and text[slice(*value)] == error.name:
            return value[0]
        if isinstance(error, _RepeatedKeyError) and route in seen and route[-1] == error.key:
            return key[0]
        seen.add(route)
    return 0


def _value(text: str, start: int, route: Route) -> Generator[EntrySpans, None, int]:
    """Yield the entries inside the value at `start`; return where the value stops."""
    if text[start] not in "{[" or len(route) > DEEPEST:
        return _read(text, start)[1]
    at = _next(text, start + 1)
    for index in count():
        if text[at] in "}]":
            break
        key_start, step, key_stop = at, index, at
        if text[start] == "{":
            step, key_stop = _read(text, at)
            at = _next(text, _next(text, key_stop) + 1)  # after the colon
        stop = yield from _value(text, at, (*route, step))
        yield (*route, step), (key_start, key_stop if text[start] == "{" else stop), (at, stop)
        at = _next(text, stop)
        if text[at] == ",":
            at = _next(text, at + 1)
    return at + 1


def _next(text: str, at: int) -> int:
    """Return the offset of the next character that is not blank. Raise IndexError where there is none."""
    while text[at] in " \t\n\r":
        at += 1
    return at

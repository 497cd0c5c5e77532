"""JSON that every reader accepts: no NaN or Infinity, only text keys, valid Unicode, bounded nesting."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from parallel_stage.run.reducers.encoded import UnfitValueError, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEEPEST = 200
"""The most levels of nesting; Python's own limit depends on its version and the calling stack."""

_TEXT = frozenset((str,))
_FLAT = frozenset((str, int, float, bool, type(None)))
_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode
_ADVICE = "; "
_HINT = "return numbers, text, booleans, None, lists and dicts with text keys only"

_CALLS = (
    (("collect", "lazy"), "collect().to_dicts()"),
    (("to_dicts",), "to_dicts()"),
    (("to_pylist",), "to_pylist()"),
    (("to_dict", "columns"), 'to_dict("records")'),
    (("to_list", "__len__"), "to_list()"),
    (("tolist", "__len__"), "tolist()"),
    (("item", "dtype"), "item()"),
    (("isoformat",), "isoformat()"),
)
"""What makes JSON of an object that has these attributes: frames, tables, arrays, scalars, dates."""


def encoded(value: object, route: str = "$") -> bytes:
    """Return a value as one line of compact JSON in UTF-8, with keys in their own order.

    Args:
        value: What JSON can hold: dict with text keys, list or tuple, str, int, float, bool, None.
        route: The JSON path of the value, for messages.

    Raises:
        UnfitValueError: For anything else; the message has the JSON path of the first thing that does not
            fit.
    """
    try:
        line = _encode(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        fault = next(_faults(value, route, ()), f"{route} is not JSON: {error}")
        raise _unfit(fault) from None
    if not _is_plain(value):
        raise _unfit(next(_faults(value, route, ())))
    return line


def _unfit(fault: str) -> UnfitValueError:
    """Return the error of a fault; one that says what to do needs no other advice."""
    return UnfitValueError(fault, "" if _ADVICE in fault else _HINT)


def _is_plain(value: object) -> bool:
    """Whether all keys of an encoded value are text, and its nesting is within bounds."""
    if type(value) in _FLAT:
        return True
    if type(value) is dict and _TEXT.issuperset(map(type, value)) and _FLAT.issuperset(map(type, value.values())):
        return True
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                if not all(isinstance(key, str) for key in node):
                    return False
                below += [child for child in node.values() if isinstance(child, (dict, list, tuple))]
            elif isinstance(node, (list, tuple)):
                below += [child for child in node if isinstance(child, (dict, list, tuple))]
        if not below:
            return True
        level = below
    return False


def _faults(value: object, route: str, above: tuple[int, ...]) -> Iterator[str]:
    if isinstance(value, (dict, list, tuple)):
        if id(value) in above:
            yield f"{route} contains itself"
        elif len(above) >= DEEPEST:
            yield f"{route[:60]}… is nested deeper than {DEEPEST} levels"
        else:
            if isinstance(value, dict):
                yield from filter(None, (_key_fault(key, route) for key in value))
            for child, step in _children(value):
                yield from _faults(child, route + step, (*above, id(value)))
    else:
        fault = _scalar_fault(value)
        if fault:
            yield f"{route} {fault}"


def _children(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> Iterable[tuple[Any, str]]:
    if not isinstance(value, dict):
        return ((child, f"[{index}]") for index, child in enumerate(value))
    return ((child, _step(key)) for key, child in value.items())


def _step(key: object) -> str:
    return f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{json.dumps(str(key))}]"


def _key_fault(key: object, route: str) -> str:
    if not isinstance(key, str):
        return f"{route} has the key {key!r} of type {kind_of(key)}; keys must be text"
    fault = _text_fault(key)
    return f"{route} has a key that {fault}" if fault else ""


def _scalar_fault(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"is {value}, which JSON cannot hold; use None for a missing number"
    if isinstance(value, str):
        return _text_fault(value)
    if value is None or isinstance(value, int):
        return ""
    call = next((call for names, call in _CALLS if all(hasattr(value, name) for name in names)), "")
    hint = f"{_ADVICE}call its .{call}" if call else ""
    return f"is of type {kind_of(value)}, which JSON cannot hold{hint}"


def _text_fault(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return f"has a lone surrogate, {text[error.start]!a}, at character {error.start}, which UTF-8 cannot hold"
    return ""

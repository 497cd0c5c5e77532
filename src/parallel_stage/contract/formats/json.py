"""JSON: the standard reader for the data, made strict."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.formats import TOO_LONG, refuse_excess
from parallel_stage.contract.problem import NotADocumentError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.formats import FoundPlace
    from parallel_stage.contract.spans import Route


def parse(text: str, most: int | None = None) -> Any:
    """The data in a JSON text; see `formats.Format`. A repeated key, NaN and Infinity are mistakes too."""
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


def places(text: str) -> Iterator[FoundPlace]:
    """Every route of a JSON text with the spans of its key and value; see `formats.Format`."""
    from parallel_stage.contract.formats import json_places

    return json_places.places(text)


def comments(_: str) -> Iterator[tuple[int, int]]:
    """None: JSON has no comments."""
    return iter(())


class _RefusedError(Exception):
    """What the standard reader takes and JSON does not have."""


class _RepeatedKeyError(_RefusedError):
    def __init__(self, key: str) -> None:
        super().__init__(f"the key {json.dumps(key)} is there twice; keep one")
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
    """Where a mistake stands that the reader reports without its place."""
    seen: set[Route] = set()
    for route, key, value in places(text):
        if isinstance(error, _ConstantError) and text[slice(*value)] == error.name:
            return value[0]
        if isinstance(error, _RepeatedKeyError) and route in seen and route[-1] == error.key:
            return key[0]
        seen.add(route)
    return 0

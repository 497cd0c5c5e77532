"""Take the lines of a JSON Lines file, each of which is proven to be one JSON value.

json decides. Where orjson is installed, it accepts short lines first, many at once, which takes less than half of
the time: of these it accepts none that json refuses.
"""

from __future__ import annotations

import json
import os
from operator import itemgetter
from typing import TYPE_CHECKING, NoReturn

from parallel_stage.run.reducers.encoded import UnfitValueError

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from parallel_stage.run.reducers.encoded import Write

_BLOCK = 1 << 16
_SHORT = 900
"""The length of a line from which on the two may differ: in how deep lists are nested, and how long integers are."""
_BLANKS = frozenset(b" \t\n\r\x0b\x0c")
_FIRST, _LAST = itemgetter(0), itemgetter(-1)
_BETWEEN = "\x7f"
_JOINT = f',"{_BETWEEN}",'.encode()
_MARK = b"\xef\xbb\xbf"
_HINT = "write one JSON value a line"


def copy(path: os.PathLike[str], write: Write, hint: str) -> int:
    """Write the lines of a file that are not blank, without blanks around them; return their number.

    Raises:
        UnfitValueError: With the first line that is no JSON value; or with `hint`, where the file cannot be read.
    """
    name, records, number = os.fspath(path), 0, 1
    try:
        with open(path, "rb") as file:
            while lines := file.read(_BLOCK) + file.readline():
                records += _take(lines, write, name, number)
                number += lines.count(b"\n")
            return records
    except OSError as error:
        message = f"the file that the function returned, {name!r}, cannot be read: {error.strerror}"
        raise UnfitValueError(message, hint) from None


def _take(lines: bytes, write: Write, name: str, first: int) -> int:
    """Write some lines, the first of which has the number `first`; return how many are not blank."""
    split = lines.split(b"\n")
    if split.pop() == b"" and (_are_plain(lines, split) or all(map(_is_plain, split))):
        write(lines)
        return len(split)
    records = 0
    for number, line in enumerate(lines.split(b"\n"), start=first):
        stripped = (line.removeprefix(_MARK) if number == 1 else line).strip()
        if stripped:
            _prove(stripped, f"{name}:{number}")
            write(stripped + b"\n")
            records += 1
    return records


def _are_plain(lines: bytes, split: list[bytes]) -> bool:
    """Whether lines are certainly one JSON value each, without blanks around them: they are parsed as one list.

    In that list, a text that is in no line stands between two lines. Where it is every second item, it is at the top
    level each time, so that no value goes on in the next line; and no line has two values.
    """
    if orjson is None or not all(split) or max(map(len, split), default=_SHORT) >= _SHORT or _JOINT in lines:
        return False
    if not _BLANKS.isdisjoint(map(_FIRST, split)) or not _BLANKS.isdisjoint(map(_LAST, split)):
        return False
    try:
        values = orjson.loads(b"[" + lines[:-1].replace(b"\n", _JOINT) + b"]")
    except ValueError:
        return False
    return len(values) == 2 * len(split) - 1 and values[1::2] == [_BETWEEN] * (len(split) - 1)


def _is_plain(line: bytes) -> bool:
    """Whether a line is certainly one JSON value, without blanks around it."""
    if not line or line[0] in _BLANKS or line[-1] in _BLANKS:
        return False
    try:
        if orjson is not None and len(line) < _SHORT:
            orjson.loads(line)
        else:
            _parse(line)
    except (ValueError, RecursionError):
        return False
    return True


def _parse(line: bytes) -> None:
    _decode(line.decode("utf-8"))


def _prove(line: bytes, place: str) -> None:
    try:
        _parse(line)
    except (ValueError, RecursionError) as error:
        raise UnfitValueError(f"{place} is not a line of JSON: {error}", _HINT) from None


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)


_decode = json.JSONDecoder(parse_constant=_refuse).decode

"""`concat-jsonl`: one JSON Lines file with the lines of all partitions."""

from __future__ import annotations

import json
import os
from collections.abc import ItemsView, Iterable, KeysView, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NoReturn

from parallel_stage.contract.output_names import suffix
from parallel_stage.run.reducers import strict_json
from parallel_stage.run.reducers.encoded import Encoded, UnfitValueError, kind_of, refuse_open_file

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.storage.part import PartitionOutput

_SUFFIX = suffix("concat-jsonl")
_HINT = "return a dict for one line, an iterable of JSON values, or the pathlib.Path of a .jsonl file"


def encode(value: object, write: Write) -> Encoded:
    """Take a mapping, an iterable of JSON values (a generator streams) or the path of a JSON Lines file.

    Raises:
        UnfitValueError: For text, data frames, sets, open files and what is not iterable, and with the JSON
            path for values that JSON cannot hold.
    """
    if isinstance(value, os.PathLike):
        return Encoded(_copy(value, write), _SUFFIX)
    if isinstance(value, Mapping):
        write(strict_json.encoded(dict(value)) + b"\n")
        return Encoded(1, _SUFFIX)
    if isinstance(value, (str, bytes, bytearray)) or _is_frame(value) or not isinstance(value, Iterable):
        message = f"concat-jsonl cannot take a value of type {kind_of(value)}"
        raise UnfitValueError(message, _FRAME_HINT if _is_frame(value) else _HINT)
    refuse_open_file(value)
    _refuse_unordered(value)
    records = 0
    for records, item in enumerate(value, start=1):
        line = dict(item) if isinstance(item, Mapping) else item
        write(strict_json.encoded(line, f"$[{records - 1}]") + b"\n")
    return Encoded(records, _SUFFIX)


def _refuse_unordered(value: object) -> None:
    """Refuse a set, whose order is another in each run, and a named tuple, whose names would be lost."""
    if isinstance(value, AbstractSet) and not isinstance(value, (KeysView, ItemsView)):
        raise UnfitValueError(f"a {kind_of(value)} has no order", "return sorted(...) of it")
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        raise UnfitValueError(f"the names of a {kind_of(value)} would be lost", "call its ._asdict() for one line")


def merge(outputs: Iterable[PartitionOutput], target: Path) -> None:
    """Write one file with the lines of all partitions."""
    with target.open("wb") as file:
        for output in outputs:
            file.writelines(output.blocks())


def _is_frame(value: object) -> bool:
    return hasattr(value, "to_csv") or hasattr(value, "write_csv")


_FRAME_HINT = "return its rows: pandas' to_dict('records'), Polars' iter_rows(named=True)"


def _copy(path: os.PathLike[str], write: Write) -> int:
    """Copy the lines of a file that are not blank, after checking each; return their number."""
    records = 0
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if stripped := text.strip():
                    _prove(stripped, f"{os.fspath(path)}:{number}")
                    write(stripped + b"\n")
                    records += 1
    except OSError as error:
        message = f"the file that the function returned, {os.fspath(path)!r}, cannot be read: {error.strerror}"
        raise UnfitValueError(message, _HINT) from None
    return records


def _prove(line: bytes, place: str) -> None:
    try:
        json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UnfitValueError(f"{place} is not a line of JSON: {error}", "write one JSON value a line") from None


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)

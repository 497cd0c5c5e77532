"""`concat-jsonl`: one JSON Lines file with the lines of all partitions."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable, KeysView, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from parallel_stage.contract.output_names import suffix
from parallel_stage.run.reducers import json_lines, strict_json
from parallel_stage.run.reducers.encoded import Encoded, UnfitValueError, kind_of, refuse_open_file
from parallel_stage.run.storage.digest import MeasuredFile

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.storage.digest import Measure
    from parallel_stage.run.storage.part import PartitionOutput

_SUFFIX = suffix("concat-jsonl")
_AT_ONCE = 1 << 16
_HINT = "return a dict for one line, an iterable of JSON values, or the pathlib.Path of a .jsonl file"


def encode(value: object, write: Write) -> Encoded:
    """Take a mapping, an iterable of JSON values (a generator streams) or the path of a JSON Lines file.

    Raises:
        UnfitValueError: For text, data frames, sets, open files and what is not iterable, and with the JSON
            path for values that JSON cannot hold.
    """
    if isinstance(value, os.PathLike):
        return Encoded(json_lines.copy(value, write, _HINT), _SUFFIX)
    if isinstance(value, Mapping):
        write(strict_json.encoded(dict(value)) + b"\n")
        return Encoded(1, _SUFFIX)
    if isinstance(value, (str, bytes, bytearray)) or _is_frame(value) or not isinstance(value, Iterable):
        message = f"concat-jsonl cannot take a value of type {kind_of(value)}"
        raise UnfitValueError(message, _FRAME_HINT if _is_frame(value) else _HINT)
    refuse_open_file(value)
    _refuse_unordered(value)
    return Encoded(_write_items(value, write), _SUFFIX)


def _write_items(items: Iterable[object], write: Write) -> int:
    """Write each item as a line, many lines at once; return their number."""
    records, lines, size = 0, list[bytes](), 0
    for item in items:
        line = _line(item, records)
        records += 1
        lines.append(line)
        size += len(line)
        if size > _AT_ONCE:
            write(b"\n".join(lines) + b"\n")
            lines.clear()
            size = 0
    if lines:
        write(b"\n".join(lines) + b"\n")
    return records


def _line(item: object, place: int) -> bytes:
    value = dict(item) if type(item) is not dict and isinstance(item, Mapping) else item
    try:
        return strict_json.encoded(value)
    except UnfitValueError:
        return strict_json.encoded(value, f"$[{place}]")  # raises it again, with the item's place


def _refuse_unordered(value: object) -> None:
    """Refuse a set, whose order is another in each run, and a named tuple, whose names would be lost."""
    if isinstance(value, AbstractSet) and not isinstance(value, (KeysView, ItemsView)):
        raise UnfitValueError(f"a {kind_of(value)} has no order", "return sorted(...) of it")
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        raise UnfitValueError(f"the names of a {kind_of(value)} would be lost", "call its ._asdict() for one line")


def merge(outputs: Iterable[PartitionOutput], target: Path) -> Measure:
    """Write one file with the lines of all partitions."""
    with MeasuredFile(target) as file:
        for output in outputs:
            file.writelines(output.blocks())
    return file.measure


def _is_frame(value: object) -> bool:
    return hasattr(value, "to_csv") or hasattr(value, "write_csv")


_FRAME_HINT = "return its rows: pandas' to_dict('records'), Polars' iter_rows(named=True)"

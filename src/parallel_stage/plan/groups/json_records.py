"""The records of a file of JSON Lines, with the value of one top-level key as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.groups.batch import Batch, unfit_record
from parallel_stage.plan.records.grammar import grammar_of
from parallel_stage.plan.records.header import records_start
from parallel_stage.plan.records.reader import opened
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.inputs import DataFile

_LONGEST = 60
_HINT = "write one JSON object a line"


def json_records(file: DataFile, key: str, *, joined: bool) -> Iterator[Batch]:
    """Yield the records of a file in batches; blank lines are none, and the value of a record without the key is None.

    Args:
        file: The file.
        key: The top-level key.
        joined: Whether another file of the table follows, so that the last record needs a line end.

    Raises:
        PlanRefusedError: For a line that is no JSON object.
        InputChangedError: Where the file changes meanwhile.
        OSError: Where it cannot be read.
    """
    item, path, dialect = file
    carried, seen = b"", 0
    with opened(path) as reader:
        begin = records_start(reader, grammar_of(dialect), dialect)
        for offset, block in reader.blocks(begin):
            data, shift = carried + block, offset - len(carried)
            if offset + len(block) < reader.size:
                end = data.rfind(b"\n") + 1
            else:
                data += b"\n" if joined and data[-1:] != b"\n" else b""
                end = len(data)
            carried = data[end:]
            batch = _batch(item.path, dialect.encoding, key, Batch(seen + 1, shift, data[:end], [], [], []))
            seen += len(batch.values)
            yield batch


def _batch(path: str, encoding: str, key: str, batch: Batch) -> Batch:
    starts: list[int] = []
    ends: list[int] = []
    values: list[str | None] = []
    at = 0
    for line in batch.data.split(b"\n"):
        if line.strip():
            try:
                record = _record(line, encoding)
                values.append(value_text(record[key]) if key in record else None)
            except (ValueError, RecursionError) as error:
                number, text = batch.first + len(values), shortened(repr(line[:_LONGEST])[1:], _LONGEST)
                raise unfit_record(path, number, batch.offset + at, f"{error}: {text}", _HINT) from None
            starts.append(at)
            ends.append(min(at + len(line) + 1, len(batch.data)))
        at += len(line) + 1
    return batch._replace(starts=starts, ends=ends, values=values)


def _record(line: bytes, encoding: str) -> dict[str, Any]:
    record = json.loads(line.decode(encoding))
    if not isinstance(record, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - as for text that is no JSON
    return record


def value_text(value: Any) -> str:
    """Return a value as canonical JSON: no blanks, sorted keys, and the characters of text as they are.

    Raises:
        ValueError: For NaN and infinities.
    """
    text = _CANONICAL(value)
    return text if text.isascii() or _can_be_written(text) else json.dumps(json.loads(text))


_CANONICAL = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def _can_be_written(text: str) -> bool:
    """Whether a text has no half of a surrogate pair alone, which JSON allows."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

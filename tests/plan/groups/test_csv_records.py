from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parallel_stage.contract.model import InputFormat
from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.groups import csv_records
from parallel_stage.plan.groups.csv_records import CsvRecords
from parallel_stage.plan.inputs import DataFile
from parallel_stage.plan.partition import Input
from parallel_stage.plan.records import reader
from support import REUSED_FIXTURES

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.lists(
    st.sampled_from(["a", "b", ",", ",", '"', '""', '"a,b"', '"a\n"', "\n", "\n", "\r", "\r\n", " ", "é"]), max_size=30
).map("".join)


def outcome(path: Path, column: int, *, numpy: bool, joined: bool) -> list[tuple[int, bytes, bytes]] | str:
    """The records with their places and cells, or the message of the error."""
    size = path.stat().st_size
    file = DataFile(Input("t.csv", size, 0), str(path), dialect_of("t.csv", InputFormat(header=False)))
    found: list[tuple[int, bytes, bytes]] = []
    try:
        for batch in CsvRecords(file, ("c", column), numpy=numpy, joined=joined):
            assert batch.first == len(found) + 1
            for start, end, cell in zip(batch.starts, batch.ends, batch.values, strict=True):
                found.append((batch.offset + start, batch.data[start:end], cell))
    except PlanRefusedError as error:
        return error.message
    return found


@given(TEXTS, st.integers(0, 2), st.integers(1, 9), st.booleans())
@example('a,"b\n', 0, 4, True)
@example("a\n\n\n", 0, 2, False)
@example('"""",a\r\n"","b"""\r', 0, 3, False)
@settings(max_examples=400, suppress_health_check=REUSED_FIXTURES)
def test_both_ways_to_read_find_what_csv_reads(
    tmp_path: Path,
    text: str,
    column: int,
    block: int,
    joined: bool,  # noqa: FBT001
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "BLOCK", block)
        patch.setattr(csv_records, "BLOCK", block)
        found = outcome(path, column, numpy=True, joined=joined)
        assert outcome(path, column, numpy=False, joined=joined) == found
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if isinstance(found, str):
        full = [len(row) > column for row in rows]
        assert not all(full) or (joined and "inside quoted text" in found)
        return
    while rows and not rows[-1]:
        rows.pop()
    assert [cell.decode() for _, _, cell in found] == [row[column] for row in rows]
    joint = b"".join(record for _, record, _ in found)
    assert text.encode().startswith(joint) or (joined and joint[:-1] == text.encode())
    assert not joined or not joint or joint[-1:] in b"\r\n"
    assert [next(csv.reader(io.StringIO(record.decode(), newline=""))) for _, record, _ in found] == rows

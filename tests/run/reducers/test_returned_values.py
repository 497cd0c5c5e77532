"""What each reducer makes of each kind of value: it keeps all of it, or refuses it."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from parallel_stage.run.reducers import REDUCERS
from parallel_stage.run.reducers.encoded import UnfitValueError
from returned_values import FILES, KINDS, value_of

if TYPE_CHECKING:
    from pathlib import Path

CASES = [
    pytest.param(reducer, kind, outcome, id=f"{reducer}-{kind}")
    for kinds in KINDS.values()
    for kind, outcomes in kinds.items()
    for reducer, outcome in zip(REDUCERS, outcomes, strict=True)
]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("reducer", "kind", "outcome"), CASES)
def test_a_value_is_kept_or_refused(reducer: str, kind: str, outcome: str) -> None:
    written: list[bytes] = []
    if outcome == "-":
        with value_of(kind) as value, pytest.raises(UnfitValueError) as refused:
            REDUCERS[reducer].encode(value, written.append)
        assert refused.value.hint or ";" in refused.value.message, "it does not say what to return"
        return
    with value_of(kind) as value:
        encoded = REDUCERS[reducer].encode(value, written.append)
    text = b"".join(written).decode("utf-8")
    if reducer == "collect-json":
        json.loads(text)
    elif reducer == "concat-jsonl":
        assert len([json.loads(line) for line in text.splitlines()]) == encoded.records
    elif reducer == "concat-csv" and text:
        header, *rows = csv.reader(io.StringIO(text))
        assert len(rows) == encoded.records
        assert all(len(row) == len(header) for row in rows)


def test_there_are_many_kinds() -> None:
    assert sum(map(len, KINDS.values())) >= 60

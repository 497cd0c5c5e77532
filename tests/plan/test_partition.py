from __future__ import annotations

import pytest

from parallel_stage.plan.partition import (
    ByteRange,
    Parameters,
    RowGroups,
    WholeFile,
    WholeTable,
    Work,
    describe_work,
)


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (WholeFile("a.csv", 3), "a.csv"),
        (ByteRange("a.csv", 1, 2, 0), "a.csv, bytes 1 to 2"),
        (RowGroups("a.parquet", 1, 2, 7), "a.parquet, row groups 1 to 2"),
        (WholeTable(("a.csv",), (0,)), "a.csv"),
        (WholeTable(("a.csv", "b.csv", "c.csv"), (0, 0, 0)), "a.csv and 2 more"),
        (Parameters({"a": 1}), "{'a': 1}"),
        (Parameters("x" * 500), "'" + "x" * 118 + "…"),
    ],
)
def test_work_in_words(work: Work, words: str) -> None:
    assert describe_work(work) == words

"""What counts as equal, and the first difference of what is not."""

from __future__ import annotations

import pytest

from parallel_stage.run.verify.compare import compare


@pytest.mark.parametrize(
    ("one", "other", "kind", "verdict"),
    [
        (b"a,b\n1,x\n", b"a,b\n1,x\n", "csv", "same"),
        (b"a,b\n1,x\n", b"a,b\n1.0,x\n", "csv", "same values, text differs"),
        (b"a,b\n007,x\n", b"a,b\n7,x\n", "csv", "differs"),
        (b"a\n9007199254740993\n", b"a\n9007199254740992\n", "csv", "differs"),
        (b"a,b\n1,x\n2,y\n", b"a,b\n2,y\n1,x\n", "csv", "same rows, another order"),
        (b"a,b\n1,x\n", b"a,c\n1,x\n", "csv", "columns differ"),
        (b'{"a": 1}\n', b'{"a": 1.0}\n', "jsonl", "same values, text differs"),
        (b'{"a": 1}\n', b'{"a": true}\n', "jsonl", "differs"),
        (b'{"a": [1, 2]}\n', b'{"a": [1, 3]}\n', "jsonl", "differs"),
        (b'{"a": 1, "b": 2}', b'{"b": 2, "a": 1}', "value", "same values, text differs"),
        (b"some text", b"other text", "value", "differs"),
    ],
)
def test_verdicts(one: bytes, other: bytes, kind: str, verdict: str) -> None:
    found = compare(one, other, kind)
    assert found.verdict == verdict
    assert found.is_equal == (verdict in ("same", "same values, text differs"))


def test_the_first_difference_is_a_record_a_column_and_both_values() -> None:
    found = compare(b"a,b\n1,x\n2,y\n", b"a,b\n1,x\n2,z\n", "csv")
    assert (found.record, found.column, found.values) == (2, "b", ("y", "z"))


def test_a_missing_record_is_a_difference() -> None:
    found = compare(b'{"a": 1}\n{"a": 2}\n', b'{"a": 1}\n', "jsonl")
    assert (found.record, found.values) == (2, ('{"a": 2}', "none"))


def test_numbers_are_equal_up_to_rtol_alone() -> None:
    one, other = b"a\n1.0\n", b"a\n1.0000001\n"
    assert compare(one, other, "csv").verdict == "differs"
    assert compare(one, other, "csv", 1e-6).is_equal

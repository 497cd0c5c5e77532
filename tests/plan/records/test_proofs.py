from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.records.cuts import cut_bytes, cut_records
from parallel_stage.plan.records.proofs import Prover
from parallel_stage.plan.records.reader import BLOCK
from parallel_stage.plan.records.survey import survey

if TYPE_CHECKING:
    from pathlib import Path

ROW = b'1,"two\nlines"\n'
DIALECT = dialect_of("x.csv", None)


@pytest.mark.parametrize("numpy", [False, True])
@pytest.mark.parametrize("strays", [1, 3])
def test_only_blocks_with_a_stray_quote_are_read_as_csv_does(
    tmp_path: Path,
    numpy: bool,  # noqa: FBT001
    strays: int,
) -> None:
    part = ROW * (BLOCK // len(ROW))
    content = b"h,i\n" + b"".join(part * 2 + b'5" pipe,1\n' for _ in range(strays)) + part
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with mock.patch.object(Prover, "_read_block", autospec=True, side_effect=Prover._read_block) as read:
        found = survey(str(path), DIALECT, count=True, numpy=numpy)
    assert read.call_count == strays
    assert (found.proof, found.stray) == ("scan", content.index(b"5") + 1)
    assert found.records == strays * (2 * (BLOCK // len(ROW)) + 1) + BLOCK // len(ROW)
    for cuts in (cut_bytes(found, 64), cut_records(found, 64)):
        assert len(cuts.bounds) == 65
        assert all(content[stop - 2 : stop] in (b'"\n', b"1\n") for _, stop in pairwise(cuts.bounds))


def test_a_quote_after_a_stray_one_at_a_block_s_end(tmp_path: Path) -> None:
    """The second of two quotes that are data opens nothing, also where a block starts with it."""
    content = b"x" * (BLOCK - 2) + b',y""z,1\n"a\nb",2\n'
    path = tmp_path / "x.csv"
    for shift in range(6):
        path.write_bytes(content[shift:])
        found = survey(str(path), dialect_of("x.csv", None), count=True)
        assert found.records == 1, "the first record is the header"

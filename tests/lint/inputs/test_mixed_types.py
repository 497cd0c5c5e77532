from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.model import InputFormat
from parallel_stage.lint.inputs.mixed_types import mixed_column
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.inputs import DataFile
from parallel_stage.plan.partition import Input

if TYPE_CHECKING:
    from pathlib import Path


def _mixed(directory: Path, text: str, declared: InputFormat | None = None, *, gaps: bool = True) -> str:
    path = directory / "a.csv"
    path.write_text(text, encoding="utf-8")
    found = path.stat()
    item = Input("a.csv", found.st_size, found.st_mtime_ns)
    return mixed_column(DataFile(item, str(path), dialect_of("a.csv", declared)), gaps=gaps)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("1 NA", "whole numbers and gaps in column x"),
        ("1 2.5", "whole numbers and fractions in column x"),
        ("007 A1", "whole numbers and text in column x"),
        ("1 True", "whole numbers and truth values in column x"),
        ("1.5 x", "fractions and text in column x"),
        ("1 2", ""),
        ("007 012", ""),
        ("1.5 NA", ""),
        ("x NA", ""),
        ("True NA", ""),
        ("x True", ""),
    ],
)
def test_a_column_leads_to_other_types(cells: str, found: str, tmp_path: Path) -> None:
    assert _mixed(tmp_path, "k,x\n" + "".join(f"a,{cell}\n" for cell in cells.split())) == found


def test_a_gap_is_none_for_polars(tmp_path: Path) -> None:
    assert _mixed(tmp_path, "x,y\n1,2\n,3\n", gaps=False) == ""
    assert _mixed(tmp_path, "x,y\n1,2\n1.5,3\n", gaps=False) == "whole numbers and fractions in column x"


def test_names_and_records_are_those_below_the_head(tmp_path: Path) -> None:
    text = "January 2013\nx,y\nm,s\n1,\n2,3\n"
    assert _mixed(tmp_path, text, InputFormat(head_lines=3)) == "whole numbers and gaps in column y"
    assert _mixed(tmp_path, "1,\n2,3\n", InputFormat(header=False)) == "whole numbers and gaps in column 2"
    assert _mixed(tmp_path, "") == ""

"""What `docs/grids.md` says of grids: each row of its tables is planned and checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract import document
from parallel_stage.errors import PlanRefusedError
from parallel_stage.lint.config.model import Settings
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.rules import RULES
from parallel_stage.plan.splits.grid import grid_of
from support import toml

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = (Path(__file__).parents[1] / "docs" / "grids.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in re.findall(r"^\|.*\|$", PAGE, re.MULTILINE) if "---" not in line]
FORMS = [[cell.strip() for cell in row] for row in ROWS if len(row) == 5][1:]
CELLS = [row for row in ROWS if len(row) == 2][1:]


def _code(cell: str) -> list[str]:
    return re.findall("`([^`]+)`", cell)


def _sets(directory: Path, name: str, text: str) -> list[str]:
    (directory / name).write_text(text, encoding="utf-8")
    return [json.dumps(work.values) for work, _ in grid_of(str(directory / name))]


def _rules(directory: Path, name: str) -> list[str]:
    contract = toml(split="parameter-sweep", partition_strategy="parameter-items", input=name, target_partitions=0)
    path = str(directory / "parallel_stage.toml")
    found = check_document(document.parse(contract.encode(), path), Settings(check_inputs=True))
    return [each.rule for each in found if RULES[each.rule].reads_data]


def test_there_are_rows() -> None:
    assert {row[1] for row in FORMS} == {"json", "yaml", "toml", "csv", "jsonl"}
    assert len(FORMS) + len(CELLS) == len(ROWS) - 2
    assert len(CELLS) > 20


@pytest.mark.parametrize("row", FORMS, ids=lambda row: row[2])
def test_a_grid_means_what_its_row_says(row: Sequence[str], tmp_path: Path) -> None:
    _, suffix, grid, sets, rule = row
    (text,), name = _code(grid), f"grid.{suffix}"
    if sets == "refused":
        with pytest.raises(PlanRefusedError):
            _sets(tmp_path, name, text.replace("⏎", "\n"))
    else:
        assert _sets(tmp_path, name, text.replace("⏎", "\n")) == _code(sets)
    assert _rules(tmp_path, name) == _code(rule)


@pytest.mark.parametrize("row", CELLS, ids=str)
def test_a_cell_is_the_value_of_its_row(row: Sequence[str], tmp_path: Path) -> None:
    ((cell,), value) = _code(row[0]), row[1].strip()
    text = f"a,b\n{cell},1\n"
    if value == "refused":
        with pytest.raises(PlanRefusedError):
            _sets(tmp_path, "grid.csv", text)
    else:
        assert _sets(tmp_path, "grid.csv", text) == [f'{{"a": {_code(value)[0]}, "b": 1}}']

"""Grids beside `sklearn.model_selection.ParameterGrid`, where the forms agree: the same sets, in another order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import ParameterGrid

from parallel_stage.plan.splits.grid import grid_of
from plan.splits.test_exclusion import VALUES

if TYPE_CHECKING:
    from pathlib import Path

AXES = st.dictionaries(st.text(max_size=2), st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=3)


def _sorted(sets: Any) -> list[str]:
    return sorted(json.dumps(values, sort_keys=True) for values in sets)


def _ours(directory: Path, data: Any) -> list[Any]:
    path = directory / "grid.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return [work.values for work, _ in grid_of(str(path))]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grids")


@given(AXES)
def test_an_object_of_lists(directory: Path, axes: dict[str, list[Any]]) -> None:
    assert _sorted(_ours(directory, axes)) == _sorted(ParameterGrid(axes))


@given(st.lists(AXES, min_size=1, max_size=3))
def test_a_list_of_grids(directory: Path, grids: list[dict[str, list[Any]]]) -> None:
    found = _ours(directory, {"grid": grids})
    assert _sorted(found) == _sorted(ParameterGrid(grids))
    assert len(found) == len(ParameterGrid(grids))


EXAMPLE = [{"kernel": ["linear"], "C": [1, 10]}, {"kernel": ["rbf"], "C": [1, 10], "gamma": [0.1, 0.2]}]


def test_the_grid_of_its_documentation(directory: Path) -> None:
    assert _ours(directory, {"grid": EXAMPLE})[:3] == [
        {"kernel": "linear", "C": 1},
        {"kernel": "linear", "C": 10},
        {"kernel": "rbf", "C": 1, "gamma": 0.1},
    ]
    assert _sorted(_ours(directory, {"grid": EXAMPLE})) == _sorted(ParameterGrid(EXAMPLE))

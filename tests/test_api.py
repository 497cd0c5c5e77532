from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

import parallel_stage
from support import toml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", parallel_stage.__all__)
def test_every_name_of_the_api_is_there(name: str) -> None:
    found = getattr(parallel_stage, name)
    assert found.__module__.startswith("parallel_stage.")
    assert found.__doc__


def test_the_names_are_sorted_and_have_a_home_each() -> None:
    assert list(parallel_stage.__all__) == sorted(parallel_stage.__all__)
    assert set(parallel_stage._HOMES) == set(parallel_stage.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'parallel_stage' has no attribute 'nothing'"):
        _ = parallel_stage.nothing


def test_a_name_stays_itself_once_its_module_is_imported() -> None:
    importlib.import_module("parallel_stage.lint.engine.check_document")
    importlib.import_module("parallel_stage.cli.check")
    assert callable(parallel_stage.check)


def test_the_api_checks_and_loads(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml(workers=1))
    assert [diagnostic.rule for diagnostic in parallel_stage.check(str(path))] == ["single-worker"]
    assert parallel_stage.load(str(path)).workers == 1

"""Contracts with real functions, in every way that people write them: no rule may have anything to say about one."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_stage.lint.engine.check_document import check_file
from projects import unpack

VALID = sorted((Path(__file__).parent / "valid").glob("*.toml"))


def test_there_are_many() -> None:
    assert len(VALID) >= 40


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_nothing_is_found(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    contract = tmp_path / "parallel_stage.toml"
    contract.write_text(text, encoding="utf-8")
    unpack(text, tmp_path)
    assert [f"{found.rule}: {found.message}" for found in check_file(str(contract))] == []

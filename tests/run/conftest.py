"""Stages without a runner: what a worker gets, in a directory of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

import support
from parallel_stage.contract.model import Contract
from parallel_stage.run.storage import layout
from parallel_stage.run.task import Stage

if TYPE_CHECKING:
    from pathlib import Path


class MakeStage(Protocol):
    """Writes a module `work.py` into the test's directory and makes the stage of a contract that names it."""

    def __call__(self, code: str = "", **fields: Any) -> Stage: ...


@pytest.fixture
def make_stage(tmp_path: Path) -> MakeStage:
    """A stage whose root is the test's directory, with an empty run directory in `run/`."""

    def make(code: str = "", **fields: Any) -> Stage:
        (tmp_path / "work.py").write_text(code, encoding="utf-8")
        for folder in layout.FOLDERS:
            (tmp_path / "run" / folder).mkdir(parents=True, exist_ok=True)
        contract = Contract.from_valid(support.data(**{"function": "work:work", "reducer": "collect-json"} | fields))
        return Stage(contract, str(tmp_path), (str(tmp_path),), tmp_path / "run")

    return make

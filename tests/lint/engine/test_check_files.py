from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.document import SIZE_LIMIT
from parallel_stage.errors import UsageError
from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.engine import check_files as module
from parallel_stage.lint.engine.check_files import Job, check_files
from support import toml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.mark.parametrize("fix", [False, True])
def test_no_text_outlives_its_check(tmp_path: Path, *, fix: bool) -> None:
    """Else the memory that a check takes would grow with all that it reads."""
    jobs = [Job(str(tmp_path / f"{number}.parallel_stage.toml"), DEFAULT) for number in range(8)]
    for number, job in enumerate(jobs):
        text = toml(name=f"stage_{number}", workers=1, output=f"{number}.jsonl")
        with open(job.path, "w", encoding="utf-8") as file:
            file.write(text + "#" * (SIZE_LIMIT - len(text)))
    check_files(jobs, fix=fix)  # what is looked up once stays
    assert _peak(jobs, fix=fix) < _peak(jobs[:1], fix=fix) + SIZE_LIMIT // 2


def _peak(jobs: Sequence[Job], *, fix: bool) -> int:
    tracemalloc.start()
    try:
        assert check_files(jobs, fix=fix)[0]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_baseline_that_cannot_be_read_is_reported_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "check_one", None)
    with pytest.raises(UsageError, match="the baseline cannot be read"):
        check_files([Job("parallel_stage.toml", Settings(baseline="/nowhere/base.json"))])

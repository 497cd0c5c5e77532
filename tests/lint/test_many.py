from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING

import pytest

from parallel_stage.errors import ParallelStageError
from parallel_stage.lint import many
from parallel_stage.lint.checks import Job, look
from parallel_stage.lint.settings import DEFAULT
from parallel_stage.lint.source import asked
from support import toml

if TYPE_CHECKING:
    from pathlib import Path


def test_many_files_get_the_findings_of_each_in_order(tmp_path: Path) -> None:
    jobs = [Job(str(tmp_path / f"{number:03}.parallel_stage.toml"), DEFAULT) for number in range(120)]
    for number, job in enumerate(jobs):
        with open(job.path, "w", encoding="utf-8") as file:
            file.write(toml(workers=number % 3))
    shared = partial(look, fix=True, unsafe=True, together=True)
    assert many.share_out(shared, jobs) == [shared(job) for job in jobs]


def test_only_a_look_that_remembers_misses_what_has_changed(tmp_path: Path) -> None:
    source = tmp_path / "work.py"
    source.write_text("def f(path): return 1\n")
    fresh, remembering = asked._Look(), asked._Look()
    remembering.seen = {}
    first = remembering("work:f", str(tmp_path), ())
    assert type(fresh("work:f", str(tmp_path), ())) is type(first)
    source.unlink()
    assert remembering("work:f", str(tmp_path), ()) is first
    assert type(fresh("work:f", str(tmp_path), ())) is not type(first)


def test_a_process_that_is_killed_ends_the_check() -> None:
    """One cannot wait for what it would have found."""
    with pytest.raises(ParallelStageError, match="was killed") as told:
        many.share_out(_killed_at_three, range(4))
    assert "fewer files" in told.value.remedy


def _killed_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number

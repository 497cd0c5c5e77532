from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parallel_stage.run.task import Stage, Task
from parallel_stage.run.worker import time_limit as module
from parallel_stage.run.worker.time_limit import exceeded, time_limit

if TYPE_CHECKING:
    from run.conftest import MakeStage

TASK = Task(3, (), ())


def test_without_a_limit_there_is_no_process(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_watchdog", None)
    with time_limit(make_stage(), TASK) as limit:
        limit.begin(1)
        limit.end()
    assert module._watchdog is None


WORKER = """
import os, pathlib, pickle, sys, time
from parallel_stage.run.worker.time_limit import time_limit
stage, task = pickle.loads(sys.stdin.buffer.read())
with time_limit(stage, task) as limit:
    for index in (7, 8):
        limit.begin(index)
        time.sleep(0.3)
        limit.end()
    time.sleep(1)
    limit.begin(9)
    time.sleep(60)
"""


def test_the_process_is_killed_and_the_partition_named(make_stage: MakeStage) -> None:
    import pickle

    stage: Stage = replace(make_stage(), timeout=0.5)
    worker = subprocess.run(
        [sys.executable, "-c", WORKER], input=pickle.dumps((stage, TASK)), check=False, timeout=50, capture_output=True
    )
    assert worker.returncode == -9, worker.stderr
    assert exceeded(stage, TASK) == 9
    # A scheduler that tries a lost task again does not get another worker killed.
    with pytest.raises(TimeoutError), time_limit(stage, TASK):
        time.sleep(0)

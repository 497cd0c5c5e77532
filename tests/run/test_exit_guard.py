from __future__ import annotations

import os
import subprocess
import sys

import pytest

from parallel_stage.run.exit_guard import ProcessEndError, guarded_exits


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        (lambda: os._exit(0), r"os\._exit\(0\)"),
        (lambda: os.execv(sys.executable, [sys.executable, "-c", ""]), r"os\.execv\("),
        (lambda: os.execlp("true", "true"), r"os\.execv"),
        (lambda: os.execvpe("true", ["true"], {}), r"os\.execve"),
    ],
)
def test_what_would_end_the_process_raises(end: object, shown: str) -> None:
    with guarded_exits(), pytest.raises(ProcessEndError, match=shown):
        end()  # type: ignore[operator]


def test_everything_is_itself_again_afterwards() -> None:
    before = os._exit, os.execv, os.execve
    with guarded_exits():
        assert os._exit is not before[0]
    assert (os._exit, os.execv, os.execve) == before


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_may_end_as_it_likes() -> None:
    with guarded_exits():
        child = os.fork()
        if child == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


KEPT = """
from parallel_stage.run.exit_guard import guarded_exits
with guarded_exits():
    from os import _exit
_exit(3)
"""


def test_a_function_that_was_kept_ends_the_process_afterwards() -> None:
    assert subprocess.run([sys.executable, "-c", KEPT], check=False).returncode == 3

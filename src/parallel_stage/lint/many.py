"""Many files: shared out among the cores."""

from __future__ import annotations

import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, TypeVar

from parallel_stage.errors import ParallelStageError
from parallel_stage.lint.source.asked import remember
from parallel_stage.plan.policy import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHARE = 100
"""How many files a process takes at once: so few that Ctrl-C is soon obeyed."""

Job = TypeVar("Job")
Seen = TypeVar("Seen")


def share_out(look: Callable[[Job], Seen], jobs: Sequence[Job]) -> list[Seen]:
    """What `look` sees of each job, in the order of the jobs.

    Raises:
        ParallelStageError: Where somebody ends one of the processes that look.
    """
    try:
        with ProcessPoolExecutor(available_cores(), initializer=_prepare) as pool:
            return list(pool.map(look, jobs, chunksize=_SHARE))
    except BrokenProcessPool:
        message = "a process that checked some of the files was killed, perhaps for want of memory"
        raise ParallelStageError(message, "check again, or fewer files at a time") from None


def _prepare() -> None:
    """Leave Ctrl-C to the process that people started, which ends these; and look at each module once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    remember()

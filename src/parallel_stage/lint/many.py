"""Many files: shared out among the cores."""

from __future__ import annotations

import signal
from multiprocessing import Pool
from typing import TYPE_CHECKING, TypeVar

from parallel_stage.lint.source.asked import remember
from parallel_stage.plan.policy import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Job = TypeVar("Job")
Seen = TypeVar("Seen")


def share_out(look: Callable[[Job], Seen], jobs: Sequence[Job]) -> list[Seen]:
    """What `look` sees of each job, in the order of the jobs."""
    with Pool(available_cores(), initializer=_prepare) as pool:
        return pool.map(look, jobs)


def _prepare() -> None:
    """Leave Ctrl-C to the process that people started, which ends these; and look at each module once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    remember()

"""Many files: shared out among the cores."""

from __future__ import annotations

import signal
from multiprocessing import Pool
from typing import TYPE_CHECKING

from parallel_stage.lint.engine import check_file
from parallel_stage.lint.source.asked import remember
from parallel_stage.plan.policy import available_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_stage.lint.diagnostics import Diagnostic

_SHARE = 50
"""How many files a process takes at once: a few milliseconds' work."""


def check_files(paths: Sequence[str]) -> Iterator[list[Diagnostic]]:
    """The findings of each file, in the order of the files."""
    with Pool(available_cores(), initializer=_prepare) as pool:
        yield from pool.imap(check_file, paths, chunksize=_SHARE)


def _prepare() -> None:
    """Leave Ctrl-C to the process that people started, which ends these; and look at each module once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    remember()

"""What the caller gives a run: the contract, what it wants otherwise, and an observer."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import search_from
from parallel_stage.run.failure_policy import FailurePolicy
from parallel_stage.run.scheduler import NO_TLS, Tls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parallel_stage.contract.model import Contract


KEPT_PARTS = 3
"""How many of the newest runs that succeeded keep what their partitions returned, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One request to run a stage.

    Attributes:
        contract: The contract, without overrides.
        text: The text of that file, of which the run directory keeps a copy.
        path: The file, as the caller named it; empty for a contract that no file holds.
        root: The directory where relative paths start; empty for the file's own, or the current one without a
            file.
        search_roots: Absolute directories where functions are searched too, after the contract's own.
        overrides: Contract fields to run with instead: `backend`, `workers`, `output`.
        scheduler: The address or the file of a running Dask scheduler; empty for none.
        tls: The certificates for that scheduler.
        worker_root: The directory where relative paths start, as workers see it; empty for the same path.
        policy: What the run does about partitions that fail.
        partition: The index of the only partition to run, in this process; None for the whole plan.
        resume: Whether to go on with the last run: only what it has not done is run.
        keep_parts: How many of the newest runs that succeeded keep what their partitions returned; None for all.
        argv: The command line, for the manifest.
        timeout: The seconds that one partition may take; None for no limit.
        isolated: Whether user code runs in other processes only, so that it cannot end the caller's.
    """

    contract: Contract
    text: str
    path: str = ""
    root: str = ""
    search_roots: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    scheduler: str = ""
    tls: Tls = NO_TLS
    worker_root: str = ""
    policy: FailurePolicy = field(default_factory=FailurePolicy)
    partition: int | None = None
    resume: bool = False
    keep_parts: int | None = KEPT_PARTS
    argv: tuple[str, ...] = ()
    timeout: float | None = None
    isolated: bool = False

    @property
    def absolute_path(self) -> str:
        """The absolute path of the contract's file; empty without one."""
        return os.path.abspath(self.path) if self.path else ""

    @property
    def directory(self) -> str:
        """The absolute directory where relative paths start."""
        return os.path.abspath(self.root or os.path.dirname(self.path))

    @property
    def search(self) -> tuple[str, ...]:
        """The directories where functions are searched."""
        beside = self.path or os.path.join(self.directory, "parallel_stage.toml")
        return search_from(self.directory, beside, self.search_roots)

    @property
    def effective(self) -> Contract:
        """The contract with the overrides; one partition alone runs locally."""
        alone = {} if self.partition is None else {"backend": "local", "workers": 1}
        return replace(self.contract, **{**self.overrides, **alone})

    def kept_in(self, directory: os.PathLike[str]) -> RunRequest:
        """Return the request; a contract without a file gets the copy in the run directory as its file."""
        if self.path:
            return self
        return replace(self, path=os.path.join(directory, "contract.toml"), root=self.directory)


@dataclass(frozen=True, slots=True)
class Started:
    """A run that has started.

    Attributes:
        partitions: The number of partitions that are to run.
        backend: The backend.
        workers: The number of workers.
        directory: The run directory.
        link: The address of a page that shows the work; empty where there is none.
        kept: The number of partitions that are not run, since the run that is resumed has done them.
        is_unproven: Whether many workers run what neither `verify` nor one partition alone has tried.
    """

    partitions: int
    backend: str
    workers: int
    directory: Path
    link: str
    kept: int = 0
    is_unproven: bool = False


class Observer:
    """An observer that does nothing; override its methods. They are called in the runner's thread."""

    def started(self, run: Started) -> None:
        """Called when the workers are ready."""

    def splitting(self, done: int, total: int) -> None:
        """Called with the number of records that are read, and of all, while a table is split by a column.

        Only for a plan with `scratch`, before the first partition starts.
        """

    def advanced(self, done: int, failed: int) -> None:
        """Called with the number of partitions that are done, and that have failed, so far."""

    def noted(self, text: str) -> None:
        """Called with what a person should know of the workers, such as that one has left."""

    def finished(self, manifest: Mapping[str, Any]) -> None:
        """Called with the manifest when the run is over, before an error is raised."""

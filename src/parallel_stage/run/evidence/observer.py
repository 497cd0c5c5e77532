"""Who watches a run: told when it starts, when partitions are done, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Started:
    """A run whose workers are there: how many partitions it has, on what, where, and the page that shows it."""

    partitions: int
    backend: str
    workers: int
    directory: Path
    link: str


class Observer:
    """Watches nothing; override what is of interest. Called in the runner's own thread."""

    def started(self, run: Started) -> None:
        """The workers are ready."""

    def advanced(self, done: int, failed: int) -> None:
        """So many partitions, all told, are done and have failed."""

    def finished(self, manifest: Mapping[str, Any]) -> None:
        """The run is over, for better or worse; called with the manifest before an error is raised."""

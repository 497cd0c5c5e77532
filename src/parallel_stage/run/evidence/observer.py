"""Observers of a run: called when it starts, when partitions are done, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Started:
    """A run that has started.

    Attributes:
        partitions: The number of partitions.
        backend: The backend.
        workers: The number of workers.
        directory: The run directory.
        link: The address of a page that shows the work; empty where there is none.
    """

    partitions: int
    backend: str
    workers: int
    directory: Path
    link: str


class Observer:
    """An observer that does nothing; override its methods. They are called in the runner's thread."""

    def started(self, run: Started) -> None:
        """Called when the workers are ready."""

    def advanced(self, done: int, failed: int) -> None:
        """Called with the number of partitions that are done, and that have failed, so far."""

    def finished(self, manifest: Mapping[str, Any]) -> None:
        """Called with the manifest when the run is over, before an error is raised."""

"""The runs on a service: an observer writes down how many partitions each has done, for the service's health."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from parallel_stage.run.request import Observer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.run.request import Started


class CountingObserver(Observer):
    """Passes everything on to another observer, and appends a run that is over to the service's list."""

    def __init__(self, inner: Observer, path: str) -> None:
        """Pass on to `inner`, and append to the file `path`."""
        self._inner = inner
        self._path = path

    def started(self, run: Started) -> None:
        """Pass it on."""
        self._inner.started(run)

    def splitting(self, done: int, total: int) -> None:
        """Pass it on."""
        self._inner.splitting(done, total)

    def advanced(self, done: int, failed: int) -> None:
        """Pass it on."""
        self._inner.advanced(done, failed)

    def noted(self, text: str) -> None:
        """Pass it on."""
        self._inner.noted(text)

    def finished(self, manifest: Mapping[str, Any]) -> None:
        """Append the run, and pass it on."""
        counts = manifest["partitions"]
        line = {
            "directory": manifest["directory"],
            "finished_at": manifest["timing"]["finished_at"],
            "done": counts["done"] - counts["kept"],
            "failed": counts["failed"],
        }
        # One line at the end of a file is whole, whoever else appends; a full disk costs no run its manifest.
        with suppress(OSError), open(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), "wb") as file:
            file.write(json.dumps(line, sort_keys=True).encode() + b"\n")
        self._inner.finished(manifest)


def partitions_run(path: str) -> tuple[int, int]:
    """Return how many partitions were done, and have failed, in the runs that a service was told of."""
    done = failed = 0
    with suppress(FileNotFoundError), open(path, "rb") as file:
        for line in file:
            with suppress(ValueError, KeyError, TypeError):  # a full disk may have cut a line
                run = json.loads(line)
                done, failed = done + int(run["done"]), failed + int(run["failed"])
    return done, failed

"""A running Dask cluster on the loopback interface: processes of its own, as a site has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SECONDS = 60


class DaskCluster:
    """A scheduler, and the workers that a test starts and kills; all of them end with the `with` block.

    Attributes:
        address: The scheduler's address.
        file: The file that the scheduler has written for its workers and clients.
    """

    def __init__(self, directory: Path, tls: tuple[str, ...] = ()) -> None:
        self._directory = directory
        self._tls = tls
        self._protocol = ("--protocol", "tls") if tls else ()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._started = 0
        self.file = directory / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(self.file), *self._protocol)
        self.address = str(self._wait_for_file()["address"])

    def start_worker(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker, without a nanny unless the options have `--nanny`: what kills it, ends it."""
        self._started += 1
        nanny = () if "--nanny" in options else ("--no-nanny",)
        environment = {"DASK_DISTRIBUTED__WORKER__DAEMON": "False", **environment}  # functions may start processes
        name = ("--name", f"worker-{self._started}", "--local-directory", str(self._directory))
        fixed = ("--nthreads", "1", "--memory-limit", "0", *name, *nanny, *self._protocol)
        return self._start("worker", self.address, *fixed, *options, **environment)

    def stop(self) -> None:
        """End all processes, workers first; a nanny ends its worker."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, kind: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        local = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
        with (self._directory / f"{kind}-{self._started}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + kind, *options, *local, *self._tls],
                env={**os.environ, **environment},
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def _wait_for_file(self) -> dict[str, object]:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError, ValueError):
                found: dict[str, object] = json.loads(self.file.read_text(encoding="utf-8"))
                return found
            assert self.scheduler.poll() is None, (self._directory / "scheduler-0.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        raise TimeoutError("the scheduler has not started")


@contextmanager
def dask_cluster(
    directory: Path, workers: int = 2, options: tuple[str, ...] = (), tls: tuple[str, ...] = ()
) -> Iterator[DaskCluster]:
    """Run a scheduler and some workers, with more options, during a `with` block."""
    directory.mkdir(parents=True, exist_ok=True)
    cluster = DaskCluster(directory, tls)
    try:
        for _ in range(workers):
            cluster.start_worker(*options)
        yield cluster
    finally:
        cluster.stop()

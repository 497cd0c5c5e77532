"""Hosts as Linux network namespaces: each has an address, a name, and mounts of its own; a cable is between them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NETWORK = "198.18.77."  # of those that are kept for tests of networks


class Host:
    """A host, and what a test starts on it.

    Attributes:
        name: Its name, which its processes see.
        address: Its address on the cable.
    """

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address = f"{_NETWORK}{number}"
        self._namespace = f"ps-{os.getpid()}-{number}"
        self._cable = f"ps{os.getpid()}-{number}"[-15:]
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(
        self, *command: str, mounts: tuple[str, ...] = (), log: Path | None = None, cwd: str | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command on the host, after commands of a shell that mount what only it sees there."""
        script = "; ".join(("set -e", f"hostname {self.name}", *mounts, 'exec "$@"'))
        there = ("nsenter", f"--net=/run/netns/{self._namespace}", "unshare", "-m", "-u", "--propagation", "private")
        with open(log or os.devnull, "ab") as output:
            process = subprocess.Popen(
                [*there, "sh", "-c", script, "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=cwd,
            )
        self._processes.append(process)
        return process

    def cut(self) -> None:
        """Pull the cable: nothing arrives, and nobody is told."""
        self._ip("link", "set", self._cable, "down")

    def join(self) -> None:
        """Plug it in."""
        self._ip("link", "set", self._cable, "up")

    def stop(self) -> None:
        """Kill what was started here, and what that has started."""
        for process in self._processes:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def _make(self) -> None:
        _run("ip", "netns", "add", self._namespace)

    def _connect(self, other: Host) -> None:
        ends = self._cable, "netns", self._namespace
        _run("ip", "link", "add", *ends, "type", "veth", "peer", "name", other._cable, "netns", other._namespace)
        for host in (self, other):
            host._ip("link", "set", "lo", "up")
            host._ip("address", "add", f"{host.address}/24", "dev", host._cable)
            host.join()

    def _ip(self, *arguments: str) -> None:
        _run("ip", "-netns", self._namespace, *arguments)

    def _remove(self) -> None:
        self.stop()
        subprocess.run(["ip", "netns", "delete", self._namespace], check=False, capture_output=True)


@contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Provide two hosts with a cable between them during a `with` block.

    Raises:
        RuntimeError: Where this machine, or this user, may not have network namespaces.
    """
    here, there = Host("here", 1), Host("there", 2)
    try:
        for host in (here, there):
            host._make()
        here._connect(there)
        yield here, there
    finally:
        for host in (here, there):
            host._remove()


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", "") or error
        message = f"two hosts need network namespaces, as root on Linux with iproute2: {' '.join(command)}: {why}"
        raise RuntimeError(message) from None


def dask(kind: str, *options: str) -> tuple[str, ...]:
    """Return a command of Dask: `scheduler` or `worker`."""
    return sys.executable, "-m", f"distributed.cli.dask_{kind}", *options

"""The process that ends process groups of workers; `groups` starts it as a script, without the package.

It gets the runner's pid as its argument and, on standard input, the pids of workers, one a line, and `end` when
the run is over. A worker that ends takes its process group with it; the runner, and `end`, take all groups.
"""

import os
import select
import sys
from contextlib import suppress

INTERVAL = 0.1
"""The seconds between two looks at processes that the system cannot wait for, as on macOS."""
SIGKILL = 9  # the module `signal` takes a third of the time to start


class Watched:
    """A process that may end: the runner, or a worker."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self.descriptor = os.pidfd_open(pid) if sys.platform == "linux" else -1
        except OSError:
            self.descriptor = -1

    def has_ended(self) -> bool:
        """Whether it has ended; its number may be that of another process by now."""
        if self.descriptor >= 0:
            return bool(select.select([self.descriptor], [], [], 0)[0])
        try:
            os.kill(self.pid, 0)
        except OSError:
            return True
        return False

    def end_group(self) -> None:
        """Kill its process group, of which it is the leader or, while it starts, will be."""
        for kill in (os.killpg,) if self.has_ended() else (os.killpg, os.kill):
            with suppress(OSError):
                kill(self.pid, SIGKILL)


def main(parent: int) -> None:
    """Watch until the runner is gone or says `end`."""
    runner, unread, over = Watched(parent), b"", False
    workers: dict[int, Watched] = {}
    while not over:
        watched = [each.descriptor for each in (runner, *workers.values())]
        patience = INTERVAL if min(watched) < 0 else None
        ready, _, _ = select.select([0, *(each for each in watched if each >= 0)], [], [], patience)
        for pid in [pid for pid, worker in workers.items() if worker.has_ended()]:
            worker = workers.pop(pid)
            worker.end_group()
            if worker.descriptor >= 0:
                os.close(worker.descriptor)
        over = os.getppid() != parent or runner.has_ended()
        if 0 in ready:
            data = os.read(0, 65536)
            *lines, unread = (unread + data).split(b"\n")
            over = over or not data or b"end" in lines
            workers.update((int(line), Watched(int(line))) for line in lines if line != b"end")
    for worker in workers.values():
        worker.end_group()


if __name__ == "__main__":
    main(int(sys.argv[1]))

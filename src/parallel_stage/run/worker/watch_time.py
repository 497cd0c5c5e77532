"""The process that ends a worker whose partition takes too long; `time_limit` starts it as a script.

It shares a page with the worker, and can act while a function holds the interpreter's lock. Its arguments are the
worker's pid and the page's file.
"""

import mmap
import os
import struct
import sys
import time
from contextlib import suppress

PAGE = struct.Struct("=dq4064s")
"""The deadline in seconds of the monotonic clock, or 0; the partition's index; the file that names it when it ends."""
INTERVAL = 0.05
SIGKILL = 9  # the module `signal` takes a third of the time to start


def main(worker: int, path: str) -> None:
    """Watch until the worker ends, or end it."""
    with open(path, "r+b") as file:
        page = mmap.mmap(file.fileno(), PAGE.size)
    with suppress(OSError):  # Windows keeps the name of a file that is open
        os.unlink(path)
    while os.getppid() == worker:
        deadline, index, marker = PAGE.unpack(page)
        if deadline and time.monotonic() > deadline and PAGE.unpack(page)[0] == deadline:
            with suppress(OSError), open(os.fsdecode(marker.rstrip(b"\0")), "w", encoding="ascii") as named:
                named.write(str(index))
            os.kill(worker, SIGKILL)
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

"""The standard streams of a run, which goes on to its result when no one reads what it prints."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any


class _Undeterred(io.FileIO):
    """A stream that writes to a standard descriptor until that fails, and then to nowhere.

    The reader of a pipe may go, a terminal be closed, a disk be full.
    """

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(data)


def never_fail_to_print() -> None:
    """Let what cannot be printed any more be lost, instead of the work of the run."""
    for name in ("stdout", "stderr"):
        before = getattr(sys, name)
        with suppress(OSError):  # one without a descriptor cannot lose its reader
            buffer = io.BufferedWriter(_Undeterred(before.fileno(), "w", closefd=False))
            before.flush()
            by_line = name == "stderr" or before.isatty()
            stream = io.TextIOWrapper(buffer, before.encoding, "backslashreplace", line_buffering=by_line)
            setattr(sys, name, stream)

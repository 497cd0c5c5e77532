"""The names of the files in a run directory, below the directory `directory`."""

from __future__ import annotations

import os
import socket
from pathlib import Path

FOLDERS = ("parts", "logs", "scratch")


def part_name(task: int) -> str:
    """The part of a task, relative to the run directory."""
    return f"parts/{task:08d}.part"


def part(directory: str, task: int) -> tuple[Path, Path]:
    """The part of a task, and the directory in which it is written."""
    return Path(directory, part_name(task)), scratch(directory)


def scratch(directory: str) -> Path:
    """Where everything lives that does not outlive its task."""
    return Path(directory, "scratch")


def log_name(partition: int) -> str:
    """What a partition printed, relative to the run directory."""
    return f"logs/{partition:06d}.log"


def partition_log(directory: str, partition: int) -> Path:
    """What a partition printed."""
    return Path(directory, log_name(partition))


def task_log(directory: str, task: int) -> Path:
    """What a task prints while it runs; it exists only while it does, or when its worker died."""
    return scratch(directory) / f"task-{task:08d}.log"


def probe_log(directory: str) -> Path:
    """What a worker prints while it imports the function before the first partition."""
    return scratch(directory) / f"probe-{socket.gethostname()}-{os.getpid()}.log"

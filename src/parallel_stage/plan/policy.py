"""Parallelize partitions, not raw file count: AGILAB's rule as pure functions of counts."""

from __future__ import annotations

import os

CHUNK_STRATEGIES = frozenset({"file-chunks", "row-chunks"})
"""The strategies that cut one file into several partitions."""

STRATEGIES = {
    "files": ("one-file-per-partition", "file-chunks", "row-chunks"),
    "data-partitions": ("file-chunks", "row-chunks"),
    "parameter-sweep": ("parameter-items",),
}
"""The strategies that fit each split rule."""

TOLERATED = {
    ("data-partitions", "one-file-per-partition"): "the whole table is then one partition, which nothing can share",
    ("parameter-sweep", "one-file-per-partition"): "it is read as parameter-items",
}
"""Pairs of split rule and strategy that get a warning, and the strategy that is used."""


def available_cores() -> int:
    """Return the cores that this process may use: its affinity where the system has one, else all.

    At least 1.
    """
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def requested_workers(workers: int | str, cores: int) -> int:
    """Return the workers that a contract requests; "auto" is one per core."""
    return cores if isinstance(workers, str) else workers


def counted_workers(workers: int | str, target: int, cores: int) -> int:
    """Return the workers that decide the number of chunks; 0 where only the machine would decide."""
    return 0 if workers == "auto" and target else requested_workers(workers, cores)


def effective_workers(file_count: int, workers: int, splittable: bool) -> int:  # noqa: FBT001 - a term of the rule
    """Return how many of the requested workers can be busy at once.

    All of them where there are enough files, or files can be cut; else one per file.
    """
    if file_count < 1:
        return 1
    return workers if splittable or file_count >= workers else file_count


def partition_count(
    strategy: str,
    file_count: int,
    workers: int,
    splittable: bool,  # noqa: FBT001 - a term of the rule
    target: int,
    minimum: int,
) -> int:
    """Return how many partitions to aim at.

    Args:
        strategy: A partition strategy of the contract.
        file_count: How many files there are.
        workers: The requested workers; 0 leaves them out of the rule.
        splittable: Whether files can be cut.
        target: `target_partitions` of the contract, 0 where it sets none.
        minimum: `min_partitions_per_worker` of the contract.
    """
    if file_count < 1:
        return 1
    if not splittable or strategy not in CHUNK_STRATEGIES:
        return file_count
    return max(file_count, target, workers * minimum)

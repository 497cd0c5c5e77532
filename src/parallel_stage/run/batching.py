"""Batches of partitions for one task: a big one alone, tiny ones together, so that dispatching pays."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.plan.partition import Partition

WINDOW = 65_536
"""The number of partitions among which the largest is found; a plan may have millions."""

MOST = 2_000
"""The most partitions of a task."""


def cost(partition: Partition) -> int:
    """Return the cost of a partition for batching; never 0, so that empty files count, too."""
    return partition.weight + 1


class Pace:
    """The time that a unit of cost takes, estimated from finished tasks."""

    def __init__(self, task_seconds: float, least_seconds: float = 0.0) -> None:
        """Prepare for tasks that should take so long, and not less than `least_seconds` towards the end."""
        self._task_seconds = task_seconds
        self._least_seconds = least_seconds
        self._seconds = 0.0

    def learn(self, seconds: float, total: int) -> None:
        """Update the estimate with a finished task; recent ones count more."""
        measured = max(seconds, 1e-9) / total
        self._seconds = measured if not self._seconds else 0.6 * self._seconds + 0.4 * measured

    @property
    def budget(self) -> float:
        """The cost that fills a task; 0 before the first task is finished."""
        return self._task_seconds / self._seconds if self._seconds else 0.0

    @property
    def least(self) -> float:
        """The cost below which a task does not pay; 0 before the first task is finished."""
        return self._least_seconds / self._seconds if self._seconds else 0.0


class Batches:
    """The partitions of a plan in batches: the largest first, each batch of consecutive partitions."""

    def __init__(self, partitions: Iterable[Partition], workers: int) -> None:
        self._partitions = iter(partitions)
        # Batches shrink towards the end, so that the workers finish together; one worker does not need that.
        self._share = 2 * workers if workers > 1 else 1
        self._look_ahead()

    def take(self, budget: float, least: float = 0.0) -> tuple[Partition, ...]:
        """Return the next batch, of at most `budget` cost unless one partition costs more; empty at the end.

        With a budget of 0 every partition is a batch. Towards the end batches cost no less than `least`.
        """
        if not self._left:
            self._look_ahead()
        if not self._window:
            return ()
        fair = min(budget, max(self._left / self._share, least))
        while self._taken[self._heaviest[-1]]:
            self._heaviest.pop()
        heaviest = self._heaviest[-1]
        if self._costs[heaviest] >= fair:
            return self._give(heaviest, heaviest + 1)
        while self._taken[self._front]:
            self._front += 1
        return self._give(self._front, self._end_of_run(fair))

    def _end_of_run(self, budget: float) -> int:
        stop, total = self._front, 0
        last = min(len(self._window), self._front + MOST)
        while stop < last and not self._taken[stop]:
            total += self._costs[stop]
            if total > budget and stop > self._front:
                break
            stop += 1
        return stop

    def _give(self, start: int, stop: int) -> tuple[Partition, ...]:
        batch = tuple(self._window[start:stop])
        self._taken[start:stop] = b"\1" * len(batch)
        self._left -= sum(self._costs[start:stop])
        return batch

    def _look_ahead(self) -> None:
        self._window = list(islice(self._partitions, WINDOW))
        self._taken = bytearray(len(self._window))
        self._front = 0
        self._costs = list(map(cost, self._window))
        self._left = sum(self._costs)
        # Popped from the end, so the heaviest is last; of equals, the first in the plan.
        self._heaviest = sorted(range(len(self._window)), key=lambda i: (self._costs[i], -i))

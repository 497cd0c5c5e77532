"""Failed partitions by their cause: the same error at the same line is one cause, however many partitions it fails."""

from __future__ import annotations

import re
from bisect import insort
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.run.task import Failure, Receipt

NAMED_PARTITIONS = 100
"""The number of partitions of a cause that are kept; the ledger has every one."""

_MOST = 100
"""The number of causes that are told apart; of those beyond, all of one kind are one."""

_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
"""What differs in the messages that one cause has for different partitions."""


class FailedPartition(NamedTuple):
    """A failed partition: its work in words, its receipt, and why it failed."""

    work: str
    receipt: Receipt
    failure: Failure


class Cause:
    """Partitions that failed for one cause.

    Attributes:
        count: Their number.
        first: The first of them in plan order.
        indices: The indices of the first hundred of them, in plan order.
    """

    def __init__(self, failed: FailedPartition) -> None:
        self.count = 0
        self.first = failed
        self.indices: list[int] = []
        self.add(failed)

    def add(self, failed: FailedPartition) -> None:
        """Add a partition."""
        self.count += 1
        if failed.receipt.index < self.first.receipt.index:
            self.first = failed
        insort(self.indices, failed.receipt.index)
        del self.indices[NAMED_PARTITIONS:]


class Causes:
    """The causes of all failures of a run."""

    def __init__(self) -> None:
        self._causes: dict[tuple[str, str, str], Cause] = {}

    def __iter__(self) -> Iterator[Cause]:
        """Iterate over the causes, the one that failed most partitions first."""
        return iter(sorted(self._causes.values(), key=lambda cause: (-cause.count, cause.first.receipt.index)))

    def add(self, failed: FailedPartition) -> None:
        """Add a failed partition to its cause."""
        failure = failed.failure
        key = failure.kind, failure.type, _where(failure)
        if key not in self._causes and len(self._causes) >= _MOST:
            key = failure.kind, "", ""
        if key in self._causes:
            self._causes[key].add(failed)
        else:
            self._causes[key] = Cause(failed)


def _where(failure: Failure) -> str:
    """Return the user's line, or where there is none what the messages of one cause have in common."""
    return failure.location or _VARYING.sub("…", failure.message)

"""What a run has done so far, in numbers, with its slowest and its failed partitions by name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.run.worker.current import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.plan.partition import Partition
    from parallel_stage.run.task import Failure, Receipt

SLOWEST = 5
NAMED_FAILURES = 100
"""How many failures are told in full; the ledger has them all."""


class PartitionReport(NamedTuple):
    """A partition that is worth a line: its source in words, and its receipt."""

    source: str
    receipt: Receipt


class FailedPartition(NamedTuple):
    """A failed partition: its source in words, its receipt, and why it has failed."""

    source: str
    receipt: Receipt
    failure: Failure


class RunStats:
    """Sums over receipts, and where in the ledger the receipts of each task stand."""

    def __init__(self) -> None:
        self.workers = 0
        self.done = 0
        self.records = 0
        self.bytes = 0
        self.seconds = 0.0
        self.peak_memory = 0
        self.failed: Counter[str] = Counter()
        self.failures: list[FailedPartition] = []
        self.slowest: list[PartitionReport] = []
        self._places: list[tuple[int, int, int]] = []

    def add(self, partitions: Sequence[Partition], receipts: Sequence[Receipt], offset: int) -> None:
        """Take the receipts of one task, which stand in the ledger from `offset` on."""
        self._places.append((receipts[0].index, offset, len(receipts)))
        for partition, receipt in zip(partitions, receipts, strict=True):
            self.seconds += receipt.seconds
            self.peak_memory = max(self.peak_memory, receipt.peak_memory)
            if receipt.failure:
                self.failed[receipt.failure.kind] += 1
                if len(self.failures) < NAMED_FAILURES:
                    self.failures.append(FailedPartition(source_of(partition.work), receipt, receipt.failure))
            else:
                self.done += 1
                self.records += receipt.records
                self.bytes += receipt.length
            if len(self.slowest) < SLOWEST or receipt.seconds > self.slowest[-1].receipt.seconds:
                self.slowest.append(PartitionReport(source_of(partition.work), receipt))
                self.slowest = sorted(self.slowest, key=_slowness)[:SLOWEST]

    def places(self) -> list[tuple[int, int]]:
        """Where receipts stand in the ledger, in plan order: the offset of the first and how many there are."""
        return [(offset, count) for _, offset, count in sorted(self._places)]


def _slowness(told: PartitionReport) -> tuple[float, int]:
    return -told.receipt.seconds, told.receipt.index

"""Statistics of a run: sums, its slowest and its failed partitions, and where the ledger has the receipts."""

from __future__ import annotations

from array import array
from collections import Counter
from heapq import nlargest
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.plan.partition import describe_work
from parallel_stage.run.evidence.causes import Causes, FailedPartition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.plan.partition import Partition
    from parallel_stage.run.task import Failure, Receipt, TaskReceipt

SLOWEST = 5
NAMED_FAILURES = 100
"""The number of failures that are kept with all their data; the ledger has every one."""


class PartitionReport(NamedTuple):
    """A partition that a person wants to see: its work in words, and its receipt."""

    work: str
    receipt: Receipt


class RunStats:
    """Sums over the receipts of a run.

    Attributes:
        workers: The number of workers.
        done: The number of partitions that succeeded, with those that are kept.
        kept: The number of partitions that earlier sessions of the run have done.
        failed: The number of partitions that failed, by the kind of failure.
        retried: The number of partitions that needed more than one attempt.
        records: The number of records in all outputs.
        bytes: The size of all outputs.
        seconds: The time that all partitions of this session took together.
        peak_memory: The most memory of one worker process, in bytes.
        crowding: What partitions started beside their workers, as clauses, with the number of partitions.
        failures: The first failed partitions.
        causes: All failed partitions by their cause.
        slowest: The slowest partitions, slowest first.
        guilty: What `--bisect` found in failed partitions, as the manifest has it; None for a run without it.
        places: The place in the ledger of each partition's receipt, in plan order; 0 where it has none, since
            the ledger starts with another event.
    """

    def __init__(self, count: int = 0, first: int = 0) -> None:
        """Prepare the statistics of `count` partitions, numbered from `first`."""
        self.places = array("Q", bytes(8 * count))
        self._first = first
        self.workers = 0
        self.done = 0
        self.kept = 0
        self.retried = 0
        self.records = 0
        self.bytes = 0
        self.seconds = 0.0
        self.peak_memory = 0
        self.crowding: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.failures: list[FailedPartition] = []
        self.causes = Causes()
        self.guilty: list[dict[str, Any]] | None = None
        self.slowest: list[PartitionReport] = []

    def add(self, partitions: Sequence[Partition], receipt: TaskReceipt, places: range) -> None:
        """Add the receipt of a task, which the ledger has at these places."""
        for row, place in zip(receipt.rows, places, strict=True):
            self.places[row.index - self._first] = place
        failures = receipt.failures()
        self.done += len(receipt.rows) - len(failures)
        self.retried += len(receipt.rows) if receipt.attempt > 1 else 0
        self.records += sum(row.records for row in receipt.rows)
        self.bytes += sum(row.length for row in receipt.rows)
        self.seconds += sum(row.seconds for row in receipt.rows)
        self.peak_memory = max(self.peak_memory, receipt.peak_memory)
        self.crowding.update(other["crowding"] for other in receipt.others.values() if "crowding" in other)
        for number, failure in failures.items():
            self._add_failure(partitions[number], receipt.receipt(number), failure)
        self._keep_slow(partitions, receipt)

    def keep(self, partition: Partition, receipt: Receipt, place: int) -> None:
        """Add a receipt of an earlier session, which the ledger has at this place."""
        self.places[partition.index - self._first] = place
        self.kept += 1
        self.done += 1
        self.records += receipt.records
        self.bytes += receipt.length
        self.peak_memory = max(self.peak_memory, receipt.peak_memory)

    def _add_failure(self, partition: Partition, receipt: Receipt, failure: Failure) -> None:
        self.failed[failure.kind] += 1
        failed = FailedPartition(describe_work(partition.work), receipt, failure)
        self.causes.add(failed)
        if len(self.failures) < NAMED_FAILURES:
            self.failures.append(failed)

    def _keep_slow(self, partitions: Sequence[Partition], receipt: TaskReceipt) -> None:
        least = self.slowest[-1].receipt.seconds if len(self.slowest) == SLOWEST else -1.0
        slow = (number for number, row in enumerate(receipt.rows) if row.seconds > least)
        for number in nlargest(SLOWEST, slow, key=lambda number: receipt.rows[number].seconds):
            self.slowest.append(PartitionReport(describe_work(partitions[number].work), receipt.receipt(number)))
        self.slowest = sorted(self.slowest, key=_slowness)[:SLOWEST]


def _slowness(report: PartitionReport) -> tuple[float, int]:
    return -report.receipt.seconds, report.receipt.index

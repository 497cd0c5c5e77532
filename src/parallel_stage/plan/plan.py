"""A plan: every partition of a contract, made one by one, before anything has run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parallel_stage.plan.identity import identifier
from parallel_stage.plan.partition import Partition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input, InputNote, Work


@dataclass(frozen=True, slots=True)
class Plan:
    """All partitions of a contract; nothing of it has run.

    Attributes:
        contract: What was planned.
        root: The absolute directory that relative paths start at.
        source: The digest of the function's source file, empty where it cannot be seen.
        inputs: The files that are read, as they were.
        count: The number of partitions.
        workers: The requested workers, with "auto" resolved.
        effective_workers: How many of them can be busy at once.
        reason: Why that many partitions and workers, in a sentence.
        notes: What was found out about each file whose cutting was considered.
        shares: Each partition's work with its weight, in order; may be iterated again and again.
    """

    contract: Contract
    root: str
    source: str
    inputs: tuple[Input, ...]
    count: int
    workers: int
    effective_workers: int
    reason: str
    notes: tuple[InputNote, ...]
    shares: Iterable[tuple[Work, int]] = field(repr=False)

    def partitions(self) -> Iterator[Partition]:
        """The partitions, made one by one; each call gives the same ones in the same order."""
        identify = identifier(self.contract, self.source, self.inputs)
        for index, (work, weight) in enumerate(self.shares):
            yield Partition(index, identify(work), work, weight)

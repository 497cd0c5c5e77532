"""Which partitions of a plan are kept: what has a receipt, unchanged inputs, and a part that is whole."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.plan.partition import paths_of
from parallel_stage.run.resume.history import read_history
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.ledger import ReceiptReader, offset_of
from parallel_stage.run.storage.part import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.plan.partition import Partition
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.task import Receipt


class Reason(NamedTuple):
    """Why a partition runs again: what kind of reason, and which input, module or field."""

    kind: str
    which: tuple[str, ...] = ()


class Decision(NamedTuple):
    """What becomes of a partition.

    Attributes:
        partition: The partition.
        receipt: The receipt that is kept; None where it runs again.
        place: The place of that receipt in the ledger.
        reason: Why there is a receipt and it is not kept; None where there is none.
    """

    partition: Partition
    receipt: Receipt | None
    place: int
    reason: Reason | None


class Resumption:
    """A plan, and what a run directory has of it.

    Attributes:
        history: What its ledger says.
        plan: The plan of now.
        since: The offset in the ledger from which on each input is the one of now; without those that are not.
    """

    def __init__(self, directory: Path, plan: Plan, host: str) -> None:
        self.history = read_history(directory / layout.LEDGER)
        self.plan = plan
        self._directory = directory
        self._is_reserved = False
        known = ((item, self.history.inputs.get(item.path)) for item in plan.inputs)
        self.since = {item.path: before.since for item, before in known if before and before.is_same(item, host)}

    def decisions(self) -> Iterator[Decision]:
        """Yield what becomes of each partition, in plan order; to be iterated once."""
        with ExitStack() as stack:
            ledger = None
            if self.history.sessions:
                ledger = ReceiptReader(stack.enter_context((self._directory / layout.LEDGER).open("rb")))
            parts = stack.enter_context(closing(Parts(self._directory)))
            for partition in self.plan.partitions():
                yield self._decide(partition, ledger, parts)

    def _reserve_all(self) -> None:
        """Reserve receipts for the partitions of their places, once, where ids may be equal."""
        if self.plan.contract.split == "parameter-sweep" and not self._is_reserved:
            self._is_reserved = True
            for partition in self.plan.partitions():
                self.history.receipts.reserve(partition.id, partition.index)

    def _decide(self, partition: Partition, ledger: ReceiptReader | None, parts: Parts) -> Decision:
        reason = None
        places = self.history.receipts.take(partition.id, partition.index, self._reserve_all)
        for place in places if ledger else ():
            problem = self._outdated(partition, place)
            if problem is None and ledger:
                receipt = ledger.receipt(place)
                if receipt and parts.has(receipt):
                    return Decision(partition, receipt, place, None)
                problem = Reason("part damaged", (receipt.part,)) if receipt else None
            reason = reason or problem
        return Decision(partition, None, 0, reason)

    def _outdated(self, partition: Partition, place: int) -> Reason | None:
        """Return why a receipt is not about the inputs and the contract of now; None where it is."""
        offset = offset_of(place)
        changed = tuple(path for path in paths_of(partition.work) if offset < self.since.get(path, offset + 1))
        if changed:
            return Reason("input changed", changed)
        if self.history.session_of(place).contract.get("reducer") != self.plan.contract.reducer:
            return Reason("contract field changed", ("reducer",))
        return None

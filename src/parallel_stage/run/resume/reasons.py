"""Why partitions run again: what is true of each, compared with the last session of the run."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from parallel_stage.contract.model import Contract
from parallel_stage.errors import ParallelStageError
from parallel_stage.plan.partition import paths_of
from parallel_stage.plan.plan import identifier
from parallel_stage.run.resume.kept import Reason
from parallel_stage.run.resume.table import IdTable
from parallel_stage.run.storage.planned import planned

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.plan.partition import Partition
    from parallel_stage.run.resume.history import Session
    from parallel_stage.run.resume.kept import Decision, Resumption

NO_RECEIPT = Reason("no receipt")
KINDS = (
    "new input",
    "input changed",
    "code changed",
    "contract field changed",
    "cut differently",
    "part damaged",
    NO_RECEIPT.kind,
)
"""The kinds of reasons, in the order in which they are shown."""

_OF_THE_RESULT = ("function", "split", "input_format")
_OF_THE_CUTS = ("partition_strategy", "target_partitions", "min_partitions_per_worker", "workers", "partition_by")


class Reasons:
    """Says why partitions run again that a resumption does not keep."""

    def __init__(self, resumption: Resumption, directory: Path) -> None:
        history, plan = resumption.history, resumption.plan
        self._since, self._inputs, self._receipts = resumption.since, history.inputs, history.receipts
        self._plan = plan
        self._last = history.sessions[-1] if history.sessions else None
        self._directory = directory
        paths = {item.path for item in plan.inputs}
        self._moved = [path for path in (*paths, *history.inputs) if path not in self._since or path not in paths]
        then = _then(self._last) if self._last else None
        # Gives the ids that these partitions had in the last session.
        self._identify = identifier(*then, plan.inputs) if then else None

    @cached_property
    def _planned(self) -> IdTable:
        """The ids of the plan of the last session."""
        table = IdTable()
        for number, _ in planned(self._directory):
            table.add(int(number, 16))
        return table

    def why(self, decision: Decision) -> Reason:
        """Return why a partition runs again that has no receipt, or one that is not kept."""
        if self._last is None or self._identify is None:
            return NO_RECEIPT
        return decision.reason or self._of_inputs(decision.partition) or self._of_plan(decision.partition, self._last)

    def _of_inputs(self, partition: Partition) -> Reason | None:
        paths = [path for path in paths_of(partition.work) if path not in self._since]
        changed = tuple(path for path in paths if path in self._inputs)
        new = tuple(path for path in paths if path not in self._inputs)
        if changed:
            return Reason("input changed", changed)
        return Reason("new input", new) if new else None

    def _of_plan(self, partition: Partition, last: Session) -> Reason:
        before = self._id_then(partition)
        if before != partition.id and before in self._receipts:
            return self._of_result(last)
        if int(before, 16) in self._planned:
            return NO_RECEIPT
        fields = self._fields(last, (*_OF_THE_RESULT, *_OF_THE_CUTS))
        if fields:
            return Reason("contract field changed", fields)
        if not self._moved:
            return NO_RECEIPT
        kind = "new input" if self._plan.contract.split == "parameter-sweep" else "cut differently"
        return Reason(kind, tuple(self._moved))

    def _id_then(self, partition: Partition) -> str:
        with suppress(ParallelStageError):
            return self._identify(partition.work) if self._identify else partition.id
        return partition.id  # the contract of then cannot be read

    def _of_result(self, last: Session) -> Reason:
        """Return why a partition that was done has another id now."""
        fields = self._fields(last, _OF_THE_RESULT)
        return Reason("contract field changed", fields) if fields else Reason("code changed", self._modules(last))

    def _fields(self, last: Session, names: tuple[str, ...]) -> tuple[str, ...]:
        now = self._plan.contract.to_dict()
        return tuple(name for name in names if last.contract.get(name) != now.get(name))

    def _modules(self, last: Session) -> tuple[str, ...]:
        """Return the modules that were edited; where there are none, those that came or went."""
        then, now = last.modules, self._plan.modules
        edited = tuple(name for name in sorted(then.keys() & now.keys()) if then[name] != now[name])
        return edited or tuple(sorted(then.keys() ^ now.keys()))


def _then(last: Session) -> tuple[Contract, str] | None:
    with suppress(LookupError, TypeError):
        return Contract.from_valid(last.contract), last.source_digest
    return None

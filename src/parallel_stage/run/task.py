"""What crosses to a worker and comes back: a stage, its tasks and their receipts, as plain data.

A receipt is kept a task, with a row for each partition: a run may have millions of tiny ones.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.plan.partition import Parameters, Partition, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input


@dataclass(frozen=True, slots=True)
class Stage:
    """What all tasks of one run share.

    Attributes:
        contract: The contract, with what the command line overrides.
        root: The absolute directory where relative paths start; functions run in it.
        search: The directories in which modules are searched before `sys.path`.
        directory: The absolute run directory.
        session: 1 for a new run, and one more each time that it is resumed.
        timeout: The seconds that one partition may take; None for no limit.
        source_digest: The digest of the function's code in the plan; empty for whatever its code is.
        worker_root: The root as workers see it that do not see the run directory; empty for the same path.
    """

    contract: Contract
    root: str
    search: tuple[str, ...]
    directory: Path
    session: int = 1
    timeout: float | None = None
    source_digest: str = ""
    worker_root: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """The partitions that one worker executes one after the other, consecutive in the plan.

    Attributes:
        number: Its place in the order of submission, from 0; part and log are named after it.
        partitions: What to execute, in plan order.
        inputs: The files that these partitions read, as they were when the plan was made.
        attempt: 1, and one more for each time that the partition raised or its worker died.
        seconds: The time after which it begins no other partition, and hands back those that are left.
    """

    number: int
    partitions: tuple[Partition, ...]
    inputs: tuple[Input, ...]
    attempt: int = 1
    seconds: float = float("inf")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the partitions of a sweep as plain tuples: named ones take three times as long."""
        packed = [(*each[:2], each[2].values, each[3]) for each in self.partitions if isinstance(each[2], Parameters)]
        rest = self.inputs, self.attempt, self.seconds
        if len(packed) == len(self.partitions):
            return _sweep, (self.number, packed, *rest)
        return Task, (self.number, self.partitions, *rest)


def _sweep(number: int, packed: Iterable[tuple[int, str, Any, int]], *rest: Any) -> Task:
    """Return the task of a sweep that was pickled."""
    partitions = tuple(Partition(index, known, Parameters(values), weight) for index, known, values, weight in packed)
    return Task(number, partitions, *rest)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a partition has no output.

    Attributes:
        kind: `function` (it raised or called sys.exit), `value` (the reducer cannot take what it returned),
            `task` (the task as a whole failed), `input-changed`, `worker-lost` or `timeout`.
        type: The class of the exception.
        message: Its text.
        traceback: The user's frames only; empty where there are none.
        location: The user's line that failed, as `work.py:7`; empty where there is none.
    """

    kind: str
    type: str
    message: str
    traceback: str = ""
    location: str = ""


class Receipt(NamedTuple):
    """The result of one partition.

    Attributes:
        index, id: The partition's own.
        attempt: The number of the attempt, from 1.
        part: The file below the run directory that holds the output; empty for a failed partition.
        offset, length: The place of the output in the part, in bytes.
        header: The length of the header at its start, which the reducer writes once, in bytes.
        suffix: The suffix of a file that would hold this output alone.
        digest: The SHA-256 of the output, in hexadecimal digits.
        records: The number of records in the output.
        started: The time when it started, in seconds since the epoch.
        seconds: How long it took.
        peak_memory: The most memory its process had used when the task ended, in bytes; 0 where that is unknown.
        host, pid: The process that ran it.
        log: The file below the run directory with what it printed; empty where it printed nothing.
        failure: Why it failed; None for a partition that has output.
        returned: The real path of the file that the function returned; empty where it returned none.
        crowding: What it started beside its worker, as a clause (see `worker.crowding`); empty for nothing.
        key: The key of the partition, of a table with `partition_by`; else None.
    """

    index: int  # type: ignore[assignment]  # it hides a method of tuples
    id: str
    attempt: int
    part: str
    offset: int
    length: int
    header: int
    suffix: str
    digest: str
    records: int
    started: float
    seconds: float
    peak_memory: int
    host: str
    pid: int
    log: str = ""
    failure: Failure | None = None
    returned: str = ""
    crowding: str = ""
    key: str | None = None


class Row(NamedTuple):
    """What differs between the partitions of a task; see `Receipt`. `begun` is in milliseconds after the task."""

    index: int  # type: ignore[assignment]  # it hides a method of tuples
    id: str
    offset: int
    length: int
    header: int
    digest: str
    records: int
    begun: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TaskReceipt:
    """The results of a task: what its partitions share once, a row for each, and what only some of them have.

    Attributes:
        attempt, part, suffix, host, pid, peak_memory: As in the receipt of each partition.
        started: The time when the task started, in seconds since the epoch.
        rows: One for each partition, in order; the last ones of a task have none where its time was over before.
        others: Fields of receipts that are not as the rest says, by the number of the row.
    """

    attempt: int
    part: str
    suffix: str
    host: str
    pid: int
    peak_memory: int
    started: float
    rows: Sequence[Row]
    others: Mapping[int, Mapping[str, Any]]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the rows as plain tuples: named ones take five times as long."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return _received, ({**values, "rows": list(map(tuple, self.rows))},)

    @classmethod
    def failed(cls, partition: Partition, attempt: int, failure: Failure, log: str = "") -> TaskReceipt:
        """Return the receipt that the runner writes for a partition whose worker cannot."""
        row = Row(partition.index, partition.id, 0, 0, 0, "", 0, 0, 0.0)
        other = {"failure": failure, "log": log, "part": ""}
        if (key := key_of(partition.work)) is not None:
            other["key"] = key
        return cls(attempt, "", "", socket.gethostname(), os.getpid(), 0, round(time.time(), 6), [row], {0: other})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TaskReceipt:
        """Return the receipt of `to_dict`."""
        fields = {field.name: values[field.name] for field in dataclasses.fields(cls)}
        fields["rows"] = [Row._make(row) for row in fields["rows"]]
        fields["others"] = {int(number): _with_failure(other) for number, other in fields["others"].items()}
        return cls(**fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as the ledger holds it."""
        others = {number: _as_data(other) for number, other in self.others.items()}
        # Not asdict, which copies every row deeply.
        shared = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {"event": "task", **shared, "others": others}

    def receipt(self, number: int) -> Receipt:
        """Return the receipt of the partition in a row."""
        index, identifier, offset, length, header, digest, records, begun, seconds = self.rows[number]
        found = Receipt(
            index,
            identifier,
            self.attempt,
            self.part,
            offset,
            length,
            header,
            self.suffix,
            digest,
            records,
            round(self.started + begun / 1000, 3),
            seconds,
            self.peak_memory,
            self.host,
            self.pid,
        )
        return found._replace(**self.others[number]) if number in self.others else found

    def receipts(self) -> list[Receipt]:
        """Return the receipts of all rows."""
        return list(map(self.receipt, range(len(self.rows))))

    def failures(self) -> dict[int, Failure]:
        """Return the failures by the numbers of their rows."""
        return {number: other["failure"] for number, other in self.others.items() if "failure" in other}

    def with_failures(self, failures: Mapping[int, Failure]) -> TaskReceipt:
        """Return this receipt with other failures in some rows, the outputs of which are given up."""
        if not failures:
            return self
        changed = {number: {"failure": failure, "part": ""} for number, failure in failures.items()}
        others = {number: {**self.others.get(number, {}), **other} for number, other in changed.items()}
        return replace(self, others={**self.others, **others})

    def cut(self, start: int, stop: int) -> TaskReceipt:
        """Return the receipt of some consecutive rows."""
        others = {number - start: other for number, other in self.others.items() if start <= number < stop}
        return replace(self, rows=self.rows[start:stop], others=others)


def _received(values: Mapping[str, Any]) -> TaskReceipt:
    """Return the receipt that was pickled."""
    return TaskReceipt(**{**values, "rows": list(map(Row._make, values["rows"]))})


def _with_failure(other: Mapping[str, Any]) -> dict[str, Any]:
    return {**other, "failure": Failure(**other["failure"])} if "failure" in other else dict(other)


def _as_data(other: Mapping[str, Any]) -> dict[str, Any]:
    return {**other, "failure": asdict(other["failure"])} if "failure" in other else dict(other)

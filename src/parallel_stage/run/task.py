"""What crosses to a worker and comes back: a stage, its tasks and their receipts, as plain data."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.partition import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input, Partition


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
    """

    contract: Contract
    root: str
    search: tuple[str, ...]
    directory: Path
    session: int = 1
    timeout: float | None = None
    source_digest: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """The partitions that one worker executes one after the other, consecutive in the plan.

    Attributes:
        number: Its place in the order of submission, from 0; part and log are named after it.
        partitions: What to execute, in plan order.
        inputs: The files that these partitions read, as they were when the plan was made.
        attempt: 1, and one more for each time that the partition raised or its worker died.
    """

    number: int
    partitions: tuple[Partition, ...]
    inputs: tuple[Input, ...]
    attempt: int = 1


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


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one partition.

    Attributes:
        index, id: The partition's own.
        attempt: The number of the attempt, from 1.
        part: The file below the run directory that holds the output; empty for a failed partition.
        offset, length: The place of the output in the part, in bytes.
        header: The length of the header at its start, which the reducer writes once, in bytes.
        suffix: The suffix of a file that would hold this output alone.
        digest: 32 hexadecimal digits of the BLAKE2b hash of the output.
        records: The number of records in the output.
        started: The time when it started, in seconds since the epoch.
        seconds: How long it took.
        peak_memory: The most memory its process has used until then, in bytes; 0 where that is unknown.
        host, pid: The process that ran it.
        log: The file below the run directory with what it printed; empty where it printed nothing.
        failure: Why it failed; None for a partition that has output.
        returned: The real path of the file that the function returned; empty where it returned none.
        crowding: What it started beside its worker, as a clause (see `worker.crowding`); empty for nothing.
        key: The key of the partition, of a table with `partition_by`; else None.
    """

    index: int
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
    log: str
    failure: Failure | None
    returned: str = ""
    crowding: str = ""
    key: str | None = None

    @classmethod
    def failed(cls, partition: Partition, attempt: int, failure: Failure, log: str = "") -> Receipt:
        """Return the receipt that the runner writes for a partition whose worker cannot."""
        started, host = round(time.time(), 6), socket.gethostname()
        return cls(
            partition.index,
            partition.id,
            attempt,
            "",
            0,
            0,
            0,
            "",
            "",
            0,
            started,
            0.0,
            0,
            host,
            os.getpid(),
            log,
            failure,
            key=key_of(partition.work),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as the ledger holds it."""
        # Not asdict, which copies every value deeply: a ledger may hold millions of receipts.
        values = {name: getattr(self, name) for name in self.__slots__}
        if self.key is None:
            del values["key"]
        return {"event": "receipt", **values, "failure": asdict(self.failure) if self.failure else None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Receipt:
        """Return the receipt of `to_dict`."""
        fields = {key: value for key, value in values.items() if key != "event"}
        failure = fields["failure"]
        return cls(**{**fields, "failure": Failure(**failure) if failure else None})

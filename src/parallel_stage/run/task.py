"""What crosses to a worker and what comes back: a stage, its tasks and their receipts, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input, Partition


@dataclass(frozen=True, slots=True)
class Stage:
    """What every task of one run has in common.

    Attributes:
        contract: The contract, with what the command line overrode.
        root: The absolute directory at which relative paths start; functions run in it.
        search: The directories in which modules are searched before `sys.path`.
        directory: The absolute run directory.
    """

    contract: Contract
    root: str
    search: tuple[str, ...]
    directory: str


@dataclass(frozen=True, slots=True)
class Task:
    """The partitions that one worker executes in one go, consecutive in the plan.

    Attributes:
        number: Its place in the order of submission, from 0; names its part and its log.
        partitions: What to execute, in plan order.
        inputs: The files that these partitions read, as they were when the plan was made.
        attempt: 1, or 2 when a worker has died while it executed the partition.
    """

    number: int
    partitions: tuple[Partition, ...]
    inputs: tuple[Input, ...]
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a partition has no output.

    `kind` is `function` (it raised or called sys.exit), `value` (the reducer cannot take what it returned),
    `input-changed` or `worker-lost`; `traceback` has the user's frames only and is empty where there are none.
    """

    kind: str
    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one partition.

    Attributes:
        index, id: The partition's own.
        attempt: Which attempt this was, from 1.
        part: The file below the run directory that holds its output; empty for a failed partition.
        offset, length: Where in the part its output stands, in bytes.
        header: How many of these bytes are a header that the reducer writes once.
        suffix: The suffix of a file that would hold this output alone.
        digest: 32 hexadecimal digits of the BLAKE2b hash of its output.
        records: How many records the output has.
        started: When it started, in seconds since the epoch; `seconds` is how long it took.
        peak_memory: The most memory its process has ever used until then, in bytes; 0 where it cannot be told.
        host, pid: Where it ran.
        log: The file below the run directory with what it printed; empty where it printed nothing.
        failure: None for a partition that has output.
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

    def to_dict(self) -> dict[str, Any]:
        """The receipt as the ledger holds it."""
        # Not asdict, which copies every value deeply: a ledger may hold millions of receipts.
        values = {name: getattr(self, name) for name in self.__slots__}
        return {"event": "receipt", **values, "failure": asdict(self.failure) if self.failure else None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Receipt:
        """The inverse of `to_dict`."""
        fields = {key: value for key, value in values.items() if key != "event"}
        failure = fields["failure"]
        return cls(**{**fields, "failure": Failure(**failure) if failure else None})

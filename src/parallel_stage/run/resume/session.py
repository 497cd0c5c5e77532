"""The events that open a session of a run: what it is about, and its inputs."""

from __future__ import annotations

import socket
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.run.resume import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.storage.ledger import Ledger
    from parallel_stage.run.task import Stage

_AT_ONCE = 1_000
"""The number of inputs that are written to the ledger at once."""


class NewSession(NamedTuple):
    """A session that starts.

    Attributes:
        plan: What is to run.
        stage: What the workers get.
        file: The absolute path of the contract; empty without one.
        started: When it starts.
        output: Where the result goes.
        partition: The only partition to run; None for the whole plan.
    """

    plan: Plan
    stage: Stage
    file: str
    started: datetime
    output: Path
    partition: int | None


def begin(ledger: Ledger, session: NewSession, known: Mapping[str, recorded.Recorded]) -> None:
    """Write the events that open a session: what it is about, and its inputs where the whole plan is to run.

    Args:
        ledger: The ledger.
        session: The session.
        known: The inputs as the ledger has them; others get an event each.
    """
    plan, stage, file, started, output, partition = session
    host = socket.gethostname()
    event: dict[str, Any] = {
        "event": "started",
        "session": stage.session,
        "run": stage.directory.name,
        "at": started.isoformat(),
        "file": file,
        "host": host,
        "partitions": plan.count,
        "partition": partition,
        "output": str(output),
        "contract": plan.contract.to_dict(),
        "code": {"digest": plan.source_digest, "modules": dict(plan.modules)},
    }
    ledger.append(event)
    if partition is None:
        inputs = recorded.events(known, plan.inputs, host)
        while batch := list(islice(inputs, _AT_ONCE)):
            ledger.append(*batch)

"""What the ledger of a run directory says: its sessions, its inputs, and the receipts, read once from end to end."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.run.resume.recorded import Recorded, record
from parallel_stage.run.resume.table import ReceiptTable
from parallel_stage.run.storage import ledger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Session(NamedTuple):
    """A session of a run: from its start to its end, or to the death of its runner.

    Attributes:
        offset: Where it starts in the ledger.
        host: The host of its runner.
        contract: The fields of its contract.
        source_digest: The digest of the function's code.
        modules: The digests of the modules of that code, by their names.
    """

    offset: int
    host: str
    contract: dict[str, Any]
    source_digest: str
    modules: dict[str, str]


@dataclass
class History:
    """What a ledger says.

    Attributes:
        started: The event that has opened the last session; empty where none was.
        sessions: The sessions of the whole plan, in order.
        inputs: The inputs as they were last, by their paths.
        receipts: The receipts of partitions that succeeded.
    """

    started: dict[str, Any] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    inputs: dict[str, Recorded] = field(default_factory=dict)
    receipts: ReceiptTable = field(default_factory=ReceiptTable)

    def session_of(self, place: int) -> Session:
        """Return the session that has written a receipt, by its place in the ledger."""
        offset = ledger.offset_of(place)
        return self.sessions[bisect_right(self.sessions, offset, key=lambda session: session.offset) - 1]


def read_history(path: Path) -> History:
    """Read a ledger; one that is not there, or not one, has no history. Lines that say nothing are left out."""
    history, is_whole = History(), False
    with suppress(FileNotFoundError):
        for offset, event in ledger.located(path):
            with suppress(LookupError, TypeError, ValueError, OverflowError):
                if event["event"] == "started":
                    history.started = event
                    is_whole = event["partition"] is None
                    if is_whole:
                        history.sessions.append(_session(event, offset))
                elif is_whole:
                    _add(history, event, offset)
    return history


def _session(event: Mapping[str, Any], offset: int) -> Session:
    code = event["code"]
    return Session(offset, event["host"], dict(event["contract"]), code["digest"], dict(code["modules"]))


def _add(history: History, event: Mapping[str, Any], offset: int) -> None:
    if event["event"] == "input":
        record(history.inputs, event, history.sessions[-1].host, offset)
    elif event["event"] == "task":
        for index, identifier, place in ledger.places_of(event, offset):
            history.receipts.add(identifier, index, place)

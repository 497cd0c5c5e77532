"""What a resumed run would keep, and what it would run again, by reason; nothing is started or changed."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.run.resume.kept import Resumption
from parallel_stage.run.resume.reasons import KINDS, Reasons
from parallel_stage.run.storage import directory
from parallel_stage.run.storage.last import last_run

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.plan.plan import Plan

SCHEMA = "agilab.parallel_stage.resume.v1"

_NAMED = 5
"""The most inputs, modules or fields that are named for a kind of reason."""


class Again(NamedTuple):
    """Partitions that run again for one kind of reason.

    Attributes:
        kind: The reason.
        partitions: Their number.
        which: The first inputs, modules or fields that are the reason.
        is_all: Whether these are all of them.
    """

    kind: str
    partitions: int
    which: tuple[str, ...]
    is_all: bool


class Preview(NamedTuple):
    """What a resumed run would do.

    Attributes:
        directory: The directory of the run that would go on; None where there is none.
        kept: The number of partitions that are kept.
        again: The others, by their reasons.
    """

    directory: Path | None
    kept: int
    again: tuple[Again, ...]


def preview(plan: Plan) -> Preview:
    """Return what a resumed run of a plan would do; parts are read, as the run itself would."""
    where = last_run(directory.stage_directory(plan.root, plan.contract.name))
    if where is None:
        return Preview(None, 0, (Again("no receipt", plan.count, (), True),))
    resumption = Resumption(where, plan, socket.gethostname())
    reasons, kept = Reasons(resumption, where), 0
    found: dict[str, _Counted] = {}
    for decision in resumption.decisions():
        if decision.receipt:
            kept += 1
        else:
            reason = reasons.why(decision)
            found.setdefault(reason.kind, _Counted()).add(reason.which)
    again = (Again(kind, counted.count, tuple(counted.which), counted.is_all) for kind, counted in found.items())
    return Preview(where, kept, tuple(sorted(again, key=lambda each: KINDS.index(each.kind))))


def document(plan: Plan, found: Preview, status: str) -> dict[str, Any]:
    """Return a preview as an `agilab.parallel_stage.resume.v1` document; `status` is that of the run."""
    return {
        "schema": SCHEMA,
        "name": plan.contract.name,
        "partitions": plan.count,
        "run": {"directory": str(found.directory), "status": status} if found.directory else None,
        "kept": found.kept,
        "run_again": plan.count - found.kept,
        "reasons": [
            {"kind": kind, "partitions": count, "which": list(which), "all": is_all}
            for kind, count, which, is_all in found.again
        ],
    }


class _Counted:
    def __init__(self) -> None:
        self.count = 0
        self.which: dict[str, None] = {}
        self.is_all = True

    def add(self, which: tuple[str, ...]) -> None:
        self.count += 1
        for each in which:
            if len(self.which) < _NAMED:
                self.which[each] = None
            self.is_all = self.is_all and each in self.which

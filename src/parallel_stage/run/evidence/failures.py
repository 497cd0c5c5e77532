"""Failed partitions, told so that a person can act: what, where, why, and how to repeat just that one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import InputChangedError, PartitionsFailedError
from parallel_stage.run.storage.directory import log_tail

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.run.evidence.stats import FailedPartition, RunStats
    from parallel_stage.run.request import RunRequest

_PRINTED = 5
_LOG_LINES = 10


def failure_document(told: FailedPartition, order: RunRequest, where: Path) -> dict[str, Any]:
    """A failure as the manifest has it."""
    receipt, failure = told.receipt, told.failure
    return {
        "index": receipt.index,
        "id": receipt.id,
        "source": told.source,
        "kind": failure.kind,
        "type": failure.type,
        "message": failure.message,
        "traceback": failure.traceback,
        "attempt": receipt.attempt,
        "log": receipt.log,
        "log_tail": log_tail(where / receipt.log, _LOG_LINES) if receipt.log else "",
        "command": _command(receipt.index, order),
    }


def error_of(tally: RunStats, total: int, order: RunRequest, where: Path) -> PartitionsFailedError | InputChangedError:
    """The error that a run with failed partitions ends with: InputChangedError when that is all that happened."""
    failed = tally.failed.total()
    lines = [f"{failed} of {total} partitions failed; no result was written"]
    for told in sorted(tally.failures, key=lambda told: told.receipt.index)[:_PRINTED]:
        lines += _paragraph(failure_document(told, order, where))
    if failed > _PRINTED:
        lines.append(f"  … and {failed - _PRINTED} more")
    hint = f"all failures are in {where / 'ledger.jsonl'}"
    message = "\n".join(lines)
    if set(tally.failed) == {"input-changed"}:
        return InputChangedError(message, f"leave the inputs alone while they are read, and run again; {hint}")
    return PartitionsFailedError(message, hint)


def _paragraph(failure: dict[str, Any]) -> list[str]:
    lines = [f"  partition {failure['index']} ({failure['source']}): {failure['type']}: {failure['message']}"]
    lines += [f"    {line}" for line in failure["traceback"].splitlines()]
    if failure["log_tail"]:
        lines += ["    the end of what it printed:"]
        lines += [f"      {line}" for line in failure["log_tail"].splitlines()]
    return [*lines, f"    repeat it alone: {failure['command']}"]


def _command(index: int, order: RunRequest) -> str:
    root = ["--root", order.root] if order.root else []
    return shlex.join(["parallel-stage", "run", order.path, *root, "--partition", str(index)])

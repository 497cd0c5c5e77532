"""Messages for failed partitions and interrupted runs: what failed, where, why, and what repeats it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import InputChangedError, PartitionsFailedError
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.directory import log_tail
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.errors import ParallelStageError
    from parallel_stage.run.evidence.stats import FailedPartition, RunStats
    from parallel_stage.run.request import RunRequest

_PRINTED = 5
_LOG_LINES = 10


def failure_document(failed: FailedPartition, request: RunRequest, directory: Path) -> dict[str, Any]:
    """Return a failure as the manifest has it."""
    receipt, failure = failed.receipt, failed.failure
    return {
        "index": receipt.index,
        "id": receipt.id,
        "source": failed.work,
        "kind": failure.kind,
        "type": failure.type,
        "message": failure.message,
        "traceback": failure.traceback,
        "attempt": receipt.attempt,
        "log": receipt.log,
        "log_tail": log_tail(directory / receipt.log, _LOG_LINES) if receipt.log else "",
        "command": _command(request, "--partition", str(receipt.index)),
    }


def error_of(
    stats: RunStats, total: int, request: RunRequest, directory: Path
) -> PartitionsFailedError | InputChangedError:
    """Return the error of a run with failed partitions: InputChangedError where nothing else went wrong."""
    failed = stats.failed.total()
    lines = [f"{failed} of {total} partitions failed; no result was written"]
    for each in sorted(stats.failures, key=lambda each: each.receipt.index)[:_PRINTED]:
        lines += _paragraph(failure_document(each, request, directory))
    if failed > _PRINTED:
        lines.append(f"  … and {failed - _PRINTED} more")
    hint = f"all failures are in {directory / layout.LEDGER}"
    message = "\n".join(lines)
    if set(stats.failed) == {"input-changed"}:
        return InputChangedError(message, f"leave the inputs alone while they are read, and run again; {hint}")
    return PartitionsFailedError(message, hint)


def interruption_of(stats: RunStats, total: int, request: RunRequest) -> KeyboardInterrupt:
    """Return the interrupt of a run, with what is kept and the command that runs all of it again."""
    kept = f"{stats.done} of {plural(total, 'partition')} done, kept in the run directory; no result was written"
    if request.partition is not None:
        return KeyboardInterrupt(f"{kept}\nhelp: run it again: {_again(request)}")
    return KeyboardInterrupt(f"{kept}\nhelp: run the rest: {_again(request, '--resume')}")


def name_resume(error: ParallelStageError, stats: RunStats, request: RunRequest) -> None:
    """Add the command that runs the rest to the hint of an error, where partitions are done."""
    if stats.done and request.partition is None:
        error.hint = "; ".join(filter(None, (error.hint, f"then run the rest: {_again(request, '--resume')}")))


def _again(request: RunRequest, *more: str) -> str:
    """Return the command of a run, with more options."""
    if not request.argv:
        return _command(request, *more)
    return shlex.join(["parallel-stage", *request.argv[1:], *(each for each in more if each not in request.argv)])


def _paragraph(failure: dict[str, Any]) -> list[str]:
    lines = [f"  partition {failure['index']} ({failure['source']}): {failure['type']}: {failure['message']}"]
    lines += [f"    {line}" for line in failure["traceback"].splitlines()]
    if failure["log_tail"]:
        lines += ["    the end of what it printed:"]
        lines += [f"      {line}" for line in failure["log_tail"].splitlines()]
    return [*lines, f"    repeat it alone: {failure['command']}"]


def _command(request: RunRequest, *more: str) -> str:
    root = ["--root", request.root] if request.root else []
    return shlex.join(["parallel-stage", "run", request.path, *root, *more])

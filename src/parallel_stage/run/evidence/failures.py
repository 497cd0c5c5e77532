"""Messages for failed partitions and interrupted runs: what failed, where, why, and what repeats it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import BackendLostError, InputChangedError, Interrupted, PartitionsFailedError
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.directory import log_tail
from parallel_stage.wording import plural, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from parallel_stage.errors import ParallelStageError
    from parallel_stage.run.evidence.causes import Cause, FailedPartition
    from parallel_stage.run.evidence.stats import RunStats
    from parallel_stage.run.request import RunRequest

_PRINTED = 5
_PRINTED_PARTITIONS = 5
_LOG_LINES = 10
_LONGEST_LINE = 1_000


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


def cause_document(cause: Cause, request: RunRequest) -> dict[str, Any]:
    """Return a cause as the manifest has it."""
    failure = cause.first.failure
    return {
        "count": cause.count,
        "partitions": cause.indices,
        "kind": failure.kind,
        "type": failure.type,
        "message": failure.message,
        "location": failure.location,
        "command": _command(request, "--partition", str(cause.first.receipt.index)),
    }


def error_of(
    stats: RunStats, total: int, request: RunRequest, directory: Path
) -> PartitionsFailedError | InputChangedError:
    """Return the error of a run with failed partitions: InputChangedError where nothing else went wrong."""
    message = _headline(stats, total, request)
    details = "\n".join((*_paragraphs(stats, request, directory), *guilty_lines(stats.guilty or (), directory)))
    hint = f"all failures are in {directory / layout.LEDGER}"
    if set(stats.failed) == {"input-changed"}:
        hint = f"leave the inputs alone while they are read, and run again; {hint}"
        return InputChangedError(message, hint, details)
    return PartitionsFailedError(message, hint, details)


def _headline(stats: RunStats, total: int, request: RunRequest) -> str:
    failed, limit = stats.failed.total(), request.policy.limit(total)
    more = f", more than the {limit} that may fail" if limit and failed > limit else ""
    pending = total - stats.done - failed
    stopped = f"; {stats.done} done, {pending} not run (--fail-fast)" if pending else ""
    return f"{failed} of {plural(total, 'partition')} failed{more}{stopped}; no result was written"


def tolerated_lines(manifest: Mapping[str, Any]) -> list[str]:
    """Return what a person is told of failures that a run has tolerated, from its manifest."""
    counts = manifest["partitions"]
    lines = [f"{counts['failed']} of {plural(counts['planned'], 'partition')} failed and are left out of the result"]
    for cause in manifest["causes"][:_PRINTED]:
        where = f" ({cause['location']})" if cause["location"] else ""
        subject = _subject(cause["count"], cause["partitions"], "")
        lines += [f"  {subject}: {_error(cause['type'], cause['message'], '    ')}{where}"]
        lines += [f"    repeat {'it' if cause['count'] == 1 else 'one'} alone: {cause['command']}"]
    hidden = len(manifest["causes"]) - _PRINTED
    if hidden > 0:
        lines.append(f"  … and {plural(hidden, 'cause')} more")
    return [*lines, *guilty_lines(manifest.get("guilty", ()), Path(manifest["directory"]))]


def guilty_lines(found: Sequence[Mapping[str, Any]], directory: Path) -> Iterator[str]:
    """Yield what `--bisect` has found: the guilty records, and why there are others without one."""
    for each in found[:_PRINTED]:
        note = f" ({printable(each['note'])})" if each["note"] else ""
        if not each["file"]:
            yield f"  no guilty record in partition {each['index']}{note}"
            continue
        yield f"  guilty in partition {each['index']}: {printable(each['source'])}{note}"
        yield f"    {_error(each['type'], each['message'], '      ')}"
        yield f"    to try it alone: {directory / each['file']}"
    if len(found) > _PRINTED:
        yield f"  … and {len(found) - _PRINTED} more in the manifest's `guilty`"


def interruption_of(error: KeyboardInterrupt, stats: RunStats, total: int, request: RunRequest) -> Interrupted:
    """Return the interrupt of a run, with what is kept and the command that runs all of it again."""
    kept = f"{stats.done} of {plural(total, 'partition')} done, kept in the run directory; no result was written"
    rest = f"run the rest: {_again(request, '--resume')}"
    message = f"{kept}\nhelp: {rest if request.partition is None else f'run it again: {_again(request)}'}"
    return Interrupted(message, error.number) if isinstance(error, Interrupted) else Interrupted(message)


def name_resume(error: ParallelStageError, stats: RunStats, total: int, request: RunRequest) -> None:
    """Add to an error what is kept, where workers were lost, and to its hint the command that runs the rest."""
    if isinstance(error, BackendLostError):
        error.message += f"; {stats.done} of {plural(total, 'partition')} done, kept in the run directory"
    if stats.done and request.partition is None:
        error.hint = "; ".join(filter(None, (error.hint, f"then run the rest: {_again(request, '--resume')}")))


def _again(request: RunRequest, *more: str) -> str:
    """Return the command of a run, with more options."""
    if not request.argv:
        return _command(request, *more)
    return shlex.join(["parallel-stage", *request.argv[1:], *(each for each in more if each not in request.argv)])


def _paragraphs(stats: RunStats, request: RunRequest, directory: Path) -> Iterator[str]:
    """Yield the lines of the first causes, each with one of its partitions."""
    causes = list(stats.causes)
    for cause in causes[:_PRINTED]:
        failure = failure_document(cause.first, request, directory)
        source = printable(failure["source"])
        subject = _subject(cause.count, cause.indices, f" ({source})")
        yield f"  {subject}: {_error(failure['type'], failure['message'], '    ')}"
        yield from _indented(failure["traceback"], "    ")
        if failure["log_tail"]:
            yield "    the end of what it printed:"
            yield from _indented(failure["log_tail"], "      ")
        yield f"    repeat {'it' if cause.count == 1 else 'this one'} alone: {failure['command']}"
    hidden = sum(cause.count for cause in causes[_PRINTED:])
    if hidden:
        yield f"  … and {plural(hidden, 'partition')} more, of {plural(len(causes) - _PRINTED, 'other cause')}"


def _subject(count: int, indices: list[int], source: str) -> str:
    """Return the partitions of a cause in words: their number, the first of them, and what that one works on."""
    if count == 1:
        return f"partition {indices[0]}{source}"
    named = ", ".join(map(str, indices[:_PRINTED_PARTITIONS]))
    more = ", …" if count > _PRINTED_PARTITIONS else ""
    like = f", such as partition {indices[0]}{source}" if source else ""
    return f"{plural(count, 'partition')} ({named}{more}){like}"


def _error(kind: str, message: str, indent: str) -> str:
    """Return an exception as a traceback ends, further lines of its message indented."""
    return "\n".join(_indented(f"{printable(kind)}: {message}", indent)).removeprefix(indent)


def _indented(text: str, indent: str) -> Iterator[str]:
    """Yield the lines of a text from elsewhere, in a length that a person reads; the manifest has all of them."""
    for line in text.splitlines():
        yield f"{indent}{shortened(line, _LONGEST_LINE)}"


def _command(request: RunRequest, *more: str) -> str:
    root = ["--root", request.root] if request.root else []
    return shlex.join(["parallel-stage", "run", request.path, *root, *more])

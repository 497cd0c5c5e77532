"""Runs as text: a table of many, and what one did."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.wording import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from parallel_stage.run.runs.info import RunInfo

_HEAD = ("run", "started (UTC)", "status", "partitions", "took", "contract")
_GAPS = {"failed", "interrupted", "killed", "partial"}
"""The statuses of runs that leave something to do."""


def table(runs: Sequence[RunInfo]) -> Iterator[str]:
    """Yield a line for each run, under a head."""
    if not runs:
        yield "no runs"
        return
    rows = [_HEAD, *map(_row, runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(info: RunInfo) -> tuple[str, ...]:
    return info.run, _time(info.started_at), info.status, _partitions(info), _seconds(info.seconds), info.name


def _time(text: str) -> str:
    return text[:19].replace("T", " ")


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{seconds:.1f} s" if not minutes else f"{minutes:.0f} min {rest:.0f} s"


def _partitions(info: RunInfo) -> str:
    if info.planned is None:
        return "-"
    alone = f"{info.done:,} of 1, number {info.partition}"
    return f"{info.done:,} of {info.planned:,}" if info.partition is None else alone


def summary(info: RunInfo) -> Iterator[str]:
    """Yield what a run did, line by line."""
    yield f"{info.name}: {info.status}"
    yield f"run         {info.run}"
    yield f"started     {_time(info.started_at)} UTC, took {_seconds(info.seconds)}"
    yield f"partitions  {_partitions(info)}"
    if info.manifest:
        yield from _of_manifest(info.manifest)
    yield f"contract    {info.file or 'unknown'}"
    yield f"directory   {info.directory}"
    if info.status in _GAPS and info.partition is None:
        yield f"go on with  {_resume(info)}"


def _resume(info: RunInfo) -> str:
    """Return the command that goes on with a run."""
    root = info.directory.parents[3]  # ROOT/.parallel-stage/runs/NAME/RUN
    where = [] if Path(info.file).parent == root else ["--root", str(root)]
    return shlex.join(["parallel-stage", "run", info.file or "FILE", *where, "--resume"])


def _of_manifest(manifest: Mapping[str, Any]) -> Iterator[str]:
    counts, ran = manifest["partitions"], manifest["ran"]
    counted = (f"{counts[name]:,} {name.replace('_', ' ')}" for name in ("kept", "failed", "not_run") if counts[name])
    if found := ", ".join(counted):
        yield f"            {found}"
    yield f"ran on      {ran['backend']}, {plural(ran['workers'], 'worker')}"
    yield f"outputs     {plural(manifest['records'], 'record')}, {size(manifest['bytes'])}"
    yield f"result      {manifest['result']['path'] if manifest['result'] else 'none'}"
    if manifest["problem"]:
        first, *rest = manifest["problem"]["message"].splitlines() or [""]
        yield f"problem     {first}"
        yield from (f"            {line}" for line in rest)

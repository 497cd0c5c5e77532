"""The closing summary of a run that has succeeded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.wording import plural, printable, size

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREVIEW_LINES = 25
_PREVIEW_BYTES = 2_000
_LEAST_SECONDS = 1
"""The least work for which the speed-up is shown; with less, most time goes into starting the workers."""


def summary(manifest: Mapping[str, Any]) -> str:
    """Return the summary of an `agilab.parallel_stage.run.v1` document that has a result."""
    alone = manifest["ran"]["partition"]
    body = _of_all(manifest) if alone is None else _of_one(manifest)
    return "\n".join(printable(line) for line in [*body, f"run directory: {manifest['directory']}"])


def _of_all(manifest: Mapping[str, Any]) -> list[str]:
    timing = manifest["timing"]
    took = f"{timing['seconds']:.2f} s; the partitions took {timing['partition_seconds']:.2f} s"
    gain = f": speed-up {timing['speed_up']:.2f}" if timing["partition_seconds"] >= _LEAST_SECONDS else ""
    counts = manifest["partitions"]
    left_out = f" of {counts['planned']:,}, {counts['failed']:,} failed" if counts["failed"] else ""
    lines = [
        f"{plural(counts['done'], 'partition')}{left_out}, {_amount(manifest)}",
        f"{took}{gain} ({_workers(manifest)})",
        *_crowding(manifest),
    ]
    if len(manifest["slowest"]) > 1:
        lines.append("slowest partitions:")
        lines += [f"  {each['seconds']:8.3f} s  {each['index']:>6}  {each['source']}" for each in manifest["slowest"]]
    path = Path(manifest["result"]["path"])
    return [*lines, f"result: {path}", *(_preview(path) if path.is_file() else [])]


def _workers(manifest: Mapping[str, Any]) -> str:
    ran = manifest["ran"]
    workers, threads = f"{ran['backend']}, {plural(ran['workers'], 'worker')}", ran["threads_per_worker"]
    if threads == 1:
        return workers
    return f"{workers} of {threads} threads each, on {plural(manifest['environment']['cores'], 'core')}"


def _crowding(manifest: Mapping[str, Any]) -> list[str]:
    """Return a line for each thing that the function starts beside the workers."""
    beside = f"{plural(manifest['ran']['workers'], 'worker')} on {plural(manifest['environment']['cores'], 'core')}"
    return [
        f"warning: the function {each['what']} in {plural(each['partitions'], 'partition')}, beside {beside}"
        for each in manifest["crowding"]
    ]


def _of_one(manifest: Mapping[str, Any]) -> list[str]:
    (ran,) = manifest["slowest"]
    path = manifest["result"]["path"]
    return [
        f"partition {ran['index']} ({ran['source']}): {_amount(manifest)}, {ran['seconds']:.3f} s",
        *_preview(Path(path)),
        f"output of the partition: {path}",
    ]


def _amount(manifest: Mapping[str, Any]) -> str:
    return f"{plural(manifest['records'], 'record')}, {size(manifest['bytes'])}"


def _preview(path: Path) -> list[str]:
    """Return the first lines of a text, or all of a small one."""
    with path.open("rb") as file:
        text = file.read(_PREVIEW_BYTES).decode("utf-8", "backslashreplace")
    lines = text.splitlines()
    shown = [f"  {line.expandtabs()}" for line in lines[:_PREVIEW_LINES]]
    return shown if len(lines) <= _PREVIEW_LINES and path.stat().st_size <= _PREVIEW_BYTES else [*shown, "  …"]

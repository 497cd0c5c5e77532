"""The closing summary of a run that has succeeded."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.cli.terminal import fitted
from parallel_stage.wording import plural, printable, size, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREVIEW_LINES = 10
_PREVIEW_BYTES = 2_000
_LEAST_SECONDS = 1
"""The least work for which the speed-up is shown; with less, most time goes into starting the workers."""
_UNEVEN = 2
"""How many times the mean a partition takes before the slowest are shown: else they are all alike."""
_WORTH = 0.1
"""The seconds that a partition takes at least before it counts as slow."""


def summary(manifest: Mapping[str, Any], width: int | None = None) -> str:
    """Return the summary of an `agilab.parallel_stage.run.v1` document that has a result.

    Args:
        manifest: The document.
        width: The columns of the terminal; None cuts and breaks nothing.
    """
    alone = manifest["ran"]["partition"]
    path = Path(manifest["result"]["path"])
    heading = "result" if alone is None else "output of the partition"
    preview = [fitted(line, width) for line in map(printable, _preview(path))]
    body = _of_all(manifest) if alone is None else _of_one(manifest)
    lines = [wrapped(printable(line), width, "  ") for line in body]
    # Paths and commands are copied, so they stay on one line.
    last = map(printable, [f"run directory: {manifest['directory']}", *_next(manifest)])
    return "\n".join([printable(f"{heading}: {path}"), *preview, *lines, *last])


def _of_all(manifest: Mapping[str, Any]) -> list[str]:
    timing = manifest["timing"]
    took = f"{timing['seconds']:.2f} s; the partitions took {timing['partition_seconds']:.2f} s"
    gain = f": speed-up {timing['speed_up']:.2f}" if timing["partition_seconds"] >= _LEAST_SECONDS else ""
    counts = manifest["partitions"]
    left_out = f" of {counts['planned']:,}, {counts['failed']:,} failed" if counts["failed"] else ""
    return [
        f"{plural(counts['done'], 'partition')}{left_out}, {_amount(manifest)}",
        f"{took}{gain} ({_workers(manifest)}){_quicker(manifest)}",
        *_crowding(manifest),
        *_slowest(manifest),
    ]


def _quicker(manifest: Mapping[str, Any]) -> str:
    """Return what to say where starting the workers took longer than the work."""
    timing = manifest["timing"]
    small = timing["seconds"] >= _LEAST_SECONDS > timing["partition_seconds"] < timing["seconds"] / 2
    apart = manifest["ran"]["backend"] != "local" and not manifest["partitions"]["kept"]
    return "; --backend local is quicker here" if small and apart else ""


def _slowest(manifest: Mapping[str, Any]) -> list[str]:
    """Return the slowest partitions, where they are slower than the rest."""
    ran = manifest["partitions"]["done"] - manifest["partitions"]["kept"]
    mean = manifest["timing"]["partition_seconds"] / max(1, ran)
    slow = [each for each in manifest["slowest"] if each["seconds"] >= max(_WORTH, _UNEVEN * mean)]
    if not slow:
        return []
    rows = [f"  {each['seconds']:8.3f} s  {each['index']:>6}  {each['source']}" for each in slow]
    return [f"slow partitions (the mean is {mean:.3f} s):", *rows]


def _next(manifest: Mapping[str, Any]) -> list[str]:
    """Return the command that comes after a partition alone: the whole run."""
    ran = manifest["ran"]
    if ran["partition"] is None:
        return []
    path = Path(manifest["contract"]["path"])
    root = [] if path.parent == Path(ran["root"]) else ["--root", ran["root"]]
    return [f"next: {shlex.join(['parallel-stage', 'run', _shortest(path), *root])}"]


def _shortest(path: Path) -> str:
    """Return a path as it is written from the current directory, where it lies there."""
    with suppress(OSError, ValueError):  # the directory may be gone, the contract elsewhere
        return str(path.relative_to(Path.cwd()))
    return str(path)


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
    return [f"partition {ran['index']} ({ran['source']}): {_amount(manifest)}, {ran['seconds']:.3f} s"]


def _amount(manifest: Mapping[str, Any]) -> str:
    return f"{plural(manifest['records'], 'record')}, {size(manifest['bytes'])}"


def _preview(path: Path) -> list[str]:
    """Return the first lines of a text, or all of a small one; none of a directory."""
    if not path.is_file():
        return []
    with path.open("rb") as file:
        text = file.read(_PREVIEW_BYTES).decode("utf-8", "backslashreplace")
    lines = text.splitlines()
    shown = [f"  {line.expandtabs()}" for line in lines[:_PREVIEW_LINES]]
    return shown if len(lines) <= _PREVIEW_LINES and path.stat().st_size <= _PREVIEW_BYTES else [*shown, "  …"]

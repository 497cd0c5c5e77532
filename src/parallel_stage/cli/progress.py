"""Progress of a run: a bar or a few lines on standard error, then the summary on standard output."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli.summary import summary
from parallel_stage.cli.terminal import columns
from parallel_stage.run.evidence.failures import tolerated_lines
from parallel_stage.run.request import Observer
from parallel_stage.wording import plural, printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.run.request import Started

_UNPROVEN = "this contract and code are untried; run --partition 0, or verify, tries them on little data first"

_LINES = 10
"""The number of progress lines of a whole run without a terminal."""


_BAR = 36
_SHORTEST_BAR = 5


class ProgressObserver(Observer):
    """Shows progress, unless `quiet`, and prints the summary or, `as_json`, the manifest."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self._quiet = quiet
        self._as_json = as_json
        self._progress = Observer()

    def started(self, run: Started) -> None:
        """Print the first line, and choose how to show progress."""
        if not self._quiet:
            page = f", dashboard {run.link}" if run.link else ""
            if run.kept:
                click.echo(f"{plural(run.kept, 'partition')} kept of the run before", err=True)
            if not run.partitions:
                return
            what = f"{plural(run.partitions, 'partition')} on {run.backend}"
            click.echo(printable(f"{what}, {plural(run.workers, 'worker')}{page}"), err=True)
            if run.is_unproven:
                click.echo(f"note: {_UNPROVEN}", err=True)
            self._progress = _Bar(run.partitions) if sys.stderr.isatty() else _Lines(run.partitions)

    def splitting(self, done: int, total: int) -> None:
        """Show how far a table is split."""
        if not self._quiet and not done:
            click.echo(f"splitting {plural(total, 'record')} by partition", err=True)
            self._progress = _Bar(total) if sys.stderr.isatty() else Observer()
        self._progress.advanced(done, 0)
        if done == total:
            self._progress.finished({})
            self._progress = Observer()

    def advanced(self, done: int, failed: int) -> None:
        """Show the progress."""
        self._progress.advanced(done, failed)

    def noted(self, text: str) -> None:
        """Print a note, on a line of its own."""
        if not self._quiet:
            before = "\n" if isinstance(self._progress, _Bar) else ""  # the bar does not end its line
            click.echo(before + printable(f"note: {text}"), err=True)

    def finished(self, manifest: Mapping[str, Any]) -> None:
        """Print the summary or the manifest."""
        self._progress.finished(manifest)
        has_result = manifest["result"] is not None
        if has_result and manifest["causes"]:
            click.echo(printable_lines("warning: " + "\n".join(tolerated_lines(manifest))), err=True)
        if self._as_json:
            click.echo(json.dumps(manifest, indent=2, sort_keys=True))
        elif has_result and not self._quiet:
            click.echo(summary(manifest, columns(sys.stdout)))
        elif not has_result:
            click.echo(printable(f"run directory: {manifest['directory']}"), err=True)


class _Bar(Observer):
    """click's progress bar, with the number of failures."""

    def __init__(self, total: int) -> None:
        self._since = time.monotonic()
        self._bar = click.progressbar(
            length=total,
            file=sys.stderr,
            show_pos=True,
            show_eta=True,
            item_show_func=lambda text: text,
            width=_bar_width(columns(sys.stderr), total),
        )
        self._bar.render_progress()

    def advanced(self, done: int, failed: int) -> None:
        """Redraw the bar."""
        text = _pace(done + failed, failed, time.monotonic() - self._since)
        self._bar.update(done + failed - self._bar.pos, current_item=text)

    def finished(self, manifest: Mapping[str, Any]) -> None:  # noqa: ARG002  the bar only has to end its line
        """Leave the bar as it is and go to the next line."""
        self._bar.render_finish()


def _bar_width(width: int | None, total: int) -> int:
    """Return the characters of a bar whose line fits the terminal: a longer one would not be redrawn in place."""
    beside = len(f"  []  {total}/{total}  0d 00:00:00  1.23e+03/s, {total:,} failed")
    return min(_BAR, max(_SHORTEST_BAR, (width or 0) - beside - 1))


class _Lines(Observer):
    """A line for each tenth of the partitions."""

    def __init__(self, total: int) -> None:
        self._since = time.monotonic()
        self._total = total
        self._printed = 0

    def advanced(self, done: int, failed: int) -> None:
        """Print a line when another tenth is done."""
        tenth = (done + failed) * _LINES // self._total
        if tenth > self._printed:
            self._printed = tenth
            pace = _pace(done + failed, failed, time.monotonic() - self._since)
            click.echo(f"{done + failed} of {plural(self._total, 'partition')}, {pace}", err=True)


def _pace(finished: int, failed: int, seconds: float) -> str:
    rate = f"{finished / seconds:.3g}/s" if seconds > 0 else "-/s"
    return f"{rate}, {failed} failed" if failed else rate

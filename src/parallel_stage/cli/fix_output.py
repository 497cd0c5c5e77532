"""Output of `check --fix` and `check --diff`: fixed files, or a diff."""

from __future__ import annotations

import difflib
import io
import sys
from typing import TYPE_CHECKING

from parallel_stage.contract import write
from parallel_stage.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.engine.check_files import Rewritten


def write_fixed(rewritten: list[Rewritten]) -> None:
    """Write the fixed texts into their files, or to standard output for standard input.

    Raises:
        UsageError: Where a file cannot be written.
    """
    for each in rewritten:
        _put(each)


def print_diff(rewritten: list[Rewritten]) -> None:
    """Print a unified diff of each file that fixes change.

    A terminal gets escapes in place of characters that would move its cursor or change its colours; a file or
    a pipe gets the diff as `git apply` needs it.
    """
    shown = _visible if sys.stdout.isatty() else str
    sys.stdout.writelines(shown(line) for each in rewritten for line in _difference(each))


def print_count(rewritten: list[Rewritten], verb: str) -> None:
    """Print to standard error how many problems were fixed, if any."""
    fixed = sum(len(each.fixed) for each in rewritten)
    if fixed:
        contracts = plural(sum(each.contracts for each in rewritten if each.fixed), "contract")
        print(f"{verb} {plural(fixed, 'problem')} in {contracts}", file=sys.stderr)


def _put(each: Rewritten) -> None:
    if each.job.stdin:
        sys.stdout.flush()
        sys.stdout.buffer.write(each.after.encode())
    else:
        write.rewrite(each.job.path, each.before, each.after)


def _difference(each: Rewritten) -> Iterator[str]:
    """Yield the lines of a unified diff of one file."""
    # Lines end with a newline and nothing else, as for the programs that apply a diff.
    before, after = (list(io.StringIO(text, newline="\n")) for text in (each.before, each.after))
    name = printable(each.job.path)
    return map(_ended, difflib.unified_diff(before, after, name, name))


def _visible(line: str) -> str:
    end = "\r\n" if line.endswith("\r\n") else "\n"
    return "\t".join(map(printable, line.removesuffix(end).split("\t"))) + end


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"

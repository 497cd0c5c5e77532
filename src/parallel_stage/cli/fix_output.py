"""Output of `check --fix` and `check --diff`: fixed files, or a diff."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

from parallel_stage.contract import write
from parallel_stage.wording import plural, printable

if TYPE_CHECKING:
    from parallel_stage.lint.engine.check_files import Rewritten


def write_fixed(rewritten: list[Rewritten]) -> None:
    """Write the fixed texts into their files, or to standard output for standard input.

    Raises:
        UsageError: Where a file cannot be written.
    """
    for each in rewritten:
        _put(each)


def print_diff(rewritten: list[Rewritten]) -> None:
    """Print a unified diff of each file that fixes change."""
    sys.stdout.writelines(map(_difference, rewritten))


def print_count(rewritten: list[Rewritten], verb: str) -> int:
    """Print to standard error how many problems were fixed, if any; return that number."""
    fixed = sum(len(each.fixed) for each in rewritten)
    if fixed:
        files = plural(sum(bool(each.fixed) for each in rewritten), "contract")
        print(f"{verb} {plural(fixed, 'problem')} in {files}", file=sys.stderr)
    return fixed


def _put(each: Rewritten) -> None:
    if each.job.stdin:
        sys.stdout.flush()
        sys.stdout.buffer.write(each.after.encode())
    else:
        write.rewrite(each.job.path, each.before, each.after)


def _difference(each: Rewritten) -> str:
    """Return a unified diff of one file."""
    before, after = (text.splitlines(keepends=True) for text in (each.before, each.after))
    name = printable(each.job.path)
    return "".join(map(_ended, difflib.unified_diff(before, after, name, name)))


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"

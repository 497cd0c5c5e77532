"""What `check --fix` and `check --diff` do with the texts that were mended."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

from parallel_stage.cli.checking import say
from parallel_stage.contract import write
from parallel_stage.lint.diagnostic import printable
from parallel_stage.lint.reporters.text import counted

if TYPE_CHECKING:
    from parallel_stage.cli.checking import Options
    from parallel_stage.lint.diagnostic import Report
    from parallel_stage.lint.engine.check_files import Rewritten


def finish(rewritten: list[Rewritten], report: Report, options: Options) -> int:
    """Write the mended texts and report what is left, or print what would change. Returns the exit code.

    What came from standard input goes to standard output, and the report then to standard error.

    Raises:
        UsageError: Where a file cannot be written.
    """
    fixed = sum(len(each.fixed) for each in rewritten)
    if options.diff:
        sys.stdout.writelines(map(_difference, rewritten))
    else:
        for each in rewritten:
            _put(each)
        say(report, options, sys.stderr if any(each.job.stdin for each in rewritten) else sys.stdout)
    if fixed:
        files = counted(sum(bool(each.fixed) for each in rewritten), "contract")
        print(f"{'would mend' if options.diff else 'mended'} {counted(fixed, 'problem')} in {files}", file=sys.stderr)
    return 1 if report.failed or (fixed and (options.diff or options.exit_on_fix)) else 0


def _put(each: Rewritten) -> None:
    if each.job.stdin:
        sys.stdout.flush()
        sys.stdout.buffer.write(each.after.encode())
    else:
        write.rewrite(each.job.path, each.before, each.after)


def _difference(each: Rewritten) -> str:
    """A unified diff of one file."""
    before, after = (text.splitlines(keepends=True) for text in (each.before, each.after))
    name = printable(each.job.path)
    return "".join(map(_ended, difflib.unified_diff(before, after, name, name)))


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"

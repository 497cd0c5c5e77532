"""Check paths and report: `check` after its options are parsed; a check without options loads no parser."""

from __future__ import annotations

import os
import sys

from parallel_stage.cli.report_output import Output, write_report
from parallel_stage.contract.project import leading_out
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import NO_OVERRIDES, Overrides
from parallel_stage.lint.diagnostic import Diagnostic, Report
from parallel_stage.lint.engine.check_document import without_quotes
from parallel_stage.lint.engine.check_files import Job, Rewritten, check_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STDIN = "-"


class Options(NamedTuple):
    """The options of a check.

    Attributes:
        output: How the report is written.
        stdin_name: The file name for standard input.
        overrides: Settings that come before those of configuration files.
        fix: Whether to apply safe fixes.
        unsafe: Whether to apply fixes, too, that may change what a contract means.
        diff: Whether to print the changes of fixes, and to write nothing.
        exit_on_fix: Whether a fix makes the exit code 1.
        write_baseline: Whether to write the findings into a baseline instead of reporting them.
        exit_zero: Whether the exit code is 0 whatever is found.
        add_ignore: Whether to write comments that ignore what is found.
        reason: What these comments give as a reason.
        against: The revision with which contracts are compared; None for none.
        new_from: The revision whose findings are not reported; None for none.
    """

    output: Output = Output()
    stdin_name: str = "parallel_stage.toml"
    overrides: Overrides = NO_OVERRIDES
    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    exit_on_fix: bool = False
    write_baseline: bool = False
    exit_zero: bool = False
    add_ignore: bool = False
    reason: str = ""
    against: str | None = None
    new_from: str | None = None


def check_paths(paths: Iterable[str], options: Options = Options()) -> int:  # noqa: B008 -- a tuple
    """Check files and directories, print the report or write it into a file, and return the exit code.

    Raises:
        UsageError: Where a configuration or a baseline cannot be read, or a file cannot be written.
    """
    paths = list(paths)
    configurations = Configurations(options.overrides)
    jobs = _jobs(_files(paths, configurations), configurations, options)
    if not jobs and not options.output.quiet:
        print(f"no contracts found: {_why(paths)}", file=sys.stderr)
    if options.write_baseline:
        from parallel_stage.cli.write_baseline import write_baselines

        return write_baselines(jobs, is_named=bool(options.overrides.baseline))
    if options.add_ignore:
        from parallel_stage.cli.add_ignore import ignore_findings

        others = _unknown_rule_names(configurations)
        fails = ignore_findings(jobs, others, options.output, reason=options.reason, diff=options.diff)
        return 1 if fails and not options.exit_zero else 0
    found, rewritten, contracts = check_files(jobs, fix=options.fix, unsafe=options.unsafe)
    found = [*_unknown_rule_names(configurations), *found]
    if options.new_from is not None:
        from parallel_stage.lint.revisions.new_findings import new_findings

        found = new_findings(found, jobs, options.new_from)
    report = Report([job.path for job in jobs], found, contracts)
    if options.against is not None:
        from parallel_stage.cli.against import with_changes

        report = with_changes(report, options.against, jobs, paths, configurations, quiet=options.output.quiet)
    if options.fix:
        return _finish_fixes(rewritten, report, options)
    write_report(report, sys.stdout, options.output)
    return 1 if report.failed and not options.exit_zero else 0


def show_files(paths: Iterable[str], overrides: Overrides) -> int:
    """Print the files that a check would look at, and, on standard error, what it would skip and why."""
    from parallel_stage.wording import printable

    def skipped(path: str, reason: str) -> None:
        print(f"skipped: {printable(path)} ({reason})", file=sys.stderr)

    for path in _files(list(paths), Configurations(overrides), skipped):
        print(printable(path))
    return 0


def _finish_fixes(rewritten: list[Rewritten], report: Report, options: Options) -> int:
    """Write the fixed texts and report what is left, or print what would change; return the exit code.

    What came from standard input goes to standard output, and the report then to standard error.
    """
    from parallel_stage.cli import fix_output

    if options.diff:
        fix_output.print_diff(rewritten)
        if report.failed:  # else nothing would say why the exit code is 1
            write_report(report, sys.stderr, Output("concise", quiet=True))
    else:
        fix_output.write_fixed(rewritten)
        stream = sys.stderr if any(each.job.stdin for each in rewritten) else sys.stdout
        write_report(report, stream, options.output)
    if not options.output.quiet:
        fix_output.print_count(rewritten, "Would fix" if options.diff else "Fixed")
    fails = report.failed or ((options.diff or options.exit_on_fix) and any(each.fixed for each in rewritten))
    return 1 if fails and not options.exit_zero else 0


def _unknown_rule_names(configurations: Configurations) -> list[Diagnostic]:
    found = configurations.unknown_rule_names()
    return without_quotes(found, leading_out({each.path for each in found})) if found else []


def _why(paths: list[str]) -> str:
    if any(map(os.path.isdir, paths)):
        return "name a file, or a directory that holds parallel_stage.toml"
    return "the configuration excludes what was named"


def _jobs(files: Iterable[str], configurations: Configurations, options: Options) -> list[Job]:
    named = ((options.stdin_name, True) if file == STDIN else (file, False) for file in files)
    return [Job(path, configurations.settings_for(path), stdin) for path, stdin in named]


def _files(
    paths: list[str],
    configurations: Configurations,
    skipped: Callable[[str, str], object] | None = None,
) -> Iterable[str]:
    if skipped or any(map(os.path.isdir, paths)):
        from parallel_stage.lint.discovery.walk import contracts

        ignored = skipped or (lambda _path, _reason: None)
        return contracts(paths, configurations.excluded, ignored, configurations.searches_markdown)
    once = {os.path.abspath(path): path for path in reversed(paths)}  # by the name that came first
    return (path for path in reversed(once.values()) if path == STDIN or not configurations.excluded(path))

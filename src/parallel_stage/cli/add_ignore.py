"""`check --add-ignore`: write comments that ignore what is found, or print what they would be."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from parallel_stage.cli import fix_output
from parallel_stage.cli.report_output import Output, print_note, write_report
from parallel_stage.contract import document as documents
from parallel_stage.contract import formats, project
from parallel_stage.contract import markdown as markdowns
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.diagnostic import Report
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.engine.check_files import Rewritten, check_files
from parallel_stage.lint.engine.check_markdown import ignore_in_markdown
from parallel_stage.lint.suppressions.add import add_ignores, can_ignore
from parallel_stage.wording import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.engine.check_files import Job


def ignore_findings(
    jobs: list[Job], others: list[Diagnostic], output: Output, *, reason: str = "", diff: bool = False
) -> bool:
    """Write comments that ignore what a check finds, check again, and report what is left.

    Args:
        jobs: The contracts.
        others: Findings outside of the contracts, which are reported.
        output: How the report is written.
        reason: What the comments give as a reason.
        diff: Whether to print what would change, and to write nothing.

    Returns:
        Whether an error is left, or there is a difference.

    Raises:
        UsageError: Where a file cannot be written.
    """
    found, _, contracts = check_files(jobs)
    rewritten = list(_rewritten(jobs, found, reason))
    paths = [job.path for job in jobs]
    if diff:
        fix_output.print_diff(rewritten)
        ignored = {each for file in rewritten for each in file.fixed}
        report = Report(paths, [*others, *(each for each in found if each not in ignored)], contracts)
        if report.failed:  # else nothing would say why the exit code is 1
            write_report(report, sys.stderr, Output("concise", quiet=True))
    else:
        fix_output.write_fixed(rewritten)
        report = Report(paths, [*others, *check_files(jobs).diagnostics], contracts)
        write_report(report, sys.stdout, output)
    if not output.quiet:
        fix_output.print_count(rewritten, "Would ignore" if diff else "Ignored")
    return report.failed or (diff and bool(rewritten))


def _rewritten(jobs: list[Job], found: list[Diagnostic], reason: str) -> Iterator[Rewritten]:
    """Yield the contracts that get comments, with the findings that these ignore."""
    by_path: dict[str, list[Diagnostic]] = {}
    for diagnostic in filter(can_ignore, found):
        by_path.setdefault(diagnostic.path, []).append(diagnostic)
    for job in (job for job in jobs if job.path in by_path and not project.leads_out(job.path)):
        if formats.is_markdown(job.path):
            yield from _in_markdown(job, by_path[job.path], reason)
            continue
        try:
            document = documents.read(job.path)
        except NotADocumentError:  # somebody changed the file meanwhile
            continue
        if formats.name(document.format) == "json":
            count = plural(len(by_path[job.path]), "finding")
            print_note(
                f"{printable(job.path)} is JSON, which has no comments, so {count} cannot be ignored there; "
                "use per-file-ignores of a configuration, or a baseline"
            )
        after, ignored = add_ignores(document, by_path[job.path], reason)
        if ignored:
            yield Rewritten(job, document.text, after, ignored)


def _in_markdown(job: Job, found: list[Diagnostic], reason: str) -> Iterator[Rewritten]:
    """Yield a Markdown file of which contracts get comments."""
    try:
        markdown = markdowns.read(job.path)
    except NotADocumentError:  # somebody changed the file meanwhile
        return
    check = partial(check_document, settings=job.settings)
    after, ignored, contracts = ignore_in_markdown(markdown, check, found, reason)
    if ignored:
        yield Rewritten(job, markdown.text, after.text, ignored, contracts)

"""Check several files: each by itself, then against each other, then against baselines."""

from __future__ import annotations

from functools import partial

from parallel_stage.contract import document as documents
from parallel_stage.contract import formats, project
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple
from parallel_stage.lint.engine.check_document import check_document, locate_findings, unreadable_file, without_quotes
from parallel_stage.lint.rules.cross_file import OutputClaim, duplicates, output_claim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.config.model import Settings
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.rule import Finding, Resolutions, Rule
    from parallel_stage.lint.suppressions.baseline import Baseline

MANY = 400
"""From how many files on several processes are faster than one."""


class Job(NamedTuple):
    """One file to check, a contract or Markdown: its name, its settings, and whether it is standard input."""

    path: str
    settings: Settings
    stdin: bool = False


class Rewritten(NamedTuple):
    """A file's text before and after fixing, and the findings that were fixed, which may be none.

    Attributes:
        job: The file.
        before: Its text as it was read.
        after: Its text after the fixes.
        fixed: The findings that were fixed.
        contracts: In how many contracts of the file there were some.
    """

    job: Job
    before: str
    after: str
    fixed: list[Diagnostic]
    contracts: int = 1


class FileResult(NamedTuple):
    """The result of one file.

    Attributes:
        diagnostics: The findings.
        claim: The name and output that the contract has; None where there is only one file, it holds no
            data, or is Markdown.
        rewritten: Its text, where fixing changed it or it comes from standard input and has to go on.
        contracts: The number of contracts in it.
    """

    diagnostics: list[Diagnostic]
    claim: OutputClaim | None = None
    rewritten: Rewritten | None = None
    contracts: int = 1


class CheckedFiles(NamedTuple):
    """The result of a check of some files.

    Attributes:
        diagnostics: The findings file by file, then those about baselines.
        rewritten: The texts that were fixed.
        contracts: The number of contracts in the files.
    """

    diagnostics: list[Diagnostic]
    rewritten: list[Rewritten]
    contracts: int


def check_files(jobs: Sequence[Job], *, fix: bool = False, unsafe: bool = False) -> CheckedFiles:
    """Check files, and fix their texts in memory where that is wanted.

    Args:
        jobs: The files.
        fix: Whether to apply safe fixes.
        unsafe: Whether to apply fixes, too, that may change what a contract means.

    Raises:
        UsageError: Where a baseline cannot be read.
    """
    baselines = _baselines(jobs)
    check = partial(check_one, fix=fix, unsafe=unsafe, with_claim=len(jobs) > 1, resolutions={})
    results = list(map(check, jobs)) if len(jobs) < MANY else _in_processes(check, jobs)
    if len(jobs) > 1:
        results = _with_cross_file_findings(jobs, results)
    outside = project.leading_out({each.path for result in results for each in result.diagnostics})
    found = [without_quotes(result.diagnostics, outside) for result in results]
    reported = _without_known(jobs, found, baselines)
    if baselines:  # their stale entries are new
        reported = without_quotes(reported, project.leading_out({each.path for each in reported}))
    rewritten = [each.rewritten for each in results if each.rewritten]
    return CheckedFiles(reported, rewritten, sum(each.contracts for each in results))


def check_one(job: Job, *, fix: bool, unsafe: bool, with_claim: bool, resolutions: Resolutions) -> FileResult:
    """Check one file by itself."""
    check = partial(check_document, settings=job.settings, resolutions=resolutions)
    fix_it = fix and not project.leads_out(job.path)
    if formats.is_markdown(job.path):
        return _check_markdown(job, check, fix=fix_it, unsafe=unsafe)
    try:
        document = documents.read_stdin(job.path) if job.stdin else documents.read(job.path)
    except NotADocumentError as error:
        unchanged = Rewritten(job, error.text, error.text, []) if fix and job.stdin else None
        return FileResult([unreadable_file(job.path, error)], rewritten=unchanged)
    if not fix_it:
        return FileResult(check(document), _claim(document, job) if with_claim else None, None)
    from parallel_stage.lint.engine.fixer import fix_document

    result = fix_document(document, check, unsafe=unsafe)
    after, fixed = result.document, result.fixed
    rewritten = Rewritten(job, document.text, after.text, fixed) if fixed or job.stdin else None
    return FileResult(result.remaining, _claim(after, job) if with_claim else None, rewritten)


def _check_markdown(job: Job, check: Callable[[Document], list[Diagnostic]], *, fix: bool, unsafe: bool) -> FileResult:
    """Check the contracts in a Markdown file; none has a claim, since examples may well repeat each other."""
    from parallel_stage.contract import markdown as markdowns
    from parallel_stage.lint.engine.check_markdown import check_markdown, fix_markdown

    try:
        markdown = markdowns.read(job.path, stdin=job.stdin)
    except NotADocumentError as error:
        unchanged = Rewritten(job, error.text, error.text, []) if fix and job.stdin else None
        return FileResult([unreadable_file(job.path, error)], rewritten=unchanged)
    count = len(markdown.contracts)
    if not fix:
        return FileResult(check_markdown(markdown, check), contracts=count)
    after, fixed, fixed_in = fix_markdown(markdown, check, unsafe=unsafe)
    rewritten = Rewritten(job, markdown.text, after.text, fixed, fixed_in) if fixed or job.stdin else None
    return FileResult(check_markdown(after, check), rewritten=rewritten, contracts=count)


def _claim(document: Document, job: Job) -> OutputClaim:
    return output_claim(document, job.settings.root)


def _in_processes(check: partial[FileResult], jobs: Sequence[Job]) -> list[FileResult]:
    from parallel_stage.lint.engine.parallel import map_in_processes

    return map_in_processes(check, jobs)


def _with_cross_file_findings(jobs: Sequence[Job], results: list[FileResult]) -> list[FileResult]:
    """Add the findings of rules that compare contracts."""
    found: dict[str, list[tuple[Rule, Finding]]] = {}
    pairs = list(zip(jobs, results, strict=True))
    for path, rule, finding in duplicates(each.claim for job, each in pairs if each.claim and not job.stdin):
        found.setdefault(path, []).append((rule, finding))
    return [_with_findings(job, each, found[job.path]) if job.path in found else each for job, each in pairs]


def _with_findings(job: Job, result: FileResult, found: list[tuple[Rule, Finding]]) -> FileResult:
    enabled = [(rule, finding) for rule, finding in found if job.settings.is_enabled(rule.id)]
    if not enabled:
        return result
    try:
        if result.rewritten:
            document = documents.parse(result.rewritten.after.encode(), job.path)
        else:
            document = documents.read(job.path)
    except NotADocumentError:  # somebody changed the file meanwhile
        return result
    located = locate_findings(document, enabled, job.settings)
    return result._replace(diagnostics=sorted([*result.diagnostics, *located], key=lambda found: found.start))


def _baselines(jobs: Sequence[Job]) -> dict[str, Baseline]:
    """Read every baseline that the settings name, by its path."""
    paths = dict.fromkeys(job.settings.baseline for job in jobs if job.settings.baseline)
    if not paths:
        return {}
    from parallel_stage.lint.suppressions import baseline

    return {path: baseline.read(path) for path in paths}


def _without_known(
    jobs: Sequence[Job], found: list[list[Diagnostic]], baselines: Mapping[str, Baseline]
) -> list[Diagnostic]:
    """Return the findings that no baseline has, then the stale entries of baselines."""
    new = (
        baselines[job.settings.baseline].new(each) if job.settings.baseline else each
        for job, each in zip(jobs, found, strict=True)
    )
    remaining = [diagnostic for each in new for diagnostic in each]
    return remaining + [stale for path in baselines for stale in _stale_entries(baselines[path], jobs, path)]


def _stale_entries(baseline: Baseline, jobs: Sequence[Job], path: str) -> Iterator[Diagnostic]:
    """Yield the stale entries of a baseline, with the settings of the first file that uses it."""
    settings = {job.path: job.settings for job in jobs if job.settings.baseline == path}
    first = next(iter(settings.values()))
    for stale in baseline.stale(settings):
        if first.is_enabled(stale.rule):
            yield stale._replace(severity=first.effective_severity(stale.rule, stale.severity))

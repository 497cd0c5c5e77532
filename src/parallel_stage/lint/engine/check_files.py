"""A check of several files: each by its own settings, then all of them together, without what a baseline knows."""

# Annotations are evaluated here, as in `contract.text`.
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import document as documents
from parallel_stage.contract.document import Document
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.config.model import Settings
from parallel_stage.lint.diagnostic import Diagnostic
from parallel_stage.lint.engine import check_document
from parallel_stage.lint.rule import Finding, Rule

if TYPE_CHECKING:
    from parallel_stage.lint.rules.cross_file import OutputClaim
    from parallel_stage.lint.suppressions.baseline import Baseline

MANY = 400
"""How many files make up for starting processes that share them."""


class Job(NamedTuple):
    """One file to check: its name, what is in force for it, and whether standard input holds what is in it."""

    path: str
    settings: Settings
    stdin: bool = False


class Rewritten(NamedTuple):
    """The text of a job's file before and after, and the findings that are mended; none where nothing was."""

    job: Job
    before: str
    after: str
    fixed: list[Diagnostic]


class FileResult(NamedTuple):
    """What was seen in one file by itself; what it claims and what it was mended to are lists of none or one."""

    diagnostics: list[Diagnostic]
    claims: "list[OutputClaim]"
    rewritten: "list[Rewritten]"


def check_files(
    jobs: Sequence[Job], *, fix: bool = False, unsafe: bool = False
) -> "tuple[list[Diagnostic], list[Rewritten]]":
    """Check files, and mend them, though not on the disk, where that is wanted.

    Args:
        jobs: The files.
        fix: Whether to mend what can be.
        unsafe: Whether to mend also where that may change what a contract means.

    Returns:
        The findings file by file, then those about baselines; and the texts that were mended.

    Raises:
        UsageError: Where a baseline cannot be read.
    """
    known = _baselines(jobs)
    look_at = partial(check_one, fix=fix, unsafe=unsafe, together=len(jobs) > 1)
    seen = _shared_out(look_at, jobs) if len(jobs) >= MANY else list(map(look_at, jobs))
    seen = _crossed(jobs, seen) if len(jobs) > 1 else seen
    found = [one.diagnostics for one in seen]
    return _without_old(jobs, found, known), [each for one in seen for each in one.rewritten]


def check_one(job: Job, *, fix: bool, unsafe: bool, together: bool) -> FileResult:
    """Check one file by itself; what it claims counts only where it is checked together with others."""
    try:
        document = documents.read_stdin(job.path) if job.stdin else documents.read(job.path)
    except NotADocumentError as error:
        return FileResult([check_document.unreadable_file(job.path, error)], [], _kept(job, error.text) if fix else [])
    if fix:
        from parallel_stage.lint.engine.fixer import fix_document

        mended = fix_document(document, partial(check_document.check_document, settings=job.settings), unsafe=unsafe)
        after, left = mended.document, mended.remaining
        changed = [Rewritten(job, document.text, after.text, mended.fixed)] if mended.fixed else []
        return FileResult(left, _claims(after, together=together), changed or _kept(job, document.text))
    return FileResult(check_document.check_document(document, job.settings), _claims(document, together=together), [])


def _kept(job: Job, text: str) -> "list[Rewritten]":
    """What comes from standard input has to go on, changed or not."""
    return [Rewritten(job, text, text, [])] if job.stdin else []


def _claims(document: Document, *, together: bool) -> "list[OutputClaim]":
    if not together:
        return []
    from parallel_stage.lint.rules.cross_file import output_claim

    return [output_claim(document)]


def _shared_out(look_at: Callable[[Job], FileResult], jobs: Sequence[Job]) -> list[FileResult]:
    from parallel_stage.lint.engine.parallel import map_in_processes

    return map_in_processes(look_at, jobs)


def _crossed(jobs: Sequence[Job], seen: list[FileResult]) -> list[FileResult]:
    """The same, with what is wrong with contracts side by side; such a file is looked at once more, as a whole."""
    from parallel_stage.lint.rules.cross_file import duplicates

    found: dict[str, list[tuple[Rule, Finding]]] = {}
    claims = [each for job, one in zip(jobs, seen, strict=True) if not job.stdin for each in one.claims]
    for path, rule, finding in duplicates(claims):
        found.setdefault(path, []).append((rule, finding))
    return [
        _again(job, one, found[job.path]) if job.path in found else one for job, one in zip(jobs, seen, strict=True)
    ]


def _again(job: Job, one: FileResult, also: Iterable[tuple[Rule, Finding]]) -> FileResult:
    try:
        if one.rewritten:
            document = documents.parse(one.rewritten[0].after.encode(), job.path)
        else:
            document = documents.read(job.path)
    except NotADocumentError:  # somebody changed the file meanwhile
        return one
    return one._replace(diagnostics=check_document.check_document(document, job.settings, also))


def _baselines(jobs: Sequence[Job]) -> "dict[str, Baseline]":
    """Every baseline that is gone by, by its path."""
    paths = dict.fromkeys(job.settings.baseline for job in jobs if job.settings.baseline)
    if not paths:
        return {}
    from parallel_stage.lint.suppressions import baseline

    return {path: baseline.read(path) for path in paths}


def _without_old(
    jobs: Sequence[Job], found: list[list[Diagnostic]], known: "Mapping[str, Baseline]"
) -> list[Diagnostic]:
    """The findings that no baseline knows, and the entries of baselines that are no longer true."""
    new = (
        known[job.settings.baseline].new(each) if job.settings.baseline else each
        for job, each in zip(jobs, found, strict=True)
    )
    left = [diagnostic for each in new for diagnostic in each]
    return left + [stale for path in known for stale in _stale(known[path], jobs, path)]


def _stale(known: "Baseline", jobs: Sequence[Job], path: str) -> Iterator[Diagnostic]:
    """What a baseline knows for nothing, as the settings of those who go by it have it."""
    settings = {job.path: job.settings for job in jobs if job.settings.baseline == path}
    one = next(iter(settings.values()))
    for stale in known.stale(settings):
        if one.is_enabled(stale.rule):
            yield stale._replace(severity=one.effective_severity(stale.rule, stale.severity))

"""A check of several files: each by its own settings, then all of them together, without what a baseline knows."""

# Annotations are evaluated here, as in `contract.spans`.
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import document as documents
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint import engine
from parallel_stage.lint.claims import Claim, claim, duplicates
from parallel_stage.lint.diagnostics import Diagnostic
from parallel_stage.lint.rules import Finding, Rule
from parallel_stage.lint.settings import Settings

if TYPE_CHECKING:
    from parallel_stage.lint.baseline import Baseline

MANY = 400
"""How many files make up for starting processes that share them."""


class Job(NamedTuple):
    """One file to check: its name, what is in force for it, and whether standard input holds what is in it."""

    path: str
    settings: Settings
    stdin: bool = False


class Fixing(NamedTuple):
    """Whether to mend what can be, and whether also where that may change what a contract means."""

    wanted: bool = False
    unsafe: bool = False


class Rewritten(NamedTuple):
    """A text before and after it was mended, and the findings that are mended; none where it is a filter's."""

    job: Job
    before: str
    after: str
    fixed: list[Diagnostic]


class Seen(NamedTuple):
    """What was seen in one file by itself; lists of none or one where there may be none."""

    diagnostics: list[Diagnostic]
    claims: list[Claim]
    rewritten: list[Rewritten]


class Checked(NamedTuple):
    """What a check of several files gives: findings file by file, then those about baselines; and mended texts."""

    diagnostics: list[Diagnostic]
    rewritten: list[Rewritten]


def check_all(jobs: Sequence[Job], fixing: Fixing) -> Checked:
    """Check files, and mend them, though not on the disk, where that is wanted.

    Raises:
        UsageError: Where a baseline cannot be read.
    """
    seen = _shared_out(jobs, fixing) if len(jobs) >= MANY else [look(job, fixing) for job in jobs]
    seen = _crossed(jobs, seen)
    rewritten = [each for one in seen for each in one.rewritten]
    return Checked(_without_old(jobs, [one.diagnostics for one in seen]), rewritten)


def look(job: Job, fixing: Fixing) -> Seen:
    """Check one file by itself."""
    try:
        document = documents.read_stdin(job.path) if job.stdin else documents.read(job.path)
    except NotADocumentError as error:
        kept = [Rewritten(job, error.text, error.text, [])] if job.stdin and fixing.wanted else []
        return Seen([engine.unread(job.path, error)], [], kept)
    if not fixing.wanted:
        return Seen(engine.check(document, job.settings), [claim(document)], [])
    from parallel_stage.lint.fixes import mend

    mended = mend(document, partial(engine.check, settings=job.settings), unsafe=fixing.unsafe)
    rewritten = Rewritten(job, document.text, mended.document.text, mended.fixed)
    # What comes from standard input has to go on, changed or not.
    return Seen(mended.left, [claim(mended.document)], [rewritten] if mended.fixed or job.stdin else [])


def _shared_out(jobs: Sequence[Job], fixing: Fixing) -> list[Seen]:
    from parallel_stage.lint.many import share_out

    return list(share_out(partial(look, fixing=fixing), jobs))


def _crossed(jobs: Sequence[Job], seen: list[Seen]) -> list[Seen]:
    """The same, with what is wrong with contracts side by side; such a file is looked at once more, as a whole."""
    found: dict[str, list[tuple[Rule, Finding]]] = defaultdict(list)
    claims = [each for job, one in zip(jobs, seen, strict=True) if not job.stdin for each in one.claims]
    for path, rule, finding in duplicates(claims):
        found[path].append((rule, finding))
    return [
        _again(job, one, found[job.path]) if job.path in found else one for job, one in zip(jobs, seen, strict=True)
    ]


def _again(job: Job, one: Seen, also: Iterable[tuple[Rule, Finding]]) -> Seen:
    try:
        if one.rewritten:
            document = documents.parse(one.rewritten[0].after.encode(), job.path)
        else:
            document = documents.read(job.path)
    except NotADocumentError:  # somebody changed the file meanwhile
        return one
    return one._replace(diagnostics=engine.check(document, job.settings, also))


def _without_old(jobs: Sequence[Job], found: list[list[Diagnostic]]) -> list[Diagnostic]:
    """The findings that no baseline knows, and the entries of baselines that are no longer true."""
    paths = dict.fromkeys(job.settings.baseline for job in jobs if job.settings.baseline)
    if not paths:
        return [diagnostic for each in found for diagnostic in each]
    from parallel_stage.lint import baseline

    known = {path: baseline.read(path) for path in paths}
    new = (
        known[job.settings.baseline].new(each) if job.settings.baseline else each
        for job, each in zip(jobs, found, strict=True)
    )
    left = [diagnostic for each in new for diagnostic in each]
    return left + [stale for path in paths for stale in _stale(known[path], jobs, path)]


def _stale(known: "Baseline", jobs: Sequence[Job], path: str) -> Iterator[Diagnostic]:
    """What a baseline knows for nothing, as the settings of those who go by it have it."""
    settings = {job.path: job.settings for job in jobs if job.settings.baseline == path}
    one = next(iter(settings.values()))
    for stale in known.stale(settings):
        if one.asks(stale.rule):
            yield stale._replace(severity=one.weigh(stale.rule, stale.severity))

"""Findings that a revision did not have, by the key of a baseline: rule, file, route and value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parallel_stage.contract import document as documents
from parallel_stage.contract import regular_file
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.engine.check_files import Job, check_files
from parallel_stage.lint.revisions.moves import former_paths
from parallel_stage.lint.revisions.repository import revisions_of
from parallel_stage.lint.revisions.snapshot import snapshot_of
from parallel_stage.lint.rules import RULES
from parallel_stage.lint.suppressions.baseline import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_stage.lint.config.model import Settings
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.revisions.repository import Revision
    from parallel_stage.lint.revisions.snapshot import Snapshot


def new_findings(found: Sequence[Diagnostic], jobs: Sequence[Job], name: str) -> list[Diagnostic]:
    """Return the findings that a revision did not have; the settings of now count for it, too.

    Findings in the data are compared with those of the old contract in the data of now, which git does not have.

    Args:
        found: The findings of now.
        jobs: All files that were checked.
        name: The revision, as the user calls it.

    Raises:
        UsageError: Where the revision cannot be read.
    """
    by_path = {job.path: job for job in jobs}
    with_findings = {each.path for each in found}
    others = with_findings.difference(by_path)  # configurations and baselines
    old: set[Entry] = set()
    for revision, own in revisions_of(name, [*by_path, *others]):
        same = {path for path in others.intersection(own) if _is_same(revision, path)}
        old |= {Entry.of(each) for each in found if each.path in same}
        here = [by_path[path] for path in own if path in by_path]
        if any(job.path in with_findings for job in here):
            old |= _old_entries(revision, here, found)
    return [each for each in found if Entry.of(each) not in old]


def _is_same(revision: Revision, path: str) -> bool:
    try:
        return revision.has(path, regular_file.read(path))
    except OSError:
        return False


def _old_entries(revision: Revision, jobs: Sequence[Job], found: Iterable[Diagnostic]) -> set[Entry]:
    """Return the entries of what the revision's contracts have, under the names that these have now."""
    former = former_paths(revision, [job.path for job in jobs])
    wanted = {each.path for each in found}
    if any(RULES[each.rule].compares for each in found):  # all of them are compared
        wanted |= former.keys()
    before = [(job, former[job.path]) for job in jobs if job.path in former and job.path in wanted]
    with snapshot_of(revision, {each for _, each in before}) as snapshot:
        moved = {os.path.join(snapshot.directory, path): job for job, path in before}
        checked = [Job(path, _settings_in(snapshot, job.settings)) for path, job in moved.items()]
        old = [(moved[each.path].path, each) for each in check_files(checked).diagnostics]
        for path, job in moved.items():
            if job.settings.check_inputs:
                old += [(job.path, each) for each in _in_data_of_now(path, job)]
    return {Entry.of(each._replace(path=path)) for path, each in old}


def _settings_in(snapshot: Snapshot, settings: Settings) -> Settings:
    """Return the settings with directories of the snapshot, and without baseline and data."""
    return settings._replace(
        check_inputs=False,
        baseline="",
        root=snapshot.place(settings.root) if settings.root else "",
        search_roots=tuple(map(snapshot.place, settings.search_roots)),
    )


def _in_data_of_now(path: str, job: Job) -> Iterator[Diagnostic]:
    """Yield what rules about data find with the old contract in the place of the one of now."""
    try:
        document = documents.parse(documents.content_of(path, bounded=True), job.path)
    except NotADocumentError:
        return
    yield from (each for each in check_document(document, job.settings) if RULES[each.rule].reads_data)

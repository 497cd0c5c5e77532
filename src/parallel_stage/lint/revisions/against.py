"""Compare the contracts of a work tree with those of a revision."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import document as documents
from parallel_stage.contract import formats, function
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.validation import violations
from parallel_stage.lint.diagnostic import Diagnostic, Position
from parallel_stage.lint.engine.check_document import locate_findings
from parallel_stage.lint.revisions.consequences import Change, consequences
from parallel_stage.lint.revisions.moves import former_paths, gone_contracts
from parallel_stage.lint.revisions.repository import revisions_of
from parallel_stage.lint.revisions.snapshot import Snapshot, snapshot_of
from parallel_stage.lint.revisions.sources import Sources
from parallel_stage.lint.rule import Finding
from parallel_stage.lint.rules.changes import CONSUMERS_BREAK, RESULT_CHANGES
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.config.lookup import Configurations
    from parallel_stage.lint.config.model import Settings
    from parallel_stage.lint.engine.check_files import Job
    from parallel_stage.lint.revisions.repository import Entry, Revision


class Compared(NamedTuple):
    """The result of a comparison.

    Attributes:
        found: What follows from the changes, contract by contract.
        gone: The paths of contracts that the revision had and the work tree has not.
        summary: How many contracts differ, are new or gone, in a sentence.
    """

    found: list[Diagnostic]
    gone: list[str]
    summary: str


def compare_with(name: str, jobs: Sequence[Job], named: Sequence[str], configurations: Configurations) -> Compared:
    """Compare contracts with a revision.

    Args:
        name: The revision, as the user calls it.
        jobs: The contracts of now.
        named: The files and directories that the user named; below these, contracts may be gone.
        configurations: The settings of contracts that are gone.

    Raises:
        UsageError: Where the revision cannot be read.
    """
    by_path = {job.path: job for job in jobs}
    directories = [path for path in named if os.path.isdir(path)]
    found: list[Diagnostic] = []
    gone: list[str] = []
    differing = new = pages = 0
    anything = [os.path.join(each, "*") for each in directories]  # their contracts may all be gone
    for revision, paths in revisions_of(name, [*by_path, *anything]):
        own = [by_path[path] for path in paths if path in by_path]
        contracts = [job for job in own if not formats.is_markdown(job.path)]
        pages += len(own) - len(contracts)
        with ExitStack() as stack:
            comparison = _Comparison(revision, contracts, stack)
            for job in contracts:
                here = comparison.findings(job)
                differing += here is not None
                found += here or ()
            new += comparison.new
            for path in comparison.gone(directories):
                settings = configurations.settings_for(path)
                if not configurations.excluded(path):
                    gone.append(path)
                    found += [_gone(path, name, settings)] if settings.is_enabled(CONSUMERS_BREAK.id) else []
    counts = (
        f"{plural(differing, 'contract')} {'differs' if differing == 1 else 'differ'}, {new:,} new, {len(gone):,} gone"
    )
    unread = f"; {plural(pages, 'Markdown page')} not compared" if pages else ""
    return Compared(found, gone, f"against {name}: {counts}{unread}")


class _Comparison:
    """The contracts of one repository beside one revision."""

    def __init__(self, revision: Revision, jobs: Sequence[Job], stack: ExitStack) -> None:
        self._revision = revision
        self._stack = stack
        self._former = former_paths(revision, [job.path for job in jobs])
        self._sources = Sources(revision, lambda: self._snapshot)
        self.new = len(jobs) - len(self._former)

    @cached_property
    def _snapshot(self) -> Snapshot:
        return self._stack.enter_context(snapshot_of(self._revision, frozenset(self._former.values())))

    @cached_property
    def _read(self) -> Callable[[Entry], bytes]:
        return self._stack.enter_context(self._revision.reader())

    def findings(self, job: Job) -> list[Diagnostic] | None:
        """Return what follows from the changes of a contract; None where it is new, or means what it did."""
        former = self._former.get(job.path)
        if former is None:
            return None
        try:
            content = documents.content_of(job.path, bounded=True)
            document = documents.parse(content, job.path)
        except NotADocumentError:  # which the check reports
            return None
        is_same = former == self._revision.relative(job.path) and self._revision.has(job.path, content)
        return self._found(job, document, former, is_same=is_same)

    def _found(self, job: Job, document: Document, former: str, *, is_same: bool) -> list[Diagnostic] | None:
        if violations(document.data):
            return None
        old_path = os.path.join(self._revision.root, former)
        before = document if is_same else self._old(former)
        if before is None or violations(before.data):
            message = f"{former} in {self._revision.name} is no valid contract, with which this one could be compared"
            found = [(RESULT_CHANGES, Finding(message, ()))] if job.settings.is_enabled(RESULT_CHANGES.id) else []
            return locate_findings(document, found, job.settings)
        roots, old_roots = (roots_of(path, job.settings) for path in (job.path, old_path))
        code = code_changes(
            before.data, document.data, lambda each: self._sources.changed_modules(each, roots, old_roots)
        )
        if before.data == document.data and not any(code) and former == self._revision.relative(job.path):
            return None
        change = Change(
            before.data,
            document.data,
            self._revision.name,
            start_of(old_path, job.settings),
            start_of(job.path, job.settings),
            *code,
        )
        return located(document, change, job.settings, roots)

    def _old(self, former: str) -> Document | None:
        entry = self._revision.files[former]
        try:
            if entry.is_link:
                return documents.read(os.path.join(self._snapshot.directory, former))
            return documents.parse(self._read(entry), former)
        except NotADocumentError:
            return None

    def gone(self, directories: Sequence[str]) -> list[str]:
        """Return the contracts below directories that the revision had, as the search would name them."""
        found: dict[str, str] = {}
        for inside in gone_contracts(self._revision, self._former.values()):
            whole = os.path.join(self._revision.root, inside)
            for directory in directories:
                relative = os.path.relpath(whole, os.path.abspath(directory))
                if relative.split(os.sep)[0] != os.pardir:
                    found.setdefault(inside, os.path.normpath(os.path.join(directory, relative)))
        return list(found.values())


def code_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], changed_modules: Callable[[str], tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the modules that differ: of the function's code, and of the code of `reducer_function`.

    Where another function is named, or none is called, there are none to compare.
    """
    reference, reduces = new["function"], new.get("reducer_function")
    is_called = old["reducer"] == new["reducer"] == "custom" and reduces == old.get("reducer_function")
    return (
        changed_modules(reference) if reference == old["function"] else (),
        changed_modules(reduces) if reduces and is_called else (),
    )


def located(document: Document, change: Change, settings: Settings, roots: tuple[str, ...]) -> list[Diagnostic]:
    """Return the diagnostics of what follows from a change, in the order of the new text.

    Partitions are counted where the settings say that data is checked; `roots` are where functions are searched.
    """
    if settings.check_inputs and (change.old != change.new or change.modules or change.reducer_modules):
        from parallel_stage.lint.revisions.partitions import common_ids

        old, new = (change.old, change.old_directory), (change.new, change.new_directory)
        change = change._replace(ids=common_ids(old, new, roots, same_code=not change.modules))
    found = [each for each in consequences(change) if settings.is_enabled(each[0].id)]
    return sorted(locate_findings(document, found, settings), key=lambda each: each.start)


def start_of(path: str, settings: Settings) -> str:
    """Return the directory where relative paths of a contract start."""
    return settings.root or os.path.dirname(os.path.abspath(path))


def roots_of(path: str, settings: Settings) -> tuple[str, ...]:
    """Return the directories where functions of a contract are searched."""
    return function.search_from(start_of(path, settings), os.path.abspath(path), settings.search_roots)


def _gone(path: str, name: str, settings: Settings) -> Diagnostic:
    """Return the finding about a contract that is gone, in line 1 of the file that it was."""
    message = f"the contract was there in {name} and is gone; no contract that is checked is the same or has its name"
    severity = settings.effective_severity(CONSUMERS_BREAK.id, CONSUMERS_BREAK.severity)
    start = Position(1, 1)
    return Diagnostic(CONSUMERS_BREAK.id, severity, path, message, (), start, start, "")

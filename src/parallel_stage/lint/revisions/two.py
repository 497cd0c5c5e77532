"""Compare two contracts: files, or what a revision has at a path (`REV:PATH`)."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import document as documents
from parallel_stage.contract import function
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.validation import violations
from parallel_stage.errors import UsageError
from parallel_stage.lint.revisions.against import code_changes, located, roots_of, start_of
from parallel_stage.lint.revisions.consequences import Change
from parallel_stage.lint.revisions.repository import revision_of
from parallel_stage.lint.revisions.snapshot import snapshot_of
from parallel_stage.lint.revisions.sources import Sources, differing_modules
from parallel_stage.pysource.closure import code_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.config.lookup import Configurations
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.revisions.repository import Revision

_IN_REVISION = re.compile(r"(?![A-Za-z]:[\\/])(?P<revision>[^:]+):(?P<path>.+)", re.DOTALL)


class Side(NamedTuple):
    """One of two contracts.

    Attributes:
        document: The contract, under the name that the user gave it.
        path: Its file in the work tree, which may be gone or another one by now.
        revision: The revision that it is read from; None for a file.
    """

    document: Document
    path: str
    revision: Revision | None


def compare_two(old: str, new: str, configurations: Configurations) -> list[Diagnostic]:
    """Return what follows from the changes from one contract to another, at the keys of the new one.

    Relative paths of both start where those of the new one do: an old copy may lie anywhere. Code is compared
    where one of them is in a revision.

    Raises:
        UsageError: Where one of them cannot be read, or is not valid.
    """
    before, after = _side(old), _side(new)
    settings = configurations.settings_for(after.path)
    roots, directory = roots_of(after.path, settings), start_of(after.path, settings)
    data = after.document.data
    with ExitStack() as stack:
        compare = _comparison(before.revision, after.revision, roots, stack)
        code = code_changes(before.document.data, data, compare)
    change = Change(before.document.data, data, old, directory, directory, *code)
    return located(after.document, change, settings, roots)


def _side(name: str) -> Side:
    matched = None if os.path.lexists(name) else _IN_REVISION.fullmatch(name)
    try:
        side = _in_revision(name, *matched.groups()) if matched else Side(documents.read(name), name, None)
    except NotADocumentError as error:
        raise UsageError(f"{name} cannot be compared: {error.problem.message}", _HINT) from None
    if problems := violations(side.document.data):
        message = f"{name} is not a valid contract, and cannot be compared: {problems[0].message}"
        raise UsageError(message, "correct it first: parallel-stage check shows all that is wrong with a file")
    return side


_HINT = "name two contracts: files, or REV:PATH with a path from the root of the repository on"


def _in_revision(name: str, revision_name: str, path: str) -> Side:
    revision = revision_of(revision_name, os.getcwd())
    # As with git: from the root on, unless it starts with a dot.
    is_here = path.startswith(("./", "../"))
    place = os.path.normpath(os.path.join(os.getcwd() if is_here else revision.root, path))
    entry = revision.files.get(revision.relative(place) or "")
    if entry is None or entry.is_link:
        what = "a link, which is not followed" if entry else "no file"
        raise UsageError(f"{revision_name} has {what} at {path}", _HINT)
    with revision.reader() as read:
        return Side(documents.parse(read(entry), name), place, revision)


def _comparison(
    old: Revision | None, new: Revision | None, roots: tuple[str, ...], stack: ExitStack
) -> Callable[[str], tuple[str, ...]]:
    """Return what finds the modules of a function's code that differ; without a revision, none does."""
    if old and new:
        places = [tuple(map(stack.enter_context(snapshot_of(each)).place, roots)) for each in (old, new)]
        return lambda name: differing_modules(*(code_of(function.parse(name), each) for each in places))
    revision = old or new
    if revision is None:
        return lambda _: ()
    sources = Sources(revision, cache(lambda: stack.enter_context(snapshot_of(revision))))
    return lambda name: sources.changed_modules(name, roots, roots)

"""Where a contract was in a revision: at its own path, or, where it was renamed, at another one."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from parallel_stage.contract import document as documents
from parallel_stage.contract.formats import is_contract_name
from parallel_stage.contract.problem import NotADocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_stage.lint.revisions.repository import Revision


def former_paths(revision: Revision, paths: Sequence[str]) -> dict[str, str]:
    """Return where each file was in a revision, from its root on; files that are new are not in it.

    A contract that has no path of its own there was renamed, where one that is gone has the same content or, as
    the only one, the same name.
    """
    found = {path: inside for path in paths if (inside := revision.relative(path)) in revision.files and inside}
    new = [path for path in paths if path not in found]
    gone = gone_contracts(revision, found.values()) if new else []
    if gone:
        found.update(_renamed(revision, new, gone))
    return found


def gone_contracts(revision: Revision, known: Iterable[str]) -> list[str]:
    """Return the contracts of a revision, from its root on, that are not in the work tree any more."""
    known = frozenset(known)
    return [
        path
        for path in revision.files
        if is_contract_name(path.rpartition("/")[2])
        and path not in known
        and not os.path.lexists(os.path.join(revision.root, path))
    ]


def _renamed(revision: Revision, new: Sequence[str], gone: Sequence[str]) -> dict[str, str]:
    with revision.reader() as read:
        before = {path: _content_and_name(read(revision.files[path]), path) for path in gone}
    after: dict[str, tuple[bytes, str]] = {}
    for path in new:
        with suppress(NotADocumentError):
            after[path] = _content_and_name(documents.content_of(path, bounded=True), path)
    found: dict[str, str] = {}
    for at in (0, 1):  # the same content first, then the same name
        here = _unique({path: facts[at] for path, facts in after.items() if path not in found})
        there = _unique({path: facts[at] for path, facts in before.items() if path not in found.values()})
        found.update((path, there[fact]) for fact, path in here.items() if fact and fact in there)
    return found


def _unique(facts: Mapping[str, bytes | str]) -> dict[bytes | str, str]:
    """Return the paths by what only one of them has."""
    count = Counter(facts.values())
    return {fact: path for path, fact in facts.items() if count[fact] == 1}


def _content_and_name(content: bytes, path: str) -> tuple[bytes, str]:
    try:
        data = documents.parse(content, path).data
    except NotADocumentError:
        return content, ""
    name = data.get("name") if isinstance(data, dict) else None
    return content, name if isinstance(name, str) else ""

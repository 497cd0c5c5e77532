"""Which modules of a project differ from a revision, and which of them a function needs.

What git ignores does not count: it is made on each machine.
"""

from __future__ import annotations

import os
from functools import cached_property
from importlib.machinery import all_suffixes
from typing import TYPE_CHECKING

from parallel_stage.contract import function, regular_file
from parallel_stage.lint.discovery.git import Ignores
from parallel_stage.pysource.closure import Code, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.lint.revisions.repository import Revision
    from parallel_stage.lint.revisions.snapshot import Snapshot

    Roots = tuple[str, ...]

_SUFFIXES = tuple(all_suffixes())


def differing_modules(before: Code, now: Code) -> tuple[str, ...]:
    """Return the names of the modules that only one of two codes has, or that differ in more than line ends."""

    def differs(name: str) -> bool:
        if before.modules.get(name) == now.modules.get(name):
            return False
        return not (name in before.files and name in now.files) or _text(before.files[name]) != _text(now.files[name])

    return tuple(filter(differs, sorted({*before.files, *now.files})))


class Sources:
    """The modules of a work tree beside those of a revision.

    Args:
        revision: The revision.
        snapshot: Returns its files; called where modules differ.
    """

    def __init__(self, revision: Revision, snapshot: Callable[[], Snapshot]) -> None:
        self._revision = revision
        self._snapshot = snapshot
        self._found: dict[tuple[str, Roots, Roots], tuple[str, ...]] = {}

    def changed_modules(self, reference: str, roots: Roots, old_roots: Roots) -> tuple[str, ...]:
        """Return the names of the modules of a function's code that are new, gone or changed.

        Args:
            reference: The function.
            roots: The directories where its modules are searched.
            old_roots: Those where they were searched, as directories of the work tree.
        """
        if not self._differing:
            return ()
        key = reference, roots, old_roots
        if key not in self._found:
            self._found[key] = self._compare(*key)
        return self._found[key]

    def _compare(self, reference: str, roots: Roots, old_roots: Roots) -> tuple[str, ...]:
        ref = function.parse(reference)
        now = code_of(ref, roots)
        needed = {self._revision.relative(place) for path in now.files.values() for place in _places(path)}
        if roots == old_roots and not self._are_others_found and needed.isdisjoint(self._differing):
            return ()
        snapshot = self._snapshot()
        before = code_of(ref, tuple(map(snapshot.place, old_roots)))
        return tuple(name for name in differing_modules(before, now) if not self._is_ignored(name, before, now))

    def _is_ignored(self, name: str, before: Code, now: Code) -> bool:
        """Whether a module is there now only, and is one that git ignores."""
        return name not in before.files and self._revision.relative(now.files[name]) not in self._differing

    @cached_property
    def _differing(self) -> frozenset[str]:
        """The modules that are changed, gone or new, by their paths from the root on."""
        files = self._revision.files.items()
        modules = (path for path, entry in files if entry.is_link or path.endswith(_SUFFIXES))
        return frozenset(path for path in modules if not self._is_same(path)).union(self._new())

    @cached_property
    def _are_others_found(self) -> bool:
        """Whether a module of now may have stood behind another one, which is gone, or is found by another link."""
        return any(
            not os.path.lexists(os.path.join(self._revision.root, path))
            or (path in self._revision.files and self._revision.files[path].is_link)
            for path in self._differing
        )

    def _is_same(self, path: str) -> bool:
        place = os.path.join(self._revision.root, path)
        try:
            if os.path.islink(place):
                return self._revision.has(place, os.fsencode(os.readlink(place)), is_link=True)
            return self._revision.has(place, regular_file.read(place, follow_links=False))
        except OSError:
            return False

    def _new(self) -> Iterator[str]:
        """Yield the modules that the revision does not have and git does not ignore."""
        waiting = [Ignores.of(self._revision.root)]
        while waiting:
            ignores = waiting.pop()
            try:
                entries = list(os.scandir(ignores.directory))
            except OSError:
                continue
            ignores = ignores.with_files({entry.name for entry in entries})
            for entry in entries:
                is_directory = entry.is_dir(follow_symlinks=False)
                path = self._revision.relative(entry.path) or ""
                is_new = entry.name.endswith(_SUFFIXES) and path not in self._revision.files
                if (is_directory or is_new) and _may_be_imported(entry.name):
                    if ignores.ignores(entry.name, is_directory=is_directory):
                        continue
                    if is_directory:
                        waiting.append(ignores.inside(entry.name))
                    else:
                        yield path


def _places(path: str) -> tuple[str, ...]:
    """Return the names of a file: its own, and the one behind links."""
    return path, os.path.realpath(path)


def _may_be_imported(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__"


def _text(path: str) -> bytes:
    try:
        return regular_file.read(path).replace(b"\r\n", b"\n")
    except OSError:
        return b""

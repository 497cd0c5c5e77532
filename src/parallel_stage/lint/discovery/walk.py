"""Find the files to check: the named ones, and the contracts below named directories."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import formats
from parallel_stage.lint.discovery.git import Ignores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

DEPENDENCIES = frozenset(("node_modules", "site-packages", "__pypackages__", "__pycache__"))
"""Directories of installed or compiled code, whose contracts are somebody else's."""

MARKERS = {"pyvenv.cfg": "a virtual environment", "CACHEDIR.TAG": "a cache"}
"""Files that say what the directory is that holds them."""


def contracts(
    paths: Iterable[str],
    excluded: Callable[[str], bool],
    skipped: Callable[[str, str], object] = lambda _path, _reason: None,
    searches_markdown: Callable[[str], bool] = lambda _path: False,
) -> Iterator[str]:
    """Yield every named file, and every contract below a named directory, each once.

    Markdown files, which may have contracts in them, are found like contracts.

    Directories are walked in name order, without hidden ones, links to directories, dependencies, virtual
    environments, caches, and what git ignores; a contract that git tracks is never ignored. A directory that
    cannot be listed is yielded like a contract: reading it gives the error.

    Args:
        paths: Files and directories.
        excluded: Whether a file, or what is below a directory whose path ends in a slash, is excluded.
        skipped: Called with each directory and contract that is not checked, and the reason.
        searches_markdown: Whether a Markdown file is one of those to find.
    """
    seen: set[str] = set()
    for path in paths:
        walk = _Walk(excluded, skipped, searches_markdown)
        for found in walk.below(path) if os.path.isdir(path) else (path,):
            whole = os.path.abspath(found)
            if whole not in seen:
                seen.add(whole)
                if excluded(found):
                    skipped(found, "excluded by the configuration")
                else:
                    yield found


class _Found(NamedTuple):
    """A file to check, or a directory to search with what decides there; `is_named` on the command line."""

    path: str
    ignores: Ignores | None = None
    is_named: bool = False


class _Walk:
    """The search of one named directory."""

    def __init__(
        self,
        excluded: Callable[[str], bool],
        skipped: Callable[[str, str], object],
        searches_markdown: Callable[[str], bool],
    ) -> None:
        self._excluded = excluded
        self._skipped = skipped
        self._searches_markdown = searches_markdown

    def below(self, directory: str) -> Iterator[str]:
        # Not by recursion: directories may be nested deeper than Python calls.
        waiting = [_Found(directory, Ignores.of(directory), is_named=True)]
        while waiting:
            found = waiting.pop()
            if found.ignores is None:
                yield _shown(found.path)
            else:
                waiting += reversed(list(self._listed(found, found.ignores)))

    def _listed(self, directory: _Found, ignores: Ignores) -> Iterator[_Found]:
        """Yield the contracts in a directory, and the directories to search, in name order."""
        try:
            entries = sorted(os.scandir(directory.path.rstrip(os.sep) or os.sep), key=lambda entry: entry.name)
        except OSError:
            yield _Found(directory.path)
            return
        names = {entry.name for entry in entries}
        marker = next((MARKERS[name] for name in MARKERS if name in names), None)
        if marker and not directory.is_named:
            self._skipped(f"{_shown(directory.path)}{os.sep}", marker)
            return
        ignores = ignores.with_files(names)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._directory(entry, ignores)
            elif self._is_wanted(entry.name, entry.path):
                yield from self._contract(entry, ignores)

    def _directory(self, entry: os.DirEntry[str], ignores: Ignores) -> Iterator[_Found]:
        reason = self._reason(entry)
        if not reason and ignores.ignores(entry.name, is_directory=True):
            reason = "ignored by git"
            yield from self._tracked_below(entry, ignores)
        if reason:
            self._skipped(f"{_shown(entry.path)}{os.sep}", reason)
        else:
            yield _Found(entry.path, ignores.inside(entry.name))

    def _reason(self, entry: os.DirEntry[str]) -> str:
        """Return why a directory is not searched, whatever git makes of it."""
        if entry.name.startswith("."):
            return "hidden"
        if entry.name in DEPENDENCIES:
            return "installed or compiled code"
        return "excluded by the configuration" if self._excluded(f"{_shown(entry.path)}{os.sep}") else ""

    def _tracked_below(self, entry: os.DirEntry[str], ignores: Ignores) -> Iterator[_Found]:
        if ignores.repository:
            for relative in ignores.repository.tracked_below(os.path.join(ignores.directory, entry.name)):
                path = os.path.join(entry.path, relative)
                if self._is_wanted(os.path.basename(path), path) and _is_file(path):
                    yield _Found(path)

    def _is_wanted(self, name: str, path: str) -> bool:
        """Whether a file is to be found by its name."""
        return formats.is_contract_name(name) or (formats.is_markdown(name) and self._searches_markdown(path))

    def _contract(self, entry: os.DirEntry[str], ignores: Ignores) -> Iterator[_Found]:
        if not (entry.is_file(follow_symlinks=False) or _is_file(entry.path)):
            return
        if ignores.ignores(entry.name, is_directory=False) and not (
            ignores.repository and ignores.repository.tracks(os.path.join(ignores.directory, entry.name))
        ):
            self._skipped(_shown(entry.path), "ignored by git")
        else:
            yield _Found(entry.path)


def _is_file(path: str) -> bool:
    """Whether it is a file or a link to one; a link that leads nowhere is reported, a pipe would block."""
    return os.path.isfile(path) or (os.path.islink(path) and not os.path.exists(path))


def _shown(path: str) -> str:
    return path.removeprefix(f".{os.sep}")

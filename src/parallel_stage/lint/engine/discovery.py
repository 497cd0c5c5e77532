"""Find the files to check: the named ones, and the contracts below named directories."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pathspec import GitIgnoreSpec

# Ends patterns and paths: else pathspec applies a pattern for a directory to everything below it.
_END = "\x01"


class _Pattern(NamedTuple):
    """A line of a `.gitignore`; it is matched with entries of directories that are not ignored themselves."""

    spec: GitIgnoreSpec
    negated: bool
    directories_only: bool


class _Ignore(NamedTuple):
    """The patterns of one `.gitignore`, and the directory they are relative to."""

    directory: str
    patterns: list[_Pattern]

    def verdict(self, path: str, *, is_directory: bool) -> bool | None:
        """Return whether the path is ignored, by the last pattern that matches it.

        None where none matches.
        """
        relative = os.path.relpath(path, self.directory).replace(os.sep, "/")
        for pattern in reversed(self.patterns):
            if (is_directory or not pattern.directories_only) and pattern.spec.match_file(relative + _END):
                return not pattern.negated
        return None


def contracts(paths: Iterable[str], excluded: Callable[[str], bool]) -> Iterator[str]:
    """Yield every named file, and every contract below a named directory, each once.

    Directories are walked in name order, without hidden ones, links to directories, and what the repository's
    `.gitignore` files exclude. A directory that cannot be listed is yielded like a contract: reading it gives
    the error.

    Args:
        paths: Files and directories.
        excluded: Whether a file, or what is below a directory whose path ends in a slash, is excluded.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _below(path, excluded) if os.path.isdir(path) else (path,):
            if found not in seen and not excluded(found):
                seen.add(found)
                yield found


class _Found(NamedTuple):
    """A contract, or a directory with the `.gitignore`s above what is in it."""

    path: str
    ignores: list[_Ignore]
    is_directory: bool


def _below(directory: str, excluded: Callable[[str], bool]) -> Iterator[str]:
    # Not by recursion: directories may be nested deeper than Python calls.
    waiting = [_Found(directory, _ignores_above(os.path.abspath(directory)), is_directory=True)]
    while waiting:
        found = waiting.pop()
        if found.is_directory:
            waiting += reversed(list(_listed(found, excluded)))
        else:
            yield found.path.removeprefix(f".{os.sep}")


def _listed(directory: _Found, excluded: Callable[[str], bool]) -> Iterator[_Found]:
    """Yield the contracts in a directory, and the directories to search, in name order."""
    ignores = directory.ignores + _ignores_in(os.path.abspath(directory.path))
    try:
        entries = sorted(os.scandir(directory.path.rstrip(os.sep) or os.sep), key=lambda entry: entry.name)
    except OSError:
        yield directory._replace(is_directory=False)
        return
    for entry in entries:
        path = entry.path.removeprefix(f".{os.sep}")
        if entry.is_dir(follow_symlinks=False):
            hidden = entry.name.startswith(".") or _ignored(path, ignores, is_directory=True)
            if not hidden and not excluded(f"{path}{os.sep}"):
                yield _Found(entry.path, ignores, is_directory=True)
        elif _is_contract(entry) and not _ignored(path, ignores, is_directory=False):
            yield _Found(entry.path, ignores, is_directory=False)


def _is_contract(entry: os.DirEntry[str]) -> bool:
    return formats.is_contract_name(entry.name) and (entry.is_file(follow_symlinks=False) or _is_link_to_file(entry))


def _is_link_to_file(entry: os.DirEntry[str]) -> bool:
    # A link that leads nowhere, or to itself, is reported; a pipe would block the check.
    return entry.is_symlink() and (os.path.isfile(entry.path) or not os.path.exists(entry.path))


def _ignored(path: str, ignores: list[_Ignore], *, is_directory: bool) -> bool:
    """Return the verdict of the innermost `.gitignore` that has one."""
    path = os.path.abspath(path)
    verdicts = (ignore.verdict(path, is_directory=is_directory) for ignore in reversed(ignores))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _ignores_in(directory: str, file_name: str = ".gitignore") -> list[_Ignore]:
    try:
        with open(os.path.join(directory, file_name), encoding="utf-8-sig", errors="surrogateescape") as file:
            return [_Ignore(directory, list(_patterns(file.read().split("\n"))))]
    except OSError:
        return []


def _patterns(lines: list[str]) -> Iterator[_Pattern]:
    from pathspec import GitIgnoreSpec

    for line in lines:
        pattern = line if line.rstrip(" ").endswith("\\") else line.rstrip(" ")
        body = pattern.removeprefix("!").removesuffix("/")
        if body and not line.startswith("#"):
            escaped = f"\\{body}" if pattern.startswith("!") and body[0] in "!#" else body
            spec = GitIgnoreSpec.from_lines([escaped if body.endswith("**") else escaped + _END])
            yield _Pattern(spec, pattern.startswith("!"), pattern.endswith("/"))


def _ignores_above(directory: str) -> list[_Ignore]:
    """Return the patterns of the repository, and of the directories down to this one, outermost first."""
    above: list[str] = []
    while not os.path.exists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:  # not in a repository: files above do not count
            return []
        above.append(parent)
        directory = parent
    own = _ignores_in(directory, os.path.join(".git", "info", "exclude"))
    return own + [ignore for parent in reversed(above) for ignore in _ignores_in(parent)]

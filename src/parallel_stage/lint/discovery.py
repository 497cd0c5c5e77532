"""Which files a check looks at: those that were named, and the contracts below the directories that were."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathspec import GitIgnoreSpec

CONTRACT_NAME = re.compile(r"(?:.+\.)?parallel_stage\.(?:toml|yaml|yml|json)")
"""The names that contracts go by: `parallel_stage.toml` and `NAME.parallel_stage.toml`, or YAML, or JSON."""


class _Ignore(NamedTuple):
    """The patterns of one `.gitignore`, and the directory they are relative to."""

    directory: str
    spec: GitIgnoreSpec

    def verdict(self, path: str, *, is_directory: bool) -> bool | None:
        relative = os.path.relpath(path, self.directory).replace(os.sep, "/")
        return self.spec.check_file(f"{relative}/" if is_directory else relative).include


def contracts(paths: Iterable[str]) -> Iterator[str]:
    """Every file named, as it was named, and every contract below a directory named, each once.

    Directories are walked in name order; hidden ones, symbolic links to directories, and what a `.gitignore` of the
    repository leaves out are passed over.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _below(path) if os.path.isdir(path) else (path,):
            if found not in seen:
                seen.add(found)
                yield found


def _below(directory: str) -> Iterator[str]:
    yield from _walk(directory, _ignores_above(os.path.abspath(directory)))


def _walk(directory: str, ignores: list[_Ignore]) -> Iterator[str]:
    ignores = ignores + _ignores_in(os.path.abspath(directory))
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = entry.path.removeprefix(f".{os.sep}")
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and not _ignored(path, ignores, is_directory=True):
                yield from _walk(entry.path, ignores)
        elif CONTRACT_NAME.fullmatch(entry.name) and not _ignored(path, ignores, is_directory=False):
            yield path


def _ignored(path: str, ignores: list[_Ignore], *, is_directory: bool) -> bool:
    """The verdict of the innermost `.gitignore` that has one."""
    path = os.path.abspath(path)
    verdicts = (ignore.verdict(path, is_directory=is_directory) for ignore in reversed(ignores))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _ignores_in(directory: str) -> list[_Ignore]:
    from pathspec import GitIgnoreSpec

    try:
        with open(os.path.join(directory, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
            return [_Ignore(directory, GitIgnoreSpec.from_lines(file.read().splitlines()))]
    except OSError:
        return []


def _ignores_above(directory: str) -> list[_Ignore]:
    """Those of the directories between the repository's root and this one, outermost first."""
    above: list[str] = []
    while not os.path.exists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:  # not in a repository: what lies above has no say
            return []
        above.append(parent)
        directory = parent
    return [ignore for parent in reversed(above) for ignore in _ignores_in(parent)]

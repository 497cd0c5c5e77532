"""What git knows of a directory: what it ignores there, and which contracts it tracks nevertheless."""

from __future__ import annotations

import os
import subprocess
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import regular_file
from parallel_stage.lint.discovery import ignore_file
from parallel_stage.lint.discovery.git_program import ALONE, OUTSIDE, environment, git

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from parallel_stage.lint.discovery.ignore_file import Patterns

_LARGEST = 1 << 20
_SECONDS = 20

_CONTRACTS = (
    *(":(top,glob)**/parallel_stage.*", ":(top,glob)**/*.parallel_stage.*"),
    *(":(top,glob,icase)**/*.md", ":(top,glob,icase)**/*.markdown"),  # which may have contracts in them
)


class Repository:
    """A work tree.

    Attributes:
        root: Its absolute directory, which has `.git`.
    """

    def __init__(self, root: str) -> None:
        self.root = root

    def tracked_below(self, directory: str) -> Iterator[str]:
        """Yield the paths, from an absolute directory on, of the contracts in it that git tracks, in order."""
        prefix = os.path.join(os.path.relpath(directory, self.root), "").replace(os.sep, "/")
        for path in self._tracked[bisect_left(self._tracked, prefix) :]:
            if not path.startswith(prefix):
                break
            yield path.removeprefix(prefix).replace("/", os.sep)

    def tracks(self, path: str) -> bool:
        """Whether git tracks the contract with this absolute path."""
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        at = bisect_left(self._tracked, relative)
        return self._tracked[at : at + 1] == [relative]

    @cached_property
    def _tracked(self) -> list[str]:
        """The contracts that git tracks, with slashes from the root on; none where there is no git to ask."""
        program = git()
        if not program:
            return []
        places = (f"--git-dir={os.path.join(self.root, '.git')}", f"--work-tree={self.root}")
        command = [program, *ALONE, *places, "ls-files", "-z", "--cached", "--", *_CONTRACTS]
        try:
            ran = subprocess.run(  # noqa: S603
                command,
                cwd=OUTSIDE,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        return sorted(filter(None, os.fsdecode(ran.stdout).split("\0")))

    def excludes(self) -> Patterns | None:
        """Return the patterns of `info/exclude`, which a work tree shares with its main one."""
        directory = os.path.join(self.root, ".git")
        pointer = _first_line(directory)
        if pointer.startswith("gitdir: "):
            directory = os.path.join(self.root, pointer.removeprefix("gitdir: "))
        common = _first_line(os.path.join(directory, "commondir"))
        return _patterns(os.path.join(directory, common, "info", "exclude"), follow_links=True)


class Ignores(NamedTuple):
    """What decides in one directory whether an entry is ignored.

    Attributes:
        directory: Its absolute path.
        repository: The repository that it belongs to, if any.
        files: The patterns of ignore files, outermost first, each with the path from the file's directory to
            this one: empty, or with a slash at its end.
    """

    directory: str
    repository: Repository | None = None
    files: tuple[tuple[bytes, Patterns], ...] = ()

    @classmethod
    def of(cls, directory: str) -> Ignores:
        """Return what the directories above one decide in it, up to the root of the repository."""
        root = os.path.abspath(directory)
        below: list[str] = []
        while not os.path.exists(os.path.join(root, ".git")):
            parent, name = os.path.split(root)
            if parent == root:  # not in a repository: files above do not count
                return cls(os.path.abspath(directory))
            below.append(name)
            root = parent
        found = cls(root)
        for name in reversed(below):
            found = found.with_files((".git", ".gitignore") if found.directory == root else (".gitignore",)).inside(
                name
            )
        return found

    def with_files(self, names: Container[str]) -> Ignores:
        """Add what this directory's own files decide; `names` are its entries."""
        found = self
        if ".git" in names:
            repository = Repository(self.directory)
            excludes = repository.excludes()
            found = Ignores(self.directory, repository, ((b"", excludes),) if excludes else ())
        own = _patterns(os.path.join(self.directory, ".gitignore")) if ".gitignore" in names else None
        return found._replace(files=(*found.files, (b"", own))) if own else found

    def inside(self, name: str) -> Ignores:
        """Return what decides in a directory of this one."""
        step = os.fsencode(name) + b"/"
        files = tuple((prefix + step, patterns) for prefix, patterns in self.files)
        return Ignores(os.path.join(self.directory, name), self.repository, files)

    def ignores(self, name: str, *, is_directory: bool) -> bool:
        """Whether an entry of this directory is ignored, by the innermost file that has a pattern for it."""
        encoded = os.fsencode(name)
        for prefix, patterns in reversed(self.files):
            verdict = patterns.ignores(prefix + encoded, is_directory=is_directory)
            if verdict is not None:
                return verdict
        return False


def _first_line(path: str) -> str:
    try:
        return os.fsdecode(regular_file.read(path, _LARGEST)).partition("\n")[0]
    except OSError:
        return ""


def _patterns(path: str, *, follow_links: bool = False) -> Patterns | None:
    """Return the patterns of a file; None where it has none, is a link, as which git reads none, or no file."""
    try:
        found = ignore_file.read(regular_file.read(path, _LARGEST, follow_links=follow_links))
    except OSError:
        return None
    return found if found.patterns else None

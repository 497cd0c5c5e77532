"""What git knows of a directory: what it ignores there, and which contracts it tracks nevertheless."""

from __future__ import annotations

import os
import subprocess
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import regular_file
from parallel_stage.lint.discovery import ignore_file

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from parallel_stage.lint.discovery.ignore_file import Patterns

_LARGEST = 1 << 20
_SECONDS = 20

# Programs that a repository names would be started by a monitor, by a bare repository inside of the work tree, and
# by fetching what a partial clone lacks.
_ALONE = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit", "--no-pager", "--no-optional-locks")
_CONTRACTS = (":(top,glob)**/parallel_stage.*", ":(top,glob)**/*.parallel_stage.*")


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
        program = _git()
        if not program:
            return []
        places = (f"--git-dir={os.path.join(self.root, '.git')}", f"--work-tree={self.root}")
        command = [program, *_ALONE, *places, "ls-files", "-z", "--cached", "--", *_CONTRACTS]
        try:
            # Not started in the work tree, where Windows would look for programs and libraries, too.
            ran = subprocess.run(  # noqa: S603
                command,
                cwd=os.path.abspath(os.sep),
                env=_environment(),
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
    """What decides whether something is ignored.

    Attributes:
        repository: Where the files belong to; None outside of one.
        files: The absolute directories of ignore files with their patterns, outermost first.
    """

    repository: Repository | None = None
    files: tuple[tuple[str, Patterns], ...] = ()

    @classmethod
    def above(cls, directory: str) -> Ignores:
        """Return what the directories above one decide, up to the root of the repository."""
        above: list[str] = []
        directory = os.path.abspath(directory)
        while not os.path.exists(os.path.join(directory, ".git")):
            parent = os.path.dirname(directory)
            if parent == directory:  # not in a repository: files above do not count
                return cls()
            above.append(parent)
            directory = parent
        found = cls()
        for each in reversed(above):
            found = found.inside(each, (".git", ".gitignore") if each == directory else (".gitignore",))
        return found

    def inside(self, directory: str, names: Container[str]) -> Ignores:
        """Return what decides in a directory that has these entries."""
        directory = os.path.abspath(directory)
        found = self
        if ".git" in names:
            repository = Repository(directory)
            excludes = repository.excludes()
            found = Ignores(repository, ((directory, excludes),) if excludes else ())
        own = _patterns(os.path.join(directory, ".gitignore")) if ".gitignore" in names else None
        return found._replace(files=(*found.files, (directory, own))) if own else found

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Whether a path is ignored, by the innermost file that has a pattern for it."""
        path = os.path.abspath(path)
        for directory, patterns in reversed(self.files):
            relative = os.path.relpath(path, directory).replace(os.sep, "/")
            verdict = patterns.ignores(os.fsencode(relative), is_directory=is_directory)
            if verdict is not None:
                return verdict
        return False


def _git() -> str | None:
    """Return the absolute path of git, from absolute directories of PATH only."""
    name = "git.exe" if os.name == "nt" else "git"
    places = (os.path.join(each, name) for each in os.get_exec_path() if os.path.isabs(each))
    return next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), None)


def _environment() -> dict[str, str]:
    """Return the environment without what points git to another repository, as in a hook."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


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

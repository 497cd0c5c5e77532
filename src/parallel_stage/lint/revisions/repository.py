"""A revision of a repository, read with git's plumbing: names, the tree, and the content of files."""

from __future__ import annotations

import hashlib
import os
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import project
from parallel_stage.errors import UsageError
from parallel_stage.lint.discovery.git_program import ALONE, OUTSIDE, environment, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_SECONDS = 120
_LARGEST = 64 << 20
_SHA1 = 40
_LEFT_OUT = "S"
_LINK, _SUBMODULE = "120000", "160000"


class Entry(NamedTuple):
    """A file of a revision.

    Attributes:
        id: The id of its content.
        is_link: Whether it is a symbolic link.
    """

    id: str
    is_link: bool


class Revision(NamedTuple):
    """A revision of one repository.

    Attributes:
        name: What the user calls it.
        root: The absolute directory of the work tree.
        commit: The id of the commit.
        files: Its files by their paths from the root on, with slashes.
    """

    name: str
    root: str
    commit: str
    files: Mapping[str, Entry]

    def relative(self, path: str) -> str | None:
        """Return the path of a file from the root on, with slashes; None for one that is not below it."""
        whole, start = os.path.abspath(path), os.path.join(self.root, "")
        if whole.startswith(start):  # nearly always; relpath takes much longer
            return whole[len(start) :].replace(os.sep, "/")
        inside = os.path.relpath(whole, self.root)
        outside = inside == os.pardir or inside.startswith(os.path.join(os.pardir, "")) or os.path.isabs(inside)
        return None if outside else inside.replace(os.sep, "/")

    def has(self, path: str, content: bytes, *, is_link: bool = False) -> bool:
        """Whether the revision has a file of the work tree with this content, where git may have changed line ends.

        The content of a link is what it leads to.
        """
        entry = self.files.get(self.relative(path) or "")
        if entry is None or entry.is_link is not is_link:
            return False
        digits = len(entry.id)
        return entry.id == _id_of(content, digits) or (
            b"\r\n" in content and entry.id == _id_of(content.replace(b"\r\n", b"\n"), digits)
        )

    @contextmanager
    def reader(self) -> Iterator[Callable[[Entry], bytes]]:
        """Start one process of git, and give a function that returns the content of a file.

        That is empty for a file larger than 64 MiB. It raises UsageError where the repository does not have it.
        """
        command = _command(self.root, "cat-file", "--batch")
        with subprocess.Popen(  # noqa: S603
            command,
            cwd=OUTSIDE,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:

            def read(entry: Entry) -> bytes:
                assert process.stdin is not None  # noqa: S101 -- for the type checker
                assert process.stdout is not None  # noqa: S101 -- the same
                with suppress(OSError):  # git has ended, and answers nothing
                    process.stdin.write(f"{entry.id}\n".encode())
                    process.stdin.flush()
                header = process.stdout.readline().split()
                if len(header) != 3:  # noqa: PLR2004 -- id, kind, size
                    raise _not_all_there(self.name)
                left = int(header[2])
                content = process.stdout.read(left) if left <= _LARGEST else b""
                left -= len(content)
                while left and (passed := len(process.stdout.read(min(left, _LARGEST)))):
                    left -= passed
                process.stdout.read(1)
                return content

            try:
                yield read
            finally:
                assert process.stdin is not None  # noqa: S101 -- for the type checker
                with suppress(OSError):
                    process.stdin.close()
                process.kill()


def revision_of(name: str, path: str) -> Revision:
    """Return a revision of the repository that a path is in.

    Args:
        name: What git calls a revision: a branch, a tag, an id, `HEAD~1`; or `base`.
        path: A file or a directory, whether it exists or not.

    Raises:
        UsageError: Where there is no repository, no git, or no such revision.
    """
    root = project.root(path, project.REPOSITORY)
    if not os.path.exists(os.path.join(root, project.REPOSITORY)):
        raise UsageError(f"{path} is in no git repository, so it has no revision {name}", "check in a work tree of git")
    commit = _base(root) if name == BASE else _commit(root, name)
    listed = _run(root, "ls-tree", "-r", "-z", "--full-tree", commit)
    if listed.returncode:
        raise _not_all_there(name)
    return Revision(name, root, commit, dict(_files(listed.stdout)))


def _not_all_there(name: str) -> UsageError:
    message = f"{name} is not all there: this clone was made without some of its files, and nothing is fetched"
    return UsageError(message, "fetch it: git fetch --refetch --no-filter")


def revisions_of(name: str, paths: Iterable[str]) -> list[tuple[Revision, list[str]]]:
    """Return the revision of each repository that files are in, with these files. Raise as `revision_of` does.

    They are to be compared with the work tree, so they are without the files that a sparse checkout leaves out.
    """
    found: dict[str, list[str]] = {}
    roots: dict[str, str] = {}
    for path in paths:
        directory = os.path.dirname(os.path.abspath(path))
        if directory not in roots:
            roots[directory] = project.root(directory, project.REPOSITORY)
        found.setdefault(roots[directory], []).append(path)
    return [(_without_left_out(revision_of(name, root)), own) for root, own in found.items()]


def _without_left_out(revision: Revision) -> Revision:
    listed = os.fsdecode(_output(revision.root, "ls-files", "-t", "-z", "--cached")).split("\0")
    left_out = {
        path
        for tag, path in ((line[:1], line[2:]) for line in listed)
        if tag == _LEFT_OUT and not os.path.lexists(os.path.join(revision.root, path))
    }
    if not left_out:
        return revision
    return revision._replace(files={path: entry for path, entry in revision.files.items() if path not in left_out})


BASE = "base"
"""The name of the revision that a pull or merge request starts at, which the environment of its job says."""


def _base(root: str) -> str:
    """Return the commit where the pull or merge request of this job has left its target."""
    gitlab, github = os.environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"), os.environ.get("GITHUB_BASE_REF")
    if gitlab:
        return _commit(root, gitlab)
    if not github:
        raise UsageError(
            "base is the base of a pull or merge request, and this is the job of none: neither GITHUB_BASE_REF nor"
            " CI_MERGE_REQUEST_DIFF_BASE_SHA is set",
            "name a revision, such as origin/main",
        )
    target = _commit(root, f"refs/remotes/origin/{github}")
    found = _output(root, "merge-base", target, "HEAD").decode().strip()
    if not found:
        raise UsageError(f"HEAD and {github} have no commit in common that git has here", _hint(root))
    return found


def _commit(root: str, name: str) -> str:
    """Return the id of a revision's commit."""
    if not name.strip() or name.startswith("-"):
        raise UsageError(f"{name!r} is no revision", "name a branch, a tag or a commit, such as origin/main")
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    found = _output(root, *asked).decode().strip()
    if found:
        return found
    kind = _output(root, "cat-file", "-t", name).decode().strip()
    if kind:
        raise UsageError(f"{name} is a {kind}, not a commit", "name a branch, a tag or a commit, such as origin/main")
    raise UsageError(f"{root} has no revision {name}", _hint(root))


def _hint(root: str) -> str:
    if _output(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        return (
            "this is a shallow clone; fetch more of it: git fetch --unshallow, fetch-depth: 0 of actions/checkout,"
            " GIT_DEPTH: 0 of GitLab"
        )
    return "check the name, or fetch it: git fetch"


def _output(root: str, *arguments: str) -> bytes:
    """Return what git prints; nothing where it fails."""
    ran = _run(root, *arguments)
    return b"" if ran.returncode else ran.stdout


def _run(root: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603
            _command(root, *arguments),
            cwd=OUTSIDE,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git does not answer: {error}", "check that git works here") from None


def _command(root: str, *arguments: str) -> list[str]:
    program = git()
    if program is None:
        raise UsageError("git is not on the PATH, and only git can read a revision", "install git")
    return [program, *ALONE, f"--git-dir={os.path.join(root, project.REPOSITORY)}", *arguments]


def _id_of(content: bytes, digits: int) -> str:
    """Return git's id of a file's content; its length says by which hash."""
    method = hashlib.sha1 if digits == _SHA1 else hashlib.sha256
    return method(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _files(listed: bytes) -> Iterator[tuple[str, Entry]]:
    for line in filter(None, listed.split(b"\0")):
        facts, _, path = line.partition(b"\t")
        mode, _, identifier = facts.decode().split()
        if mode != _SUBMODULE:
            yield os.fsdecode(path), Entry(identifier, mode == _LINK)

"""A temporary directory with what a check reads of a revision: contracts, modules, and marks of projects.

The work tree and the index stay as they are. Nothing is filtered on the way: files are as git keeps them.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager, suppress
from importlib.machinery import all_suffixes
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import project
from parallel_stage.contract.formats import is_contract_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from parallel_stage.lint.revisions.repository import Revision

_SUFFIXES = (*all_suffixes(), ".pyi", ".pyx")
_UNSAFE = re.compile(r"(?:^|/)(?:\.{0,2}|\.git)(?:/|$)|[\0]" + (r"|[\\:]" if os.name == "nt" else ""), re.IGNORECASE)


class Snapshot(NamedTuple):
    """The files of a revision in a directory.

    Attributes:
        revision: The revision.
        directory: The directory, absolute and without links; it stands for the root of the work tree.
    """

    revision: Revision
    directory: str

    def place(self, path: str) -> str:
        """Return where a path of the work tree is in the snapshot; a path outside of it is itself."""
        inside = self.revision.relative(path)
        return path if inside is None else os.path.normpath(os.path.join(self.directory, inside))


@contextmanager
def snapshot_of(revision: Revision, more: Collection[str] = ()) -> Iterator[Snapshot]:
    """Write the contracts and modules of a revision into a directory, which is removed at the end.

    Args:
        revision: The revision.
        more: Paths of further files, from its root on.

    Raises:
        UsageError: Where the repository does not have one of them.
    """
    wanted = frozenset(more)
    # Ignored at the end: a directory of a stranger's names may not be removable on every file system.
    with tempfile.TemporaryDirectory(prefix="parallel-stage-", ignore_cleanup_errors=True) as temporary:
        directory = os.path.realpath(temporary)
        os.mkdir(os.path.join(directory, project.REPOSITORY))
        links: dict[str, bytes] = {}
        with revision.reader() as read:
            for path, entry in revision.files.items():
                if _UNSAFE.search(path):
                    continue
                if entry.is_link:
                    links[path] = read(entry)
                elif path in wanted or _is_read(path):
                    _write(os.path.join(directory, path), read(entry))
        # Last, so that nothing is written through a link; and none leads out.
        for path, target in links.items():
            _link(directory, path, os.fsdecode(target))
        yield Snapshot(revision, directory)


def _is_read(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(_SUFFIXES) or name == project.PACKAGE or is_contract_name(name)


def _write(path: str, content: bytes) -> None:
    with suppress(OSError):  # names that this system does not allow, or that are one name here
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(content)


def _link(directory: str, path: str, target: str) -> None:
    place = os.path.join(directory, path)
    parent = os.path.dirname(place)
    if os.path.isabs(target) or project.is_outside(os.path.join(parent, target), directory):
        return
    with suppress(OSError):
        os.makedirs(parent, exist_ok=True)
        os.symlink(target, place)

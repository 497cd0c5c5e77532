"""Files that an input finds by two paths: their records would count twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan import manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_stage.errors import ParallelStageError
    from parallel_stage.plan.partition import Input


def once(
    inputs: Iterable[Input], root: str, report: Callable[[ParallelStageError], None] = manifest.refuse
) -> tuple[Input, ...]:
    """Return inputs without those that are another one by a second path.

    A linked directory gives its files second paths, and a link gives one to the file that it leads to.
    Hard links are as copies, and so are links to one file that is no input itself: both are how stores of
    files keep equal content once, as git-annex and DVC do.

    Args:
        inputs: The files, relative to the root.
        root: Where relative paths start.
        report: Gets the error of such an input; where it does not raise it, the input is left out.

    Raises:
        PlanRefusedError: By default, for the first such input.
    """
    found: list[Input] = []
    same: dict[object, list[Input]] = {}
    for item in inputs:
        names = same.setdefault(item.identity.file if item.identity else item.path, [])
        first = next((other for other in names if _leads_to(root, item.path, other.path)), None)
        if first is None:
            names.append(item)
            found.append(item)
        else:
            message = (
                f"input {item.path!r} is the file {first.path!r} by another path (in {root}): it would count twice"
            )
            report(PlanRefusedError(message, "name every file once: narrow the pattern, or remove the link"))
    return tuple(found)


def _leads_to(root: str, one: str, other: str) -> bool:
    """Whether two paths are one name in one directory, or one is a link to the other."""
    (name, real), (other_name, other_real) = (_name_and_file(os.path.join(root, path)) for path in (one, other))
    return other_name in (name, real) or other_real == name


def _name_and_file(path: str) -> tuple[str, str]:
    """Return a path with real directories, which may be a link itself, and the file that it leads to."""
    directory, name = os.path.split(path)
    return os.path.join(os.path.realpath(directory), name), os.path.realpath(path)

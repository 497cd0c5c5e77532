"""Function references, `module_or_path:function_name`, and the source files they name.

Nothing is imported.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from parallel_stage.contract import project
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


class FunctionRef(NamedTuple):
    """A reference: `module` is a dotted module or the path of a file."""

    module: str
    name: str

    @property
    def is_path(self) -> bool:
        """True for the path form: `scripts/process.py:process_file`."""
        return "/" in self.module or self.module.endswith(".py")


class NotFound(tuple[str, ...]):
    """There is no such module in these directories, which were searched."""

    __slots__ = ()


class Unreadable(NamedTuple):
    """A module's source that this Python cannot parse or decode: its file, the line or 0, and why."""

    path: str
    line: int
    why: str


class Unresolved(str):
    """The reason why a name cannot be resolved from source; rules are silent then."""

    __slots__ = ()


@lru_cache(maxsize=256)
def parse(text: str) -> FunctionRef:
    """Split a well-formed reference at its last colon: a path may have a drive letter."""
    module, _, name = text.rpartition(":")
    return FunctionRef(module, name)


def search_roots(contract_directory: str, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the directories where modules are searched before `sys.path`.

    They are the contract's directory, `extra`, the project's directory and its `src/`.
    """
    package = project.root(contract_directory, project.PACKAGE)
    return tuple(dict.fromkeys((os.path.abspath(contract_directory), *extra, package, os.path.join(package, "src"))))


def search_from(root: str, contract: str, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the directories where a contract's functions are searched.

    The first is `root`, where paths start, too; then come its own search roots.
    """
    own = search_roots(os.path.dirname(os.path.abspath(contract)), extra)
    return tuple(dict.fromkeys((os.path.abspath(root), *own)))


def locate(ref: FunctionRef, roots: tuple[str, ...]) -> str | None:
    """Return the file that defines the module, or None where there is none; nothing is imported."""
    if ref.is_path:
        path = os.path.join(roots[0], ref.module)
        return path if os.path.isfile(path) else None
    first, *rest = ref.module.split(".")
    spec = find_module(first, roots)
    for part in rest:
        spec = None if spec is None else find_inside(spec, part)
    return spec.origin if spec is not None and spec.has_location else None


def import_path(ref: FunctionRef, roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return the directories where the module of a function finds what it imports, before `sys.path`.

    A file that is named by its path finds its neighbours first, as with `python scripts/process.py`.
    """
    if not ref.is_path:
        return roots
    script = os.path.realpath(os.path.join(roots[0], ref.module))
    return tuple(dict.fromkeys((os.path.dirname(script), *roots)))


def find_module(name: str, roots: tuple[str, ...]) -> ModuleSpec | None:
    """Return where a module without a package is, in the roots or installed; nothing is imported."""
    from importlib.machinery import PathFinder

    # One search over all roots: a bare directory must not hide a package of the same name in a later one.
    return PathFinder.find_spec(name, [*roots, *sys.path]) or _installed(name)


def find_inside(package: ModuleSpec, name: str) -> ModuleSpec | None:
    """Return where the module of a name in a package is, where there is one."""
    from importlib.machinery import PathFinder

    if package.submodule_search_locations is None:
        return None
    # Only its last name: a full one makes the finder look for the parent, which is not imported.
    return PathFinder.find_spec(name, list(package.submodule_search_locations))


def _installed(name: str) -> ModuleSpec | None:
    # The finders of editable installs; not `importlib.util`, which also finds what somebody has imported.
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(name, None)
        except (ImportError, ValueError, AttributeError):
            continue
        if spec is not None:
            return spec
    return None

"""Function references, `module_or_path:function_name`, and the source files they name.

Nothing is imported.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from parallel_stage.contract import project, regular_file
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
    from importlib.machinery import PathFinder

    first, *rest = ref.module.split(".")
    # One search over all roots: a bare directory must not hide a package of the same name in a later one.
    spec = PathFinder.find_spec(first, [*roots, *sys.path]) or _installed(first)
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        # Only its last name: a full one makes the finder look for the parent, which is not imported.
        spec = PathFinder.find_spec(part, list(spec.submodule_search_locations))
    return spec.origin if spec is not None and spec.has_location else None


def source_digest(ref: FunctionRef, roots: tuple[str, ...]) -> str:
    """Return 16 hexadecimal digits of the BLAKE2b hash of the source file; empty where there is none."""
    import hashlib

    path = locate(ref, roots)
    if path is None:
        return ""
    try:
        return hashlib.blake2b(regular_file.read(path), digest_size=8).hexdigest()
    except OSError:
        return ""


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

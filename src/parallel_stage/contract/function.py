"""`module_or_path:function_name`: what it names, and the source file it stands in, found without importing it."""

# Annotations are evaluated here, as in `contract.text`.
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


class FunctionRef(NamedTuple):
    """A function by its name: `module` is a dotted module or the path of a file."""

    module: str
    name: str

    @property
    def is_path(self) -> bool:
        """True for the path form: `scripts/process.py:process_file`."""
        return "/" in self.module or self.module.endswith(".py")


class NotFound(tuple[str, ...]):
    """No module of that name is in these directories, which were searched."""

    __slots__ = ()


class Unresolved(str):
    """Why the source does not tell what a name stands for; rules are silent about it."""

    __slots__ = ()


def parse(text: str) -> FunctionRef:
    """Take a well-formed reference apart at its last colon (a path may have a drive letter)."""
    module, _, name = text.rpartition(":")
    return FunctionRef(module, name)


def project_root(start: str, *markers: str) -> str:
    """The nearest directory, from `start` upwards, with one of the markers; `start` itself where there is none."""
    start = directory = os.path.abspath(start)
    while not any(os.path.exists(os.path.join(directory, marker)) for marker in markers):
        parent = os.path.dirname(directory)
        if parent == directory:
            return start
        directory = parent
    return directory


def search_roots(contract_directory: str, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Where modules are searched before `sys.path`: the contract's directory, `extra`, the project and its `src/`."""
    project = project_root(contract_directory, "pyproject.toml")
    return tuple(dict.fromkeys((os.path.abspath(contract_directory), *extra, project, os.path.join(project, "src"))))


def search_from(root: str, contract: str, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Where a contract's functions are searched: in `root`, as paths are, then as modules from its own directory on."""
    own = search_roots(os.path.dirname(os.path.abspath(contract)), extra)
    return tuple(dict.fromkeys((os.path.abspath(root), *own)))


def locate(ref: FunctionRef, roots: tuple[str, ...]) -> str | None:
    """The file that defines the module, or None where nothing of that name is found; nothing is imported."""
    if ref.is_path:
        path = os.path.join(roots[0], ref.module)
        return path if os.path.isfile(path) else None
    from importlib.machinery import PathFinder

    first, *rest = ref.module.split(".")
    # One search over all: a bare directory must not hide a package of the same name further on.
    spec = PathFinder.find_spec(first, [*roots, *sys.path]) or _installed(first)
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        # By its last name alone: a full one would make the finder ask for the parent, which is not imported.
        spec = PathFinder.find_spec(part, list(spec.submodule_search_locations))
    return spec.origin if spec is not None and spec.has_location else None


def source_digest(ref: FunctionRef, roots: tuple[str, ...]) -> str:
    """16 hexadecimal digits of the BLAKE2b hash of the source file; empty where it cannot be seen."""
    import hashlib

    path = locate(ref, roots)
    if path is None:
        return ""
    try:
        with open(path, "rb") as file:
            return hashlib.blake2b(file.read(), digest_size=8).hexdigest()
    except OSError:
        return ""


def _installed(name: str) -> "ModuleSpec | None":
    import importlib.util

    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None

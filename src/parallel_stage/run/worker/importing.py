"""Import a project's modules from their source as it is now: never from byte code that may be older.

Python takes a `.pyc` file for current where the source has the same size and the same time in whole seconds.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    ExtensionFileLoader,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
)
from importlib.util import spec_from_file_location
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract import regular_file
from parallel_stage.errors import PlanRefusedError
from parallel_stage.pysource.closure import digest_of
from parallel_stage.pysource.first_party import is_first_party
from parallel_stage.run.worker.module_table import file_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType, ModuleType

    Note = Callable[[str, str, str], None]

_MARGIN_NS = 2_000_000_000
"""How much later than its source a `.pyc` was written that can be trusted, which covers the time to compile."""

RESTART = "restart the process that has loaded it: the worker, or the program that runs the stage"


class ProjectFinder:
    """An entry of `sys.meta_path` that finds what those after it find, with loaders of its own for first-party code.

    Args:
        roots: The directories below which modules are first-party.
        scripts: The files of modules that are named by their paths, by module name.
        note: Called with name, path and digest of each first-party module before it is executed.
    """

    def __init__(self, roots: tuple[str, ...], scripts: Mapping[str, str], note: Note) -> None:
        self._roots = roots
        self._scripts = scripts
        self._note = note

    def path(self) -> list[Any]:
        """Return `sys.meta_path` with this finder before that of `sys.path`: what is built into Python comes first.

        It is a new list: another thread may be going through the old one.
        """
        others = list(sys.meta_path)
        places = [at for at, finder in enumerate(others) if finder is PathFinder or _is_ours(finder)]
        others.insert(min(places, default=len(others)), self)
        return others

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return where a module is, as `importlib` asks it."""
        if name in self._scripts:
            spec = spec_from_file_location(name, self._scripts[name])
        else:
            found = (finder.find_spec(name, path, target) for finder in self._others())
            spec = next((each for each in found if each is not None), None)
        if spec is None or not spec.has_location or not spec.origin:
            return spec
        if name in self._scripts or is_first_party(os.path.dirname(spec.origin), self._roots):
            self._take_over(spec, spec.origin)
        return spec

    def _others(self) -> Iterator[Any]:
        # Another thread may be importing while the finder is removed.
        at = next((at for at, finder in enumerate(sys.meta_path) if finder is self), len(sys.meta_path))
        return (finder for finder in sys.meta_path[at + 1 :] if hasattr(finder, "find_spec") and not _is_ours(finder))

    def _take_over(self, spec: ModuleSpec, path: str) -> None:
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _SourceLoader(spec.name, path, self._note)
        elif type(spec.loader) is ExtensionFileLoader:
            spec.loader = _CompiledLoader(spec.name, path, self._note)
        else:
            self._note(spec.name, path, _digest_of_file(path))


class _SourceLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, note: Note) -> None:
        super().__init__(name, path)
        self._note = note
        self._digest = ""

    def get_data(self, path: str) -> bytes:
        """Read a file; byte code that may be older than the source is not there, so that Python writes it anew."""
        if path.endswith(tuple(BYTECODE_SUFFIXES)) and not _is_newer(path, self.path):
            raise FileNotFoundError(path)
        content = super().get_data(path)
        if path == self.path:
            self._digest = digest_of(content)
        return content

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of the source as it was read, whose digest is noted."""
        self._digest = ""
        code = super().get_code(fullname)
        if not self._digest:  # byte code that is newer
            self.get_data(self.path)
        self._note(fullname, self.path, self._digest)
        return code


def _is_newer(compiled: str, source: str) -> bool:
    try:
        written, read = os.stat(compiled), os.stat(source)
    except OSError:
        return False
    # Copies may keep the modification time; the change time is the copy's own.
    return written.st_mtime_ns > max(read.st_mtime_ns, read.st_ctime_ns) + _MARGIN_NS


class _Compiled(NamedTuple):
    """A compiled module of this process, and the digest of its file then: most refuse to be loaded twice."""

    module: ModuleType
    digest: str


_compiled: dict[tuple[str, str], _Compiled] = {}


def compiled_of(name: str, path: str) -> ModuleType | None:
    """Return the compiled module that this process has loaded from a file."""
    known = _compiled.get((name, os.path.abspath(path)))
    return known.module if known else None


def keep_compiled(modules: Mapping[str, ModuleType]) -> None:
    """Keep the compiled ones of some modules, to be used again in place of loading their files again."""
    for name, module in modules.items():
        file = file_of(module)
        if file is not None and file.endswith(tuple(EXTENSION_SUFFIXES)) and (name, file) not in _compiled:
            with suppress(OSError):
                _compiled[name, file] = _Compiled(module, _digest_of_file(file))


class _CompiledLoader(ExtensionFileLoader):
    def __init__(self, name: str, path: str, note: Note) -> None:
        super().__init__(name, path)
        self._note = note

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Load the file, or return the module that was loaded from it before.

        Raises:
            PlanRefusedError: Where the file is another one than was loaded.
        """
        digest = _digest_of_file(self.path)
        known = _compiled.get((spec.name, os.path.abspath(self.path)))
        if known and known.digest != digest:
            message = f"the compiled module {self.path} has changed since this process loaded it"
            raise PlanRefusedError(message, RESTART)
        self._note(spec.name, self.path, digest)
        return known.module if known else super().create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute a module that was not loaded before."""
        if compiled_of(self.name, self.path) is None:
            super().exec_module(module)
            keep_compiled({self.name: module})


def _digest_of_file(path: str) -> str:
    return digest_of(regular_file.read(path))


def _is_ours(finder: object) -> bool:
    return isinstance(finder, ProjectFinder)

"""The code that a function's result depends on: its module and all that this imports of the project.

Modules are found and read, never imported. Each counts by its name and its bytes, so that the same code has
the same digest in every directory and on every machine.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from collections import deque
from importlib.machinery import SOURCE_SUFFIXES
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import regular_file
from parallel_stage.contract.function import find_inside, find_module, import_path, locate
from parallel_stage.pysource.first_party import is_first_party, is_installed
from parallel_stage.pysource.imports import STAR, imports_in, quoted_names

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from parallel_stage.contract.function import FunctionRef
    from parallel_stage.pysource.imports import Import, Imports

MOST_MODULES = 5_000
_LARGEST = 4 << 20
_KEPT = 4_096
_known: dict[str, Imports] = {}
"""The imports of texts that were read before, by their digests."""


class Code(NamedTuple):
    """The modules of a project that a function needs.

    Attributes:
        files: Their absolute paths by name. A module that the contract names by its path has that for a name.
        modules: The digests of their files, 16 hexadecimal digits of a BLAKE2b hash, by the same names.
        unseen: The modules that import others by computed names, which are not among these: `name:line`.
    """

    files: dict[str, str]
    modules: dict[str, str]
    unseen: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """One digest of all of them; empty where not even the function's module can be read."""
        listed = json.dumps(sorted(self.modules.items())).encode()
        return hashlib.blake2b(listed, digest_size=8).hexdigest() if self.modules else ""


def code_of(ref: FunctionRef, roots: tuple[str, ...]) -> Code:
    """Return the code of a function: its module, and what it imports of the project, directly or not.

    Args:
        ref: The function.
        roots: The directories where modules are searched before `sys.path`.

    Returns:
        The code; empty where the module has no file or cannot be read.
    """
    importlib.invalidate_caches()
    path = locate(ref, roots)
    return Code({}, {}) if path is None else _Search(ref, roots).run(ref, path)


def first_party_roots(ref: FunctionRef, roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return the directories below which modules are a function's own code.

    They are those where its module finds what it imports, and the one that an editable install of it adds.
    """
    places = import_path(ref, roots)
    spec = None if ref.is_path else find_module(ref.module.partition(".")[0], roots)
    if spec is None:
        return places
    inner = spec.submodule_search_locations
    homes = list(inner) if inner is not None else [spec.origin] if spec.has_location and spec.origin else []
    more = (os.path.dirname(home) for home in homes)
    return tuple(dict.fromkeys((*places, *(each for each in more if not is_installed(each)))))


def digest_of(content: bytes) -> str:
    """Return the digest by which two files of a module are the same: 16 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


class _Search:
    """One search: the modules found so far, and those whose imports are still to be followed."""

    def __init__(self, ref: FunctionRef, roots: tuple[str, ...]) -> None:
        self._places = import_path(ref, roots)
        self._own = first_party_roots(ref, roots)
        self._code = Code({}, {})
        self._unseen: list[str] = []
        self._specs: dict[str, ModuleSpec | None] = {}
        self._pending: deque[tuple[str, bytes]] = deque()

    def run(self, ref: FunctionRef, path: str) -> Code:
        if not ref.is_path:
            self._visit(ref.module)
        self._add(ref.module, path)
        while self._pending and len(self._code.modules) < MOST_MODULES:
            name, text = self._pending.popleft()
            self._follow(name, text)
        more = (f"more than {MOST_MODULES:,} modules",) if self._pending else ()
        return self._code._replace(unseen=(*self._unseen, *more))

    def _follow(self, name: str, text: bytes) -> None:
        imports = _imports(self._code.modules[name], text)
        if imports.computed:
            self._unseen.append(f"{name}:{imports.computed}")
        package = self._package(name)
        for each in imports.found:
            module = each.absolute(package)
            if module:
                self._visit(module)
                for inner in self._names(each, module):
                    self._visit(f"{module}.{inner}")

    def _names(self, statement: Import, module: str) -> tuple[str, ...]:
        """Return what `from module import` may import: names that are modules inside a package."""
        if statement.names != (STAR,):
            return statement.names
        path = self._code.files.get(module)
        return quoted_names(_content(path) or b"") if path and _is_source(path) else ()

    def _package(self, name: str) -> str:
        """Return the package in which relative imports of a module start; empty for one named by its path."""
        spec = self._specs.get(name)
        if spec is None:
            return ""
        return name if spec.submodule_search_locations is not None else name.rpartition(".")[0]

    def _visit(self, name: str) -> None:
        """Add a module and the packages above it, which an import executes first."""
        steps = name.split(".")
        for count in range(1, len(steps) + 1):
            module = ".".join(steps[:count])
            if module not in self._specs:
                self._specs[module] = spec = self._find(module)
                if spec is not None and spec.has_location and spec.origin:
                    self._add(module, spec.origin)
            if self._specs[module] is None:
                return

    def _find(self, name: str) -> ModuleSpec | None:
        """Return where the project's module of a name is; None for one that is installed, or nowhere."""
        package, _, last = name.rpartition(".")
        above = self._specs[package] if package else None
        spec = find_inside(above, last) if above is not None else find_module(name, self._places)
        if spec is None or not spec.has_location or not spec.origin:
            return spec if spec is not None and spec.submodule_search_locations is not None else None
        return spec if is_first_party(os.path.dirname(spec.origin), self._own) else None

    def _add(self, name: str, path: str) -> None:
        content = _content(path)
        if name in self._code.modules or content is None:
            return
        self._code.files[name], self._code.modules[name] = os.path.abspath(path), digest_of(content)
        if not _is_source(path) or not is_first_party(os.path.dirname(path), self._own):
            return
        if len(content) > _LARGEST:
            self._unseen.append(f"{name}:1")
        else:
            self._pending.append((name, content))


def _content(path: str) -> bytes | None:
    try:
        return regular_file.read(path)
    except OSError:
        return None


def _is_source(path: str) -> bool:
    return path.endswith(tuple(SOURCE_SUFFIXES))


def _imports(digest: str, text: bytes) -> Imports:
    if digest not in _known:
        if len(_known) >= _KEPT:
            _known.clear()
        _known[digest] = imports_in(text)
    return _known[digest]

"""The modules of projects in this process: each project has its own, there only while one of its stages runs.

No run gets another project's module of the same name, or one that this process has imported for itself; and
the process has its own back afterwards, so that what it has made of their classes stays theirs.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import regular_file
from parallel_stage.contract.function import FunctionRef, import_path, locate
from parallel_stage.errors import PlanRefusedError
from parallel_stage.pysource.closure import digest_of, first_party_roots
from parallel_stage.run.worker.importing import RESTART, ProjectFinder, compiled_of, keep_compiled
from parallel_stage.run.worker.module_table import Taken, elsewhere, first_party, names_used_by, namespaces, take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from parallel_stage.pysource.closure import Code

_MOST_PROJECTS = 8


class _Loaded(NamedTuple):
    """The file that a module was loaded from, and its digest then."""

    path: str
    digest: str


class Project:
    """The modules that the functions of one project have loaded in this process.

    Args:
        places: Where its modules are searched, before `sys.path`.
        roots: The directories below which modules are its own.
    """

    def __init__(self, places: tuple[str, ...], roots: tuple[str, ...]) -> None:
        self._places = places
        self._roots = roots
        self._loaded: dict[str, _Loaded] = {}
        self._scripts: dict[str, str] = {}
        self._codes: dict[str, Code] = {}
        self._expected: dict[str, str] = {}
        self._added: list[str] = []
        self._away = Taken({}, [])
        self._aside: list[Taken] = []
        self._known: dict[str, ModuleType] = {}
        """The modules that are none of this project's, as they were when it was here last."""

    def has(self, name: str) -> bool:
        """Whether a module was loaded for this project."""
        return name in self._loaded

    def has_loaded(self, function: str, digest: str) -> bool:
        """Whether what is loaded is the code of a function, with this digest."""
        return bool(digest) and function in self._codes and self._codes[function].digest == digest

    def script(self, path: str) -> str:
        """Return the name for a module that the contract names by its path."""
        stem = os.path.splitext(os.path.basename(path))[0].replace(".", "_")
        name = f"parallel_stage_{digest_of(os.path.realpath(path).encode())}_{stem}"
        self._scripts[name] = path
        return name

    def renew(self, function: str, code: Code) -> None:
        """Forget all modules where one is not what the disk has now, and load only this code from here on.

        Raises:
            PlanRefusedError: Where a compiled module would go on with what is forgotten.
        """
        current = all(self._is_current(name, loaded, code) for name, loaded in self._loaded.items())
        if not current or self._codes.get(function, code) != code:
            self._forget()
        self._codes[function] = code
        self._expected.update((path, code.modules[name]) for name, path in code.files.items())
        self._aside.append(take(elsewhere(dict(sys.modules), code.modules, self._roots)))
        self._known = {name: module for name, module in sys.modules.copy().items() if not self.has(name)}

    def extend_search(self) -> None:
        """Search where the modules have added directories to `sys.path` when they were loaded."""
        sys.path[:0] = (each for each in self._added if each not in sys.path)

    def _is_current(self, name: str, loaded: _Loaded, code: Code) -> bool:
        path = (
            self._scripts.get(name)
            or code.files.get(name)
            or locate(FunctionRef(name, ""), (*self._added, *self._places))
        )
        if path is None or os.path.abspath(path) != loaded.path:
            return False
        try:
            return digest_of(regular_file.read(path)) == loaded.digest
        except OSError:
            return False

    def _forget(self) -> None:
        for name, loaded in self._loaded.items():
            module = compiled_of(name, loaded.path)
            used = names_used_by(module) & self._loaded.keys() - {name} if module else set()
            if used:
                message = f"the code has changed, and the compiled module {name} would go on with its old {min(used)}"
                raise PlanRefusedError(message, RESTART)
        take([*self._loaded, *namespaces(self._loaded, ())])
        self._loaded.clear()
        self._codes.clear()
        self._expected.clear()
        self._added.clear()
        importlib.invalidate_caches()

    def _note(self, name: str, path: str, digest: str) -> None:
        """Remember what a module is loaded from; raise PlanRefusedError for other code than was compared."""
        path = os.path.abspath(path)
        if self._expected.get(path, digest) != digest:
            raise PlanRefusedError(f"code changed: {path} was edited while the stage ran", "run the stage again")
        self._loaded[name] = _Loaded(path, digest)

    def _of_the_process(self) -> list[str]:
        """Return the modules that this process has imported for itself, and a function would get for its own."""
        new = {name: module for name, module in sys.modules.copy().items() if self._known.get(name) is not module}
        names = [name for code in self._codes.values() for name in code.modules]
        return [*first_party(new, self._roots), *elsewhere(new, names, self._roots)]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have the project's modules in `sys.modules`, and its places on `sys.path`, during a `with` block."""
        search, aside = sys.path, self._aside
        finder = ProjectFinder(self._roots, self._scripts, self._note)
        others = take([*self._of_the_process(), *self._away.modules])
        self._known = before = dict(sys.modules)
        self._aside = [others]
        try:
            keep_compiled(others.modules)
            self._away.put_back()
            # New lists: another thread may be going through the old ones.
            sys.path = [*self._places, *search]
            sys.meta_path = finder.path()
            yield
        finally:
            self._added = [each for each in sys.path if each not in self._places and each not in search]
            sys.path = search
            sys.meta_path = [each for each in sys.meta_path if each is not finder]
            self._away = take([*self._loaded, *namespaces(self._loaded, before)])
            for taken in reversed(self._aside):
                taken.put_back()
            self._aside = aside


_projects: OrderedDict[tuple[tuple[str, ...], tuple[str, ...]], Project] = OrderedDict()
_active: list[Project] = []


@contextmanager
def project_of(ref: FunctionRef, search: tuple[str, ...]) -> Iterator[None]:
    """Make the modules of a function's project those of this process during a `with` block.

    What was loaded for the same project before is there again; of the projects, the latest few are kept.
    """
    key = import_path(ref, search), first_party_roots(ref, search)
    project = _projects.setdefault(key, Project(*key))
    _projects.move_to_end(key)
    while len(_projects) > _MOST_PROJECTS:
        _projects.popitem(last=False)
    _active.append(project)
    try:
        with project.entered():
            yield
    finally:
        _active.pop()


def active() -> Project:
    """Return the project whose modules this process has now, in the innermost `with` block of `project_of`."""
    return _active[-1]

"""A module as a syntax tree, with the bindings of its top level."""

from __future__ import annotations

import ast
import os
import warnings
from functools import lru_cache

from parallel_stage.contract import regular_file
from parallel_stage.contract.function import Unreadable, Unresolved
from parallel_stage.light_typing import NamedTuple
from parallel_stage.pysource.bindings import Bindings, bindings

_LARGEST = 4 << 20
KEPT = 64
"""The number of modules, and of facts about definitions, that are cached."""
_REBINDING = (
    *(b":=", b"global", b"exec", b"modules", b"locals", b"vars", b"__dict__", b"setattr"),
    *(b"__code__", b"__defaults__", b"__kwdefaults__"),
)
"""What the text of a module has somewhere if it gives a function another meaning while it runs."""


class Module(NamedTuple):
    """A module that was found and parsed.

    Attributes:
        path: Its file.
        name: Its dotted name; empty where it is named by its path, and has no package.
        roots: Where the modules that it imports are searched, before `sys.path`.
        tree: Its syntax tree.
        bindings: The bindings that each name of its top level may have in the end.
        dynamic: Whether its text has a word that may give a name another meaning while it runs.
    """

    path: str
    name: str
    roots: tuple[str, ...]
    tree: ast.Module
    bindings: Bindings
    dynamic: bool = True

    def __hash__(self) -> int:
        # Facts about a definition are cached by it; a changed file has another tree.
        return id(self.tree)

    def absolute(self, module: str | None, level: int) -> str:
        """Return the dotted name of `from ..module import` here; empty where there is no such package."""
        if not level:
            return module or ""
        steps = self.name.split(".") if self.name else []
        drop = level - (os.path.basename(self.path) == "__init__.py")
        if drop >= len(steps):
            return ""
        return ".".join([*steps[: len(steps) - drop], *([module] if module else [])])


def read(path: str, name: str, roots: tuple[str, ...]) -> Module | Unreadable | Unresolved:
    """Parse a module's file; again only where the file has changed."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        return Unresolved(f"{path} cannot be read: {error}")
    if not path.endswith(".py") or found.st_size > _LARGEST:
        return Unresolved(f"{path} is not Python source")
    parsed = _parsed(path, found.st_mtime_ns, found.st_size)
    return parsed if isinstance(parsed, (Unreadable, Unresolved)) else Module(path, name, roots, *parsed)


@lru_cache(maxsize=KEPT)
def _parsed(path: str, _modified: int, _size: int) -> tuple[ast.Module, Bindings, bool] | Unreadable | Unresolved:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = regular_file.read(path, _LARGEST)
            tree = ast.parse(text, path)
            return tree, bindings(tree.body), any(word in text for word in _REBINDING)
    except SyntaxError as error:
        return Unreadable(path, error.lineno or 0, error.msg)
    except ValueError as error:  # a null byte
        return Unreadable(path, 0, str(error))
    # What is too deep for a syntax tree may be good enough for an import.
    except (OSError, RecursionError, MemoryError) as error:
        return Unresolved(f"{path} cannot be parsed: {error}")

"""Function references in a contract: their completion and their definition; nothing is imported."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import function
from parallel_stage.editor import entries, fields
from parallel_stage.pysource import module as source
from parallel_stage.pysource.definition import Found, NotCallable, Undefined
from parallel_stage.pysource.names import shown
from parallel_stage.pysource.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.editor.open_document import OpenDocument


def continuations(written: str, roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the continuations of a reference, each with its kind.

    Before its colon, a continuation is one more step of the module or path, with the `.`, `/` or `:` after
    it.

    Args:
        written: The beginning of the reference.
        roots: Where functions are searched; paths start at the first of them.
    """
    if ":" in written:
        return _functions(function.parse(written), roots)
    if "/" in written:
        return _files(written.rpartition("/")[0], roots[0])
    return _modules(written.rpartition(".")[0], roots)


def _functions(ref: function.FunctionRef, roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    path = function.locate(ref, roots)
    found = source.read(path, "" if ref.is_path else ref.module, roots) if path else None
    if not isinstance(found, source.Module):
        return
    for name, bindings in found.bindings.items():
        node = bindings[-1].node
        if isinstance(node, ast.FunctionDef):
            yield f"{ref.module}:{name}", f"def {name}({shown(node.args, '...')})"


def _files(directory: str, root: str) -> Iterator[tuple[str, str]]:
    for entry in _entries(os.path.join(root, directory)):
        if entry.is_dir():
            yield f"{directory}/{entry.name}/", "directory"
        elif entry.name.endswith(".py"):
            yield f"{directory}/{entry.name}:", "file"


def _modules(package: str, roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    steps, prefix = package.split(".") if package else [], f"{package}." if package else ""
    found = {
        f"{prefix}{name}": word
        for root in reversed(roots)  # the first root wins
        for entry in _entries(os.path.join(root, *steps))
        for name, word in _module(entry)
        if name[:-1].isidentifier()
    }
    yield from sorted(found.items())


def _module(entry: os.DirEntry[str]) -> Iterator[tuple[str, str]]:
    """Yield an entry of a directory as a module or package, or both."""
    if entry.is_dir():
        inside = {inner.name for inner in _entries(entry.path)}
        if any(name.endswith(".py") for name in inside):
            yield f"{entry.name}.", "package"
        if "__init__.py" in inside:
            yield f"{entry.name}:", "package"
    elif entry.name.endswith(".py") and entry.name != "__init__.py":
        yield f"{entry.name.removesuffix('.py')}:", "module"


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except (OSError, ValueError):
        return []


class Target(NamedTuple):
    """A line of a file, from 1."""

    path: str
    line: int


def definition(opened: OpenDocument, offset: int) -> Target | None:
    """Return where the function at an offset is defined.

    The module's first line where it has no such function.
    """
    route = entries.route_at(opened, offset)
    if len(route) != 1 or route[0] not in fields.FUNCTIONS:
        return None
    named = [opened.text[slice(*each.place.value)] for each in entries.entries(opened) if each.route == route]
    ref = function.parse(named[0].strip("\"'")) if named else function.FunctionRef("", "")
    roots = function.search_roots(opened.directory, opened.search())
    path = function.locate(ref, roots) if ref.module else None
    return _defined(ref, path, roots) if path else None


def _defined(ref: function.FunctionRef, path: str, roots: tuple[str, ...]) -> Target:
    found = resolve(ref, path, roots)
    if isinstance(found, Found):
        return Target(found.module.path, found.node.lineno)
    if isinstance(found, NotCallable):
        return Target(found.path, found.line)
    return Target(found.module.path if isinstance(found, Undefined) else path, 1)

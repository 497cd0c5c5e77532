"""Resolve the functions that a contract names, once for all rules and contracts of a command."""

from __future__ import annotations

import os
import sys

from parallel_stage.contract import regular_file
from parallel_stage.contract.function import NotFound, Unreadable, Unresolved, locate, parse
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.definition import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from parallel_stage.contract.function import FunctionRef
    from parallel_stage.lint.rule import Resolutions, Subject
    from parallel_stage.pysource.definition import NotCallable, Resolution, Undefined

_STUBS = (".pyi", ".pyx", "/__init__.pyi", "/__init__.pyx")
_COMPILED = (".so", ".pyd")
_MAKING_MODULES = (b"sys.modules", b"__path__", b"meta_path")


_MOST_REMEMBERED = 1_000
"""The most resolutions and findings that are kept; a resolution holds at most the syntax tree of a module."""


def remembered(known: Resolutions, reference: tuple[Any, ...], find: Callable[[], Any]) -> Any:
    """Return what `find` returns, found once for all that have the same reference."""
    if reference not in known:
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        known[reference] = find()
    return known[reference]


def resolution(subject: Subject, key: str) -> Resolution:
    """Return what the function reference under a key of the contract names."""
    if key not in subject.cache:
        subject.cache[key] = _shared_resolution(subject, subject.fields[key])
    resolved: Resolution = subject.cache[key]
    return resolved


def _shared_resolution(subject: Subject, text: str) -> Resolution:
    reference = text, subject.directory, os.path.dirname(subject.path), subject.search
    resolved: Resolution = remembered(subject.resolutions, reference, lambda: _resolve(text, subject.roots))
    return resolved


def _resolve(text: str, roots: tuple[str, ...]) -> Resolution:
    ref = parse(text)
    if not ref.is_path and ref.module.partition(".")[0] in sys.builtin_module_names:
        return Unresolved(f"{ref.module} is built into Python")
    path = locate(ref, roots)
    if path is None:
        return _absent(ref, roots)
    from parallel_stage.pysource.resolve import resolve

    return resolve(ref, path, roots)


def _absent(ref: FunctionRef, roots: tuple[str, ...]) -> NotFound | Unresolved:
    """Return why no source was found: no module, or one that is built in, compiled or made by its package."""
    if not ref.is_path:
        if ref.module.partition(".")[0] in sys.stdlib_module_names:
            return Unresolved(f"{ref.module} is part of Python")
        if any(_is_compiled(os.path.join(root, *ref.module.split("."))) for root in roots):
            return Unresolved(f"{ref.module} is compiled")
        if _is_made_by_package(ref, roots):
            return Unresolved(f"{ref.module} may be made while its package is imported")
    return NotFound(roots)


def _is_compiled(stem: str) -> bool:
    """Whether there is a compiled module, for whichever Python, or what one is described by."""
    if any(os.path.isfile(stem + end) for end in _STUBS):
        return True
    directory, name = os.path.split(stem)
    try:
        beside = os.listdir(directory)
    except (OSError, ValueError):
        return False
    return any(each.startswith(f"{name}.") and each.endswith(_COMPILED) for each in beside)


def _is_made_by_package(ref: FunctionRef, roots: tuple[str, ...]) -> bool:
    """Whether a package above a module may put it into `sys.modules`, or search it elsewhere."""
    package = ref.module.rpartition(".")[0]
    while package:
        path = locate(ref._replace(module=package), roots)
        if path is not None:
            return any(word in _content(path) for word in _MAKING_MODULES)
        package = package.rpartition(".")[0]
    return False


def _content(path: str) -> bytes:
    try:
        return regular_file.read(path)
    except OSError:
        return b""


def relative_path(subject: Subject, path: str) -> str:
    """Return a path relative to the contract."""
    try:
        return os.path.relpath(path, subject.directory).replace(os.sep, "/")
    except ValueError:  # another drive of Windows
        return path


def references(subject: Subject) -> list[tuple[str, str]]:
    """Return the functions that a run loads: key and reference."""
    keys = ["function"]
    if subject.fields["reducer"] == "custom" and "reducer_function" in subject.fields:
        keys.append("reducer_function")
    return [(key, subject.fields[key]) for key in keys]


def resolved_references(subject: Subject) -> Iterator[tuple[str, str, Found | Undefined | NotCallable]]:
    """Yield the resolutions of the references whose modules are found and can be read."""
    for key, text in references(subject):
        resolved = resolution(subject, key)
        if not isinstance(resolved, (NotFound, Unreadable, Unresolved)):
            yield key, text, resolved


def definition_of(subject: Subject, key: str = "function") -> Found | None:
    """Return the definition of a contract's function.

    None where it cannot be resolved, or is not a function.
    """
    resolved = resolution(subject, key)
    return resolved if isinstance(resolved, Found) else None


def definitions(subject: Subject) -> Iterator[tuple[str, Found]]:
    """Yield the definitions of the functions that a run loads, where they can be resolved."""
    for key, _ in references(subject):
        definition = definition_of(subject, key)
        if definition is not None:
            yield key, definition


def where(subject: Subject, definition: Found, line: int = 0) -> str:
    """Return a function with its place, or a line of its module: `process_file (process.py:3)`."""
    place = f"{relative_path(subject, definition.module.path)}:{line or definition.node.lineno}"
    return place if line else f"{definition.name} ({place})"

"""What rules ask of a contract's function: found and resolved once a check, however many rules ask."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parallel_stage.contract.function import NotFound, Unresolved, locate, parse, search_roots

if TYPE_CHECKING:
    from parallel_stage.contract.function import FunctionRef
    from parallel_stage.lint.rule import Subject
    from parallel_stage.pysource.definition import Resolution

_STUBS = (".pyi", ".pyx", "/__init__.pyi", "/__init__.pyx")


def resolution(subject: Subject, key: str) -> Resolution:
    """What the function reference under a key of the contract names."""
    text: str = subject.fields[key]
    if text not in subject.seen:
        subject.seen[text] = _look(text, subject.directory, subject.search)
    resolved: Resolution = subject.seen[text]
    return resolved


def cache_resolutions() -> None:
    """Look at each module once for the rest of this process, which must not outlive the command it works for."""
    _look.seen = {}


class _Look:
    """Looks for a function; what it has seen counts for later checks only where `cache_resolutions` was called."""

    seen: dict[tuple[str, str, tuple[str, ...]], Resolution] | None = None

    def __call__(self, text: str, directory: str, search: tuple[str, ...]) -> Resolution:
        if self.seen is None:
            return _looked_up(text, directory, search)
        key = text, directory, search
        if key not in self.seen:
            self.seen[key] = _looked_up(*key)
        return self.seen[key]


_look = _Look()


def _looked_up(text: str, directory: str, search: tuple[str, ...]) -> Resolution:
    ref, roots = parse(text), search_roots(directory, search)
    path = locate(ref, roots)
    if path is None:
        return _absent(ref, roots)
    from parallel_stage.pysource.resolve import resolve

    return resolve(ref, path, roots)


def _absent(ref: FunctionRef, roots: tuple[str, ...]) -> NotFound | Unresolved:
    """Nothing was found: for good, or because it is built in or has a stub only."""
    if not ref.is_path:
        if ref.module.partition(".")[0] in sys.stdlib_module_names:
            return Unresolved(f"{ref.module} is part of Python")
        stem = ref.module.replace(".", os.sep)
        if any(os.path.isfile(os.path.join(root, stem + end)) for root in roots for end in _STUBS):
            return Unresolved(f"{ref.module} is compiled")
    return NotFound(roots)


def relative_path(subject: Subject, path: str) -> str:
    """A path as seen from the contract."""
    try:
        return os.path.relpath(path, subject.directory).replace(os.sep, "/")
    except ValueError:  # another drive of Windows
        return path

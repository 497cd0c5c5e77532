"""What is said of the public names of installed packages, compared with what they are once imported.

Run as a script with the names of packages: it prints how many names were compared, how many were judged, and
every disagreement.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import os
import pkgutil
import sys
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import NotFound, Unreadable
from parallel_stage.lint.rule import Subject
from parallel_stage.lint.rules.function_lookup import resolution
from parallel_stage.pysource import dynamics
from parallel_stage.pysource import module as source
from parallel_stage.pysource.definition import Found, NotCallable, Undefined
from parallel_stage.pysource.effects import is_async
from parallel_stage.pysource.signature import accepts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from parallel_stage.pysource.definition import Resolution

_APART = ("__main__", "conftest", "tests", "testing")
"""Modules that do work when they are imported, or that are no part of what a package is for."""


def modules(package: str) -> Iterator[ModuleType]:
    """Import a package and what is in it, as far as that is possible here."""
    names = [package]
    for name in names:  # the list grows
        try:
            module = importlib.import_module(name)
        except BaseException:  # noqa: BLE001, S112 -- a module for another system may raise anything, also SystemExit
            continue
        yield module
        inner = pkgutil.iter_modules(vars(module).get("__path__", []), f"{name}.")
        names += [each.name for each in inner if not each.name.rpartition(".")[2].startswith(_APART)]


def disagreements(module: ModuleType, judged: list[str]) -> Iterator[str]:
    """Yield what is said of a module's public names and is not so; adds the names that are judged."""
    for name, value in list(vars(module).items()):
        if name.startswith("_") or not name.isidentifier():
            continue
        fields = {"function": f"{module.__name__}:{name}"}
        resolved: Resolution = resolution(Subject(fields, "", os.devnull, (), False, {}, {}), "function")
        if isinstance(resolved, (Found, NotCallable, Undefined)):
            judged.append(fields["function"])
        wrong = _wrong(resolved, value)
        if wrong:
            yield f"{fields['function']}: {wrong}"


def _wrong(resolved: Resolution, value: Any) -> str:
    """Return what is wrong about a resolution; empty where nothing is."""
    if isinstance(resolved, (Undefined, NotFound, Unreadable)):
        return f"is {type(resolved).__name__}, but there"
    if isinstance(resolved, NotCallable):
        return f"can be called, though {resolved.what}" if callable(value) else ""
    if not isinstance(resolved, Found):
        return ""
    if not callable(value):
        return "cannot be called"
    return "" if resolved.wrapped else _wrong_call(resolved, value)


def _wrong_call(found: Found, value: Any) -> str:
    awaited = inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value)
    if is_async(found) is not awaited:
        return "is async" if awaited else "is not async"
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # it has none, as many that are compiled
        return ""
    try:
        signature.bind(None)
    except TypeError:
        return "does not take one argument" if accepts(found, 1) else ""
    return "" if accepts(found, 1) else "takes one argument"


def main(packages: list[str]) -> None:
    """Print how many names were compared and judged, and the disagreements, as JSON."""
    for owner, name in ((source, "_parsed"), (dynamics, "dynamics")):  # a command never sees so many modules
        setattr(owner, name, lru_cache(maxsize=None)(getattr(owner, name).__wrapped__))
    judged: list[str] = []
    found: list[str] = []
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for package in packages:
            for module in modules(package):
                found += disagreements(module, judged)
    print(json.dumps({"judged": len(judged), "disagreements": found}))
    sys.stdout.flush()
    os._exit(0)  # without what imported packages do at the end


if __name__ == "__main__":
    main(sys.argv[1:])

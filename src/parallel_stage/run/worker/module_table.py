"""Take modules out of `sys.modules`, and put them back."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.pysource.first_party import is_first_party, is_installed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_KEPT = ("__main__", "__mp_main__", "parallel_stage")


class Taken(NamedTuple):
    """Modules that were taken out of `sys.modules`, and out of the packages that have stayed there."""

    modules: dict[str, ModuleType]
    attributes: list[tuple[ModuleType, str, ModuleType]]

    def put_back(self) -> None:
        """Put them back, in place of others with the same names."""
        sys.modules.update(self.modules)
        for package, name, module in self.attributes:
            setattr(package, name, module)


def take(names: Iterable[str]) -> Taken:
    """Take out the modules of these names, as far as they are there."""
    found = ((name, sys.modules.pop(name, None)) for name in names)
    modules = {name: module for name, module in found if module is not None}
    attributes = []
    for name, module in modules.items():
        package, _, last = name.rpartition(".")
        holder = sys.modules.get(package)
        # `from package import module` would find it there.
        if holder is not None and _values(holder).get(last) is module:
            delattr(holder, last)
            attributes.append((holder, last, module))
    return Taken(modules, attributes)


def first_party(modules: Mapping[str, Any], roots: tuple[str, ...]) -> list[str]:
    """Return the names of those modules that come from below these roots and are not installed."""
    return [name for name, module in modules.items() if not _is_kept(name) and _comes_from(module, roots)]


def elsewhere(modules: Mapping[str, Any], names: Iterable[str], roots: tuple[str, ...]) -> list[str]:
    """Return the names of those modules, in packages of these names, that are neither first-party nor installed."""
    wanted = {name.partition(".")[0] for name in names}
    near = [(name, module) for name, module in modules.items() if name.partition(".")[0] in wanted]
    return [name for name, module in near if not _is_kept(name) and _is_elsewhere(module, roots)]


def namespaces(modules: Collection[str], before: Collection[str]) -> list[str]:
    """Return the namespace packages above modules that hold nothing else, and were not there before."""
    above = {name[:at] for name in modules for at, letter in enumerate(name) if letter == "."} - set(before)
    found = {name for name in above if name in sys.modules and file_of(sys.modules[name]) is None}
    if not found:
        return []
    others = [name for name in list(sys.modules) if name not in found and name not in modules]
    return [name for name in found if not any(other.startswith(f"{name}.") for other in others)]


def file_of(module: Any) -> str | None:
    """Return the absolute path of a module's file; None where it has none."""
    file = _values(module).get("__file__")
    return file if isinstance(file, str) and os.path.isabs(file) else None


def names_used_by(module: ModuleType) -> set[str]:
    """Return the names of the modules that a module refers to, or to whose functions and classes."""
    values = list(_values(module).values())
    names = (_values(value).get("__name__") or _values_module(value) for value in values)
    return {name for name in names if isinstance(name, str)}


def _values_module(value: object) -> object:
    try:
        return getattr(value, "__module__", None)
    except Exception:  # noqa: BLE001  an object of the user may raise anything
        return None


def _is_kept(name: str) -> bool:
    return name.partition(".")[0] in _KEPT


def _comes_from(module: Any, roots: tuple[str, ...]) -> bool:
    places = _places(module)
    return bool(places) and all(is_first_party(place, roots) for place in places)


def _is_elsewhere(module: Any, roots: tuple[str, ...]) -> bool:
    places = _places(module)
    return bool(places) and not any(map(is_installed, places)) and not _comes_from(module, roots)


def _places(module: Any) -> list[str]:
    """Return the directory of a module's file, or those of a namespace package; empty where it has neither."""
    file = file_of(module)
    if file is not None:
        return [os.path.dirname(file)]
    return [place for place in _values(module).get("__path__") or () if isinstance(place, str)]


def _values(module: Any) -> dict[str, Any]:
    """Return what a module defines, without the hooks of one that loads itself when it is used."""
    # Not isinstance: an object in `sys.modules` may only say that it is a module, as those of cffi do.
    if not issubclass(type(module), ModuleType):
        return {}
    values: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return values

"""Classes: what calling one calls, and the functions of its body."""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.contract.function import Unresolved
from parallel_stage.light_typing import NamedTuple
from parallel_stage.pysource import decorators
from parallel_stage.pysource.bindings import Bindings, bindings, candidates
from parallel_stage.pysource.definition import Found, NotCallable, Resolution, Undefined
from parallel_stage.pysource.dynamics import may_set
from parallel_stage.pysource.module import KEPT, Module
from parallel_stage.pysource.names import bound_to, qualified

_DEEPEST = 10
_CREATING = ("__new__", "__init_subclass__", "__class_getitem__", "__signature__")
_PLAIN_BASES = frozenset(("abc.ABC", "typing.Generic", "builtins.object"))
_PLAIN_METACLASSES = frozenset(("abc.ABCMeta", "builtins.type"))


class Class(NamedTuple):
    """A class, and the module of its definition."""

    node: ast.ClassDef
    module: Module

    def defines(self, name: str) -> bool:
        """Whether its body binds a name."""
        return name in body(self.node)


class Instance(NamedTuple):
    """What a call of a class makes."""

    of: Class


@lru_cache(maxsize=KEPT)
def body(node: ast.ClassDef) -> Bindings:
    """Return the bindings of a class's body."""
    return bindings(node.body)


def constructor(found: Class) -> Resolution:
    """Return what a call of a class calls: its `__init__`."""
    name, lineage = found.node.name, _lineage(found)
    if not lineage:
        return Unresolved(f"{name} is made in a way of its own")
    owner = next((each for each in lineage if each.defines("__init__")), None)
    if owner is None:
        bare = all(_is_bare(each) for each in lineage)
        none = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        return Found(found.node, found.module, none) if bare else Unresolved(f"{name}.__init__ is inherited")
    made = method(owner, "__init__", through_instance=True)
    return made._replace(node=found.node) if isinstance(made, Found) else Unresolved("an __init__ that is no function")


def called_instance(of: Class) -> Resolution:
    """Return what a call of an instance calls: the `__call__` of its class."""
    if not _lineage(of):
        return Unresolved(f"{of.node.name} is made in a way of its own")
    found = method(of, "__call__", through_instance=True)
    if isinstance(found, Undefined):
        what = f"an instance of {of.node.name}, which has no __call__"
        return NotCallable(what, of.module.path, of.node.lineno)
    return found


def method(owner: Class, name: str, *, through_instance: bool) -> Found | Undefined | Unresolved:
    """Return a function of a class's body; Undefined only where the class inherits nothing."""
    node, own = owner.node, body(owner.node)
    if node.decorator_list or may_set(owner.module, name) or not _has_plain_metaclass(owner):
        return Unresolved(f"{node.name}.{name} may be set while {owner.module.path} runs")
    found = candidates(own, name)
    if not found and _is_bare(owner) and "__getattr__" not in own:
        return Undefined(name, owner.module, own)
    function = found[0].node if len(found) == 1 else None
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Unresolved(f"{node.name}.{name} is inherited or computed")
    kinds = {qualified(owner.module, decorator) for decorator in function.decorator_list}
    bound = (through_instance or "builtins.classmethod" in kinds) and "builtins.staticmethod" not in kinds
    wrapped = not decorators.transparent(owner.module, function)
    return Found(function, owner.module, function.args, implicit=int(bound), wrapped=wrapped)


def _lineage(found: Class) -> list[Class]:
    """Return a class with its bases; empty where one is unknown, or makes instances in its own way."""
    lineage, known = [found], {id(found.node)}
    for each in lineage:  # the list grows
        if not _is_plain(each) or len(lineage) > _DEEPEST:
            return []
        bases = [bound_to(each.module, base) for base in each.node.bases if not _is_known_base(each.module, base)]
        classes = [Class(base, each.module) for base in bases if isinstance(base, ast.ClassDef)]
        if len(classes) < len(bases) or any(id(base.node) in known for base in classes) or len(each.node.bases) > 1:
            return []
        known.update(id(base.node) for base in classes)
        lineage += classes
    return lineage


def _is_plain(found: Class) -> bool:
    created = any(found.defines(name) for name in _CREATING)
    set_later = any(may_set(found.module, name) for name in ("__init__", "__call__", *_CREATING))
    return not (created or set_later or found.node.decorator_list) and _has_plain_metaclass(found)


def _has_plain_metaclass(found: Class) -> bool:
    return all(
        keyword.arg == "metaclass" and qualified(found.module, keyword.value) in _PLAIN_METACLASSES
        for keyword in found.node.keywords
    )


def _is_bare(found: Class) -> bool:
    """Whether a class inherits nothing but what `object` has."""
    return not found.node.bases or all(_base(found.module, base) in _PLAIN_BASES for base in found.node.bases)


def _is_known_base(module: Module, base: ast.expr) -> bool:
    name = _base(module, base)
    return name in _PLAIN_BASES or name.startswith("builtins.")


def _base(module: Module, base: ast.expr) -> str:
    return qualified(module, base.value if isinstance(base, ast.Subscript) else base)

"""What a module may do to names besides what its top level says: by `global`, `setattr`, `exec`."""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.light_typing import NamedTuple
from parallel_stage.pysource.module import KEPT, Module

_DYNAMIC = frozenset(
    (
        *("globals", "locals", "vars", "exec", "eval", "setattr", "delattr"),
        *("__getattr__", "__dict__", "__class__", "modules", "f_globals", "f_locals", "_convert_"),
    )
)
"""Names that mean, where a module uses them, that it may define more than its text shows."""
_NAMESPACES = frozenset(("globals", "locals", "vars"))
_READING = frozenset(("get", "items", "keys", "values", "copy"))
_CODE = frozenset(("__code__", "__defaults__", "__kwdefaults__"))
"""Attributes by which a function gets other parameters."""


class Dynamics(NamedTuple):
    """What a module may do while it runs, as far as its text tells.

    Attributes:
        anything: Whether it may define or delete any name or attribute.
        rebinds: Whether it may give a function of its top level another meaning.
        modules: Whether it reaches for `sys.modules`.
        names: The names that functions bind with `global`, and those that expressions bind.
        attributes: The attributes that are assigned, of whatever it is.
        exports: How often `__all__` is mentioned, as a name and as an attribute.
    """

    anything: bool
    rebinds: bool
    modules: bool
    names: frozenset[str]
    attributes: frozenset[str]
    exports: tuple[int, int]


def rebound(module: Module, name: str) -> bool:
    """Whether code that is not analysed may bind a name anew that the top level binds."""
    if not module.dynamic:
        return False
    facts = dynamics(module)
    return facts.rebinds or name in facts.names


def may_define(module: Module, name: str) -> bool:
    """Whether code that is not analysed (`__getattr__`, `exec`, a `global`) could define a name."""
    facts = dynamics(module)
    return facts.anything or name in facts.names or name in facts.attributes


def may_set(module: Module, attribute: str) -> bool:
    """Whether code that is not analysed could set an attribute of a class of the module."""
    facts = dynamics(module)
    return facts.anything or attribute in facts.attributes


def may_complete(module: Module, name: str) -> bool:
    """Whether a module could define a name of the module that imports it."""
    facts = dynamics(module)
    return facts.modules or name in facts.attributes


def mentions_exports(module: Module) -> tuple[int, int]:
    """Return how often a module mentions `__all__`: its own, and that of another module."""
    return dynamics(module).exports


@lru_cache(maxsize=KEPT)
def dynamics(module: Module) -> Dynamics:
    """Return what a module may do while it runs."""
    names: set[str] = set()
    attributes: set[str] = set()
    words: dict[object, int] = {}
    nodes = list(ast.walk(module.tree))
    read = {id(called) for node in nodes if (called := _read(node)) is not None}
    for node in nodes:
        word = getattr(node, "id", getattr(node, "attr", getattr(node, "name", None)))
        words[word] = words.get(word, 0) + 1
        if isinstance(node, ast.Global):
            names.update(node.names)
        elif isinstance(node, ast.NamedExpr):
            names.add(node.target.id if isinstance(node.target, ast.Name) else "")
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            attributes.add(node.attr)
    own = sum(isinstance(node, ast.Name) and node.id == "__all__" for node in nodes)
    return Dynamics(
        anything=not _DYNAMIC.isdisjoint(words),
        rebinds=not _CODE.isdisjoint(attributes) or any(id(node) not in read and _rebinds(node) for node in nodes),
        modules="modules" in words,
        names=frozenset(names),
        attributes=frozenset(attributes),
        exports=(own, words.get("__all__", 0) - own),
    )


def _read(node: ast.AST) -> ast.AST | None:
    """Return the call of `globals()` that is only looked into."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return node.value
    if isinstance(node, ast.Attribute) and node.attr in _READING:
        return node.value
    return node.comparators[0] if isinstance(node, ast.Compare) else None


def _rebinds(node: ast.AST) -> bool:
    """Whether a node changes a module's namespace, or hands it on."""
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Name):
            return _is_rebinding(called.id, node)
        return isinstance(called, ast.Attribute) and called.attr not in _READING and _is_namespace(called.value)
    if not isinstance(node, (ast.Subscript, ast.Attribute)) or isinstance(node.ctx, ast.Load):
        return False
    return _is_namespace(node.value) if isinstance(node, ast.Subscript) else _reaches_modules(node.value)


def _is_rebinding(called: str, call: ast.Call) -> bool:
    if called in ("setattr", "delattr"):
        return bool(call.args) and _reaches_modules(call.args[0])
    return called == "globals" or (called == "exec" and len(call.args) + len(call.keywords) == 1)


def _is_namespace(node: ast.expr) -> bool:
    """Whether an expression is the namespace of a module: `globals()`, `sys.modules`, `module.__dict__`."""
    if isinstance(node, ast.Call):
        return not node.args and isinstance(node.func, ast.Name) and node.func.id in _NAMESPACES
    return _is_modules(node) or (isinstance(node, ast.Attribute) and node.attr == "__dict__" and _reaches_modules(node))


def _reaches_modules(tree: ast.expr) -> bool:
    return any(_is_modules(node) for node in ast.walk(tree))


def _is_modules(node: ast.AST) -> bool:
    """Whether a node is `sys.modules`, however its names are imported."""
    if isinstance(node, ast.Attribute):
        return node.attr == "modules" and isinstance(node.value, ast.Name) and "sys" in node.value.id
    return isinstance(node, ast.Name) and node.id == "modules"

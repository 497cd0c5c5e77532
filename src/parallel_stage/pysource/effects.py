"""Effects of a function's body: whether it returns something, and which globals it changes."""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.decorators import own_nodes
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.module import KEPT
from parallel_stage.pysource.names import bound_to, qualified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.pysource.definition import Found
    from parallel_stage.pysource.module import Module

_MOST_CALLED = 50
_MUTATING = frozenset(("append", "extend", "insert", "add", "update", "remove", "discard", "clear", "appendleft"))
_CONTAINERS = frozenset(
    f"{module}.{name}"
    for module, names in (
        ("builtins", ("list", "dict", "set")),
        ("collections", ("defaultdict", "Counter", "deque", "OrderedDict")),
    )
    for name in names
)


def is_async(found: Found) -> bool:
    """Whether a call gives a coroutine or an asynchronous generator."""
    return isinstance(found.node, ast.AsyncFunctionDef) and not found.wrapped


@lru_cache(maxsize=KEPT)
def calls_something(found: Found) -> bool:
    """Whether a function calls anything; one that does not reads nothing."""
    return any(isinstance(node, ast.Call) for node in ast.walk(found.node))


@lru_cache(maxsize=KEPT)
def returns_nothing(found: Found) -> bool:
    """Whether a call always returns None; False for a function that never returns."""
    node = found.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or found.wrapped:
        return False
    last = node.body[-1]
    endless = isinstance(last, ast.While) and isinstance(last.test, ast.Constant)
    if isinstance(last, ast.Raise) or endless or _never_returns(found.module, node.returns):
        return False
    return not any(
        isinstance(inner, (ast.Yield, ast.YieldFrom)) or (isinstance(inner, ast.Return) and not _is_none(inner.value))
        for inner in own_nodes(node)
    )


def _never_returns(module: Module, annotation: ast.expr | None) -> bool:
    name = qualified(module, annotation) if annotation else ""
    return name.rpartition(".")[2] in ("NoReturn", "Never")


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def called_functions(found: Found) -> list[ast.AST]:
    """Return the function, the functions of its module that it calls by name, and so on."""
    functions: dict[ast.AST, None] = {} if isinstance(found.node, ast.ClassDef) else {found.node: None}
    waiting = list(functions)
    for function in waiting:  # the list grows
        for node in ast.walk(function):
            called = definition(found.module, node.func) if isinstance(node, ast.Call) else None
            if called is not None and called not in functions and len(functions) < _MOST_CALLED:
                functions[called] = None
                waiting.append(called)
    return waiting


def definition(module: Module, callee: ast.expr) -> ast.FunctionDef | None:
    """Return the function of the module's top level that a name stands for, if it is one."""
    node = bound_to(module, callee)
    return node if isinstance(node, ast.FunctionDef) else None


@lru_cache(maxsize=KEPT)
def global_writes(found: Found) -> list[Effect]:
    """Return where module globals are assigned or changed, in the order of the text.

    A cache does not count, which each worker may have for itself: a name that is also used in a condition,
    such as `if model is None` or `if key not in seen`.
    """
    places: set[Effect] = set()
    for function in called_functions(found):
        nodes = list(own_nodes(function))
        conditional = {name for node in nodes for name in _condition_names(node)}
        declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
        local = _locals(function, nodes) - declared
        for node in nodes:
            changed = _changed(node)
            name = changed.id if changed is not None else ""
            shared = name in declared or (changed is not node and changed is not None and _is_container(found, changed))
            if shared and name not in conditional and name not in local:
                places.add(Effect(name, node.lineno))  # type: ignore[attr-defined]  # only statements and calls get here
    return sorted(places, key=lambda place: place.line)


def _condition_names(node: ast.AST) -> Iterator[str]:
    """Yield the names in a condition, and those that are looked up in a `try`."""
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield from _names(node.test)
    elif isinstance(node, ast.Try):
        for statement in node.body:
            if isinstance(statement, (ast.Return, ast.Assign)) and statement.value:
                yield from _names(statement.value)


def _names(tree: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _locals(function: ast.AST, nodes: list[ast.AST]) -> set[str]:
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored.union(node.arg for node in ast.walk(getattr(function, "args", function)) if isinstance(node, ast.arg))


def _changed(node: ast.AST) -> ast.Name | None:
    """Return the name that a statement assigns, or that it or a method call changes."""
    changed: ast.AST | None = None
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        changed = node
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        changed = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATING:
        changed = node.func.value
    return changed if isinstance(changed, ast.Name) else None


def _is_container(found: Found, target: ast.expr) -> bool:
    """Whether a module's global is a list, dict or set from the start."""
    node = bound_to(found.module, target)
    if isinstance(node, ast.Call):
        return qualified(found.module, node.func) in _CONTAINERS
    return isinstance(node, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp))

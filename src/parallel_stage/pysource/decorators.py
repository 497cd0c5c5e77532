"""Transparent decorators: their result is called, and returns, like the function itself."""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.module import KEPT
from parallel_stage.pysource.names import bound_to, qualified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.pysource.module import Module

TRANSPARENT = frozenset(
    (
        "builtins.staticmethod",
        "builtins.classmethod",
        "functools.cache",
        "functools.lru_cache",
        "typing.final",
        "typing.no_type_check",
        "typing.override",
        "typing_extensions.final",
        "typing_extensions.override",
    )
)
"""Decorators whose result is called like the function, by their full names."""
_MOST = 20
"""The most decorators of a function, and functions that a decorator returns, that are looked at."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def transparent(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether all decorators of a function are transparent."""
    decorators = function.decorator_list
    return len(decorators) <= _MOST and all(_transparent(module, decorator) for decorator in decorators)


def _transparent(module: Module, decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if qualified(module, target) in TRANSPARENT:
        return True
    definition = bound_to(module, target)
    if not isinstance(definition, ast.FunctionDef) or definition.decorator_list:
        return False
    if not isinstance(decorator, ast.Call):
        return _is_decorator(module, definition)
    made = _returned_functions(definition)
    return bool(made) and all(_is_decorator(module, inner) for inner in made)


@lru_cache(maxsize=KEPT)
def _is_decorator(module: Module, outer: ast.FunctionDef) -> bool:
    """Whether a function returns only wrappers that pass everything on to its first parameter."""
    taken = [*outer.args.posonlyargs, *outer.args.args]
    wrappers = _returned_functions(outer)
    if not taken or not wrappers or _bound(outer, taken[0].arg):
        return False
    return all(_is_wraps(module, wrapper, taken[0].arg) and _passes_on(wrapper, taken[0].arg) for wrapper in wrappers)


def _returned_functions(outer: ast.FunctionDef) -> list[ast.FunctionDef]:
    """Return the inner functions that a function returns; none where it may return anything else."""
    returned = [node.value for node in own_nodes(outer) if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom))]
    names = {value.id if isinstance(value, ast.Name) else "" for value in returned}
    found = [node for node in outer.body if isinstance(node, ast.FunctionDef) and node.name in names]
    if len(names) > _MOST or len(found) != len(names):
        return []
    return found if all(_bound(outer, name) == 1 for name in names) else []


def _bound(function: ast.AST, name: str) -> int:
    """Return how often anything inside a function binds, deletes or declares a name, but for parameters."""
    return sum(_binds(node, name) for node in ast.walk(function) if node is not function)


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return name in node.names
    return name in (getattr(node, "asname", None) or getattr(node, "name", None), getattr(node, "rest", None))


def _is_wraps(module: Module, wrapper: ast.FunctionDef, function: str) -> bool:
    """Whether `functools.wraps` of the function is the only decorator of a wrapper."""
    decorator = wrapper.decorator_list[0] if len(wrapper.decorator_list) == 1 else None
    if not isinstance(decorator, ast.Call) or qualified(module, decorator.func) != "functools.wraps":
        return False
    return any(_is_name(argument, function) for argument in decorator.args)


def _passes_on(wrapper: ast.FunctionDef, function: str) -> bool:
    """Whether a wrapper takes any arguments, passes exactly these to the function, and returns its result."""
    taken = wrapper.args
    if taken.args or taken.posonlyargs or taken.kwonlyargs or taken.vararg is None or taken.kwarg is None:
        return False
    positional, named = taken.vararg.arg, taken.kwarg.arg
    if function in (positional, named) or any(_bound(wrapper, name) for name in (function, positional, named)):
        return False
    calls = [node for node in ast.walk(wrapper) if isinstance(node, ast.Call) and _is_name(node.func, function)]
    forwarded = all(_is_forwarded(call, positional, named) for call in calls)
    return bool(calls) and forwarded and _only_unpacked(wrapper, named) and _returns(wrapper, calls)


def _is_forwarded(call: ast.Call, positional: str, named: str) -> bool:
    """Whether a call has the arguments `*positional, **named` and no others."""
    if len(call.args) != 1 or len(call.keywords) != 1:
        return False
    given, keyword = call.args[0], call.keywords[0]
    star = isinstance(given, ast.Starred) and _is_name(given.value, positional)
    return star and keyword.arg is None and _is_name(keyword.value, named)


def _only_unpacked(wrapper: ast.FunctionDef, named: str) -> bool:
    """Whether keyword arguments are only unpacked or shown: whatever else gets the dict may change it."""
    uses = sum(_is_name(node, named) for node in ast.walk(wrapper))
    harmless = sum(
        (isinstance(node, ast.keyword) and node.arg is None and _is_name(node.value, named))
        or (isinstance(node, ast.FormattedValue) and _is_name(node.value, named))
        for node in ast.walk(wrapper)
    )
    return uses == harmless


def _returns(wrapper: ast.FunctionDef, calls: list[ast.Call]) -> bool:
    """Whether a wrapper returns nothing but what one of the calls returned, itself or by a name."""
    nodes = list(own_nodes(wrapper))
    if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in nodes):
        return False
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    made = {id(call) for call in calls}
    results = {value.id for value in returned if isinstance(value, ast.Name)}
    return (
        bool(returned)
        and len(results) <= _MOST
        and all(isinstance(value, ast.Name) or id(value) in made for value in returned)
        and all(_is_result(wrapper, name, made) for name in results)
    )


def _is_result(wrapper: ast.FunctionDef, name: str, made: set[int]) -> bool:
    """Whether a name is bound by nothing but assignments of the calls."""
    assigned = sum(
        isinstance(node, ast.Assign) and id(node.value) in made and any(_is_name(each, name) for each in node.targets)
        for node in own_nodes(wrapper)
    )
    return _bound(wrapper, name) == assigned > 0


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield every node of a function's body, without the functions and classes inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name

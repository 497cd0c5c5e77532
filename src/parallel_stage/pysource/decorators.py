"""Transparent decorators: their result is called, and returns, like the function itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from parallel_stage.pysource.module import candidates, qualified

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


def transparent(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether all decorators of a function are transparent."""
    return all(_transparent(module, decorator) for decorator in function.decorator_list)


def _transparent(module: Module, decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if qualified(module, target) in TRANSPARENT:
        return True
    bound = candidates(module.bindings, target.id) if isinstance(target, ast.Name) else []
    definition = bound[0].node if len(bound) == 1 else None
    return isinstance(definition, ast.FunctionDef) and any(
        _passes_on(inner, outer.args.args[0].arg)
        for outer, inner in _nested(definition)
        if outer.args.args and any(_is_wraps(module, d, outer.args.args[0].arg) for d in inner.decorator_list)
    )


def _nested(function: ast.FunctionDef) -> Iterator[tuple[ast.FunctionDef, ast.FunctionDef]]:
    for outer in ast.walk(function):
        if isinstance(outer, ast.FunctionDef):
            yield from ((outer, inner) for inner in outer.body if isinstance(inner, ast.FunctionDef))


def _is_wraps(module: Module, decorator: ast.expr, function: str) -> bool:
    if not isinstance(decorator, ast.Call) or qualified(module, decorator.func) != "functools.wraps":
        return False
    return any(isinstance(argument, ast.Name) and argument.id == function for argument in decorator.args)


def _passes_on(wrapper: ast.FunctionDef, function: str) -> bool:
    """Whether a wrapper takes any arguments, passes exactly these to the function, and returns its result."""
    taken = wrapper.args
    if taken.args or taken.posonlyargs or taken.kwonlyargs or not (taken.vararg and taken.kwarg):
        return False
    calls = [node for node in ast.walk(wrapper) if isinstance(node, ast.Call) and _is_name(node.func, function)]
    returned = [node.value for node in ast.walk(wrapper) if isinstance(node, ast.Return)]
    forwarded = all(
        len(call.args) == len(call.keywords) == 1 and isinstance(call.args[0], ast.Starred) and not call.keywords[0].arg
        for call in calls
    )
    return bool(calls) and forwarded and bool(returned) and all(v in calls or isinstance(v, ast.Name) for v in returned)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name

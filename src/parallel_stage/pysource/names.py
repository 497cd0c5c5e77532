"""What a name in a module's text stands for: its only binding, or a full dotted name."""

from __future__ import annotations

import ast
import builtins

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.bindings import STAR, sole
from parallel_stage.pysource.dynamics import rebound

if TYPE_CHECKING:
    from parallel_stage.pysource.module import Module


def bound_to(module: Module, expression: ast.AST | None) -> ast.AST | None:
    """Return what a name of the module's top level is bound to; None where that is not sure."""
    if not isinstance(expression, ast.Name):
        return None
    binding = sole(module.bindings, expression.id)
    return None if binding is None or rebound(module, expression.id) else binding.node


def qualified(module: Module, expression: ast.AST) -> str:
    """Return the full dotted name of an imported or built-in thing; empty for any other expression."""
    steps: list[str] = []
    while isinstance(expression, ast.Attribute):
        steps.append(expression.attr)
        expression = expression.value
    base = _full_name(module, expression.id) if isinstance(expression, ast.Name) else ""
    return ".".join([base, *reversed(steps)]) if base else ""


def _full_name(module: Module, name: str) -> str:
    for binding in module.bindings.get(name, ()):
        if binding.imported is not None and binding.imported.name != STAR:
            return target(module, binding.node, binding.imported)
    return "" if name in module.bindings or not hasattr(builtins, name) else f"builtins.{name}"


def target(module: Module, statement: ast.AST | None, alias: ast.alias) -> str:
    """Return the full name that an import statement binds to an alias; empty where its package is unknown."""
    if isinstance(statement, ast.ImportFrom):
        source = module.absolute(statement.module, statement.level)
        return f"{source}.{alias.name}" if source else ""
    return alias.name if alias.asname else alias.name.partition(".")[0]


def shown(node: ast.AST, otherwise: str) -> str:
    """Return the source of an expression; another text where it is nested too deeply."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return otherwise

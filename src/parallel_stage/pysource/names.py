"""What a name in a module stands for, spelled in full: `pd.read_csv` is `pandas.read_csv`."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from parallel_stage.pysource.module import candidates

if TYPE_CHECKING:
    from parallel_stage.pysource.module import Module


def qualified(module: Module, expression: ast.AST) -> str:
    """The full dotted name of an imported or built-in thing; empty where the expression is anything else."""
    if isinstance(expression, ast.Attribute):
        base = qualified(module, expression.value)
        return f"{base}.{expression.attr}" if base else ""
    if not isinstance(expression, ast.Name):
        return ""
    bound = candidates(module.bindings, expression.id)
    for binding in bound:
        if binding.imported is not None and binding.imported.name != "*":
            return target(module, binding.node, binding.imported)
    explicit = expression.id in module.bindings
    return "" if explicit or not hasattr(builtins, expression.id) else f"builtins.{expression.id}"


def target(module: Module, statement: ast.AST | None, alias: ast.alias) -> str:
    """The full name of what an import statement binds to an alias; empty where its package is not known."""
    if isinstance(statement, ast.ImportFrom):
        source = module.absolute(statement.module, statement.level)
        return f"{source}.{alias.name}" if source else ""
    return alias.name if alias.asname else alias.name.partition(".")[0]

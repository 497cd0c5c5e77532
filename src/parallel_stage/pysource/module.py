"""A module as a syntax tree: the bindings of its top level, and the full names behind them."""

# No postponed annotations: a NamedTuple would compile each string annotation at import.
import ast
import builtins
import os
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from parallel_stage.contract import regular_file
from parallel_stage.contract.function import Unresolved

_LARGEST = 4 << 20
KEPT = 64
"""The number of modules, and of facts about definitions, that are cached."""
_STAR = "*"
_BODIES = ("body", "handlers", "cases", "orelse", "finalbody")
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""Statements whose bodies do not run with them."""
_DYNAMIC = frozenset(("globals", "vars", "exec", "setattr", "__getattr__", "modules", "_convert_"))
"""Names that mean, where a module uses them, that it may define more than its text shows."""


class Binding(NamedTuple):
    """A statement that binds a name.

    Attributes:
        node: A `def`, a `class`, an import, or the expression that is assigned; None for anything else.
        imported: The name that is imported, of an import; else None.
        certain: Whether the statement is reached in every import of the module.
        order: Its place among the module's bindings.
    """

    node: ast.AST | None
    imported: ast.alias | None
    certain: bool
    order: int


Bindings = dict[str, list[Binding]]


class Module(NamedTuple):
    """A module that was found and parsed.

    Attributes:
        path: Its file.
        name: Its dotted name; empty where it is named by its path, and has no package.
        roots: Where the modules that it imports are searched, before `sys.path`.
        tree: Its syntax tree.
        bindings: The bindings of each name of its top level, in the order of the text.
    """

    path: str
    name: str
    roots: tuple[str, ...]
    tree: ast.Module
    bindings: Bindings

    def __hash__(self) -> int:
        # Facts about a definition are cached by it; a changed file has another tree.
        return id(self.tree)

    def absolute(self, module: str | None, level: int) -> str:
        """Return the dotted name of `from ..module import` here; empty where there is no such package."""
        if not level:
            return module or ""
        steps = self.name.split(".") if self.name else []
        drop = level - (os.path.basename(self.path) == "__init__.py")
        if drop >= len(steps):
            return ""
        return ".".join([*steps[: len(steps) - drop], *([module] if module else [])])

    def may_define(self, name: str) -> bool:
        """Whether code that is not analysed (`__getattr__`, `exec`, a `global`) could define a name."""
        return any(_may_define(node, name) for node in ast.walk(self.tree))


def read(path: str, name: str, roots: tuple[str, ...]) -> Module | Unresolved:
    """Parse a module's file; again only where the file has changed."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        return Unresolved(f"{path} cannot be read: {error}")
    if not path.endswith(".py") or found.st_size > _LARGEST:
        return Unresolved(f"{path} is not Python source")
    parsed = _parsed(path, found.st_mtime_ns, found.st_size)
    return parsed if isinstance(parsed, Unresolved) else Module(path, name, roots, *parsed)


@lru_cache(maxsize=KEPT)
def _parsed(path: str, _modified: int, _size: int) -> tuple[ast.Module, Bindings] | Unresolved:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(regular_file.read(path, _LARGEST), path)
            return tree, bindings(tree.body)
    # It may be for a newer Python than this one: a syntax error proves nothing.
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Unresolved(f"{path} cannot be parsed: {error}")


def bindings(statements: Iterable[ast.stmt]) -> Bindings:
    """Return the bindings of each name by statements of a module or a class."""
    found: Bindings = {}
    for order, (statement, certain) in enumerate(executed(statements)):
        for name, node, alias in _bound(statement):
            found.setdefault(name, []).append(Binding(node, alias, certain, order))
    return found


def candidates(names: Bindings, name: str) -> list[Binding]:
    """Return the bindings that a name may have in the end: the last certain one, and possible later ones."""
    bound = names.get(name, [])
    last = max((at for at, binding in enumerate(bound) if binding.certain), default=0)
    kept = bound[last:]
    since = kept[0].order if kept and kept[0].certain else -1
    return kept + [star for star in names.get(_STAR, ()) if star.order > since]


def executed(statements: Iterable[ast.stmt], *, certain: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield every statement that an import may run, also inside `if`, `try`, `with` and loops.

    The bodies of `if TYPE_CHECKING` and `if __name__ == "__main__"` do not run. Each statement comes with
    whether it always runs.
    """
    for statement in statements:
        yield statement, certain
        if isinstance(statement, ast.If):
            never = _never_imported(statement.test)
            if not never:
                yield from executed(statement.body, certain=False)
            yield from executed(statement.orelse, certain=certain and never)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from executed(statement.body, certain=certain)
        elif not isinstance(statement, SCOPES):
            for block in _blocks(statement):
                yield from executed(block, certain=False)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the bodies of a loop, a `try` or a `match`."""
    for field in _BODIES:
        inner = getattr(statement, field, ())
        if inner and isinstance(inner[0], ast.stmt):
            yield inner
        else:
            yield from (branch.body for branch in inner)


def _never_imported(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare):
        sides = [test.left, *test.comparators]
        return isinstance(test.ops[0], ast.Eq) and any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides)
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _bound(statement: ast.stmt) -> Iterator[tuple[str, ast.AST | None, ast.alias | None]]:
    if isinstance(statement, SCOPES):
        if not any(_ends(decorator) == "overload" for decorator in statement.decorator_list):
            yield statement.name, statement, None
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0], statement, alias
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if statement.value is not None:
            for target in targets:
                whole = isinstance(target, ast.Name)
                yield from ((name, statement.value if whole else None, None) for name in _stored(target))
    else:
        # Only the names that the head of a compound statement binds; its body is visited separately.
        heads = (value for field, value in ast.iter_fields(statement) if field not in _BODIES)
        yield from ((name, None, None) for head in heads for name in _stored(head))


def _stored(tree: object) -> Iterator[str]:
    """Yield the names that are assigned, looped over or deleted in a part of a statement."""
    for part in tree if isinstance(tree, list) else [tree]:
        for node in ast.walk(part) if isinstance(part, ast.AST) else ():
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id


def _ends(decorator: ast.expr) -> str:
    """Return the last part of a decorator's name."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return str(getattr(target, "attr", getattr(target, "id", "")))


def _may_define(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Global):
        return name in node.names
    if isinstance(node, ast.NamedExpr):
        return node.target.id == name
    return getattr(node, "id", getattr(node, "attr", getattr(node, "name", ""))) in _DYNAMIC


def qualified(module: Module, expression: ast.AST) -> str:
    """Return the full dotted name of an imported or built-in thing; empty for any other expression."""
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
    """Return the full name that an import statement binds to an alias; empty where its package is unknown."""
    if isinstance(statement, ast.ImportFrom):
        source = module.absolute(statement.module, statement.level)
        return f"{source}.{alias.name}" if source else ""
    return alias.name if alias.asname else alias.name.partition(".")[0]

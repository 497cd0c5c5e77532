"""The bindings of names by the statements of a module or a class."""

from __future__ import annotations

import ast
from bisect import bisect_right

from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STAR = "*"
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""Statements whose bodies do not run with them."""
_BODIES = ("body", "handlers", "cases", "orelse", "finalbody")
_MOST_WAYS = 50
"""The most bindings of one name that are distinguished; a name with more may be anything."""
_TYPING = ("typing", "typing_extensions", "t")


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
"""The bindings that each name may have in the end: the last certain one, and possible later ones."""


def bindings(statements: Iterable[ast.stmt]) -> Bindings:
    """Return the bindings that each name may have after the statements of a module or a class."""
    found: Bindings = {}
    for order, (statement, certain) in enumerate(executed(statements)):
        for name, node, alias in _bound(statement):
            _add(found.setdefault(name, []), Binding(node, alias, certain, order), star=name == STAR)
    return found


def _add(bound: list[Binding], binding: Binding, *, star: bool) -> None:
    if not star and len(bound) > _MOST_WAYS:
        binding = binding if binding.certain else Binding(None, None, certain=False, order=binding.order)
        bound.clear()
    elif not star and binding.certain:
        bound.clear()
    bound.append(binding)


def candidates(names: Bindings, name: str) -> list[Binding]:
    """Return the bindings that a name may have in the end, with the star imports that may replace them."""
    bound, stars = names.get(name, []), names.get(STAR)
    return [*bound, *stars[_earlier(stars, bound) :]] if stars else bound


def sole(names: Bindings, name: str) -> Binding | None:
    """Return the only binding that a name may have in the end, if there is one."""
    bound, stars = names.get(name, []), names.get(STAR, [])
    return bound[0] if len(bound) == 1 and _earlier(stars, bound) == len(stars) else None


def _earlier(stars: list[Binding], bound: list[Binding]) -> int:
    """Return how many star imports a certain binding replaces."""
    return bisect_right(stars, bound[0].order, key=lambda star: star.order) if bound and bound[0].certain else 0


def executed(statements: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield every statement that an import may run, also inside `if`, `try`, `with` and loops.

    The bodies of `if TYPE_CHECKING` and `if __name__ == "__main__"` do not run. Each statement comes with
    whether it always runs.
    """
    waiting = [(iter(statements), True)]  # no recursion: an `elif` is a level of its own
    while waiting:
        block, certain = waiting[-1]
        statement = next(block, None)
        if statement is None:
            waiting.pop()
            continue
        yield statement, certain
        inner = [(iter(body), sure) for body, sure in _inside(statement, certain=certain)]
        waiting += reversed(inner)


def _inside(statement: ast.stmt, *, certain: bool) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Yield the bodies of a statement that run with it, and whether each always does."""
    if isinstance(statement, ast.If):
        never = _never_imported(statement.test)
        if not never:
            yield statement.body, False
        yield statement.orelse, certain and never
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        yield statement.body, certain
    elif not isinstance(statement, SCOPES):
        yield from ((block, False) for block in blocks(statement))


def blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the bodies of a compound statement."""
    for field in _BODIES:
        inner = getattr(statement, field, ())
        if inner and isinstance(inner[0], ast.stmt):
            yield inner
        else:
            yield from (branch.body for branch in inner)


def _never_imported(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING`, or compares `__name__` with the name of a script."""
    if isinstance(test, ast.Compare):
        sides = [test.left, *test.comparators]
        script = any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
        named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
        return script and named and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)
    if isinstance(test, ast.Attribute):
        return test.attr == "TYPE_CHECKING" and isinstance(test.value, ast.Name) and test.value.id in _TYPING
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


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
        yield from ((name, None, None) for head in _heads(statement) for name in _stored(head))


def _heads(statement: ast.stmt) -> Iterator[object]:
    """Yield the parts of a statement that are not its bodies, which are visited separately."""
    yield from (value for field, value in ast.iter_fields(statement) if field not in _BODIES)
    for case in getattr(statement, "cases", ()):
        yield [case.pattern, case.guard]


def _stored(tree: object) -> Iterator[str]:
    """Yield the names that are assigned, looped over, matched or deleted in a part of a statement."""
    for part in tree if isinstance(tree, list) else [tree]:
        for node in ast.walk(part) if isinstance(part, ast.AST) else ():
            if isinstance(node, ast.Name):
                if not isinstance(node.ctx, ast.Load):
                    yield node.id
            elif isinstance(node, (ast.MatchAs, ast.MatchStar, ast.MatchMapping)):
                captured = node.rest if isinstance(node, ast.MatchMapping) else node.name
                if captured:
                    yield captured


def _ends(decorator: ast.expr) -> str:
    """Return the last part of a decorator's name."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return str(getattr(target, "attr", getattr(target, "id", "")))

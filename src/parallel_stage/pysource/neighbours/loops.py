"""What a loop over rows keeps from one row to the next, and whether later rows of the result depend on it."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple
from parallel_stage.pysource.bindings import blocks
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.neighbours.values import constant, stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COLLECTING = frozenset(("append", "extend", "appendleft"))
_EMITTING = _COLLECTING | {"writerow", "writerows", "write", "put"}
_COUNTING = frozenset(("add", "update", "setdefault"))
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class LoopFacts(NamedTuple):
    """What a loop does with the names of its function.

    Attributes:
        carried: Where rows of the result depend on earlier rows.
        aggregated: The names that hold a result of all rows afterwards.
        collected: The lists that hold something of each row afterwards.
        is_plain: Whether every row is treated alike: there is no condition.
    """

    carried: list[Effect]
    aggregated: dict[str, Effect]
    collected: frozenset[str]
    is_plain: bool


def study(loop: ast.For | ast.AsyncFor, numbers: frozenset[str]) -> LoopFacts:
    """Study a loop over rows; `numbers` are the names that it gives to numbers of rows."""
    nodes = list(_own(loop.body))
    changes = _Changes(nodes)
    kept = _kept(loop, nodes, changes)
    flow = _Flow(kept | numbers, numbers, changes, _caches(nodes, changes))
    flow.run(loop.body)
    effects = {name: Effect(f"`{name}`", line) for name, line in flow.reached.items()}
    aggregated = {
        name: Effect(f"`{name}`", line) for name, line in changes.aggregated.items() if name not in flow.reached
    }
    is_plain = not any(isinstance(node, (ast.If, ast.IfExp, ast.Try, ast.Match, ast.While)) for node in nodes)
    return LoopFacts([*effects.values()], aggregated, frozenset(changes.collected), is_plain)


def _own(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of statements, without the bodies of functions in them."""
    waiting = [*statements]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)


class _Changes:
    """How the names of a loop change.

    Attributes:
        assigned: The lines where a name is assigned anew.
        aggregated: The names that sum up, with a line: `total += x`, `sums[key] = ...`, `seen.add(key)`.
        collected: The lists that are appended to.
        emptied: The names that get an empty container again: batches.
        times: How many statements change a container, or sum up.
    """

    def __init__(self, nodes: list[ast.AST]) -> None:
        self.assigned: dict[str, list[int]] = {}
        self.aggregated: dict[str, int] = {}
        self.collected: set[str] = set()
        self.emptied: set[str] = set()
        self.times: dict[str, int] = {}
        for node in nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(target, node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._assign(node.target, node.value)
            elif isinstance(node, ast.AugAssign):
                name = _base(node.target)
                self._aggregate(name, node.lineno)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                self._call(node, node.func)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            name = _base(target)
            self._aggregate(name, target.lineno)
        for name in stored(target):
            self.assigned.setdefault(name, []).append(target.lineno)
            if _is_empty(value):
                self.emptied.add(name)

    def _call(self, call: ast.Call, called: ast.Attribute) -> None:
        name = called.value.id if isinstance(called.value, ast.Name) else ""
        if called.attr in _COLLECTING and name:
            self.collected.add(name)
        elif called.attr == "clear" and name:
            self.emptied.add(name)
        elif called.attr in _COUNTING:
            self._aggregate(name, call.lineno)

    def _aggregate(self, name: str, line: int) -> None:
        if name:
            self.aggregated.setdefault(name, line)
            self.times[name] = self.times.get(name, 0) + 1


def _kept(loop: ast.For | ast.AsyncFor, nodes: list[ast.AST], changes: _Changes) -> frozenset[str]:
    """Return the names that are read in a loop before it assigns them, so that they hold what earlier rows left."""
    fresh = set(stored(loop.target))
    settled = _settled(loop.body)
    places = sorted(
        (node.lineno, node.col_offset, node.id)
        for node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    first_read: dict[str, int] = {}
    for line, _, name in places:
        first_read.setdefault(name, line)
    once = _guarded(nodes)
    kept = set()
    for name in {*changes.assigned, *changes.aggregated, *changes.collected}:
        read = first_read.get(name, 0)
        is_new = name in settled and (not read or settled[name] < read)
        is_batch = name in changes.emptied
        only_first = name in once and len(changes.assigned.get(name, ())) == once[name]
        if name not in fresh and not is_new and not is_batch and not (only_first and name not in changes.aggregated):
            kept.add(name)
    return frozenset(kept)


def _settled(statements: list[ast.stmt]) -> dict[str, int]:
    """Return the names that every row assigns, with the line where that is done."""
    settled: dict[str, int] = {}
    for node in statements:
        for name, line in _settled_by(node).items():
            settled.setdefault(name, line)
    return settled


def _settled_by(node: ast.stmt) -> dict[str, int]:
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        read = {each.id for each in ast.walk(node.value or node) if isinstance(each, ast.Name)}
        names = {name for target in targets for name in stored(target)} - read
        return dict.fromkeys(names, node.lineno)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return dict.fromkeys(stored(node.target), node.lineno)
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return _settled(node.body)
    if isinstance(node, ast.If):
        return _in_all([node.body, node.orelse])
    if isinstance(node, ast.Try):
        return _in_all([[*node.body, *node.orelse], *(handler.body for handler in node.handlers)])
    return {}


def _in_all(branches: list[list[ast.stmt]]) -> dict[str, int]:
    """Return the names that are assigned in every branch that goes on with the row."""
    going_on = [_settled(branch) for branch in branches if not (branch and _leaves(branch[-1]))]
    if not going_on:
        return {}
    common = set.intersection(*(set(each) for each in going_on))
    return {name: max(each[name] for each in going_on) for name in common}


def _leaves(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Continue, ast.Break, ast.Return, ast.Raise))


def _guarded(nodes: list[ast.AST]) -> dict[str, int]:
    """Return how often a name is assigned under `if name is None` or `if name`: by the first row only."""
    counts: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.If) and (name := _asked(node.test)):
            counts[name] = counts.get(name, 0) + sum(
                name in stored(target)
                for statement in node.body
                if isinstance(statement, ast.Assign)
                for target in statement.targets
            )
    return counts


def _caches(nodes: list[ast.AST], changes: _Changes) -> frozenset[str]:
    """Return the containers that get a value only where they have none: under `if key not in name`."""
    times: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], ast.NotIn):
            name = _base(node.test.comparators[0])
            targets = (each for inner in node.body if isinstance(inner, ast.Assign) for each in inner.targets)
            stored_items = sum(isinstance(each, ast.Subscript) and _base(each) == name for each in targets)
            times[name] = times.get(name, 0) + stored_items
    return frozenset(name for name, count in times.items() if count and count == changes.times.get(name))


def _asked(test: ast.expr) -> str:
    """Return the name in `name`, `not name` and `name is None`; empty for any other condition."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    elif isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and constant(test.comparators[0]) is None:
        test = test.left
    return test.id if isinstance(test, ast.Name) else ""


class _Flow:
    """Follows what earlier rows left, through the statements of a loop, to what the loop puts out.

    Attributes:
        reached: The names whose earlier values decide what is put out, with the line of that.
    """

    def __init__(
        self, kept: frozenset[str], numbers: frozenset[str], changes: _Changes, caches: frozenset[str]
    ) -> None:
        self.reached: dict[str, int] = {}
        self._caches = caches
        self._from = {name: name for name in kept}
        self._numbers = numbers
        self._counters = {name for name in kept if name in changes.aggregated or name in numbers}

    def run(self, statements: Iterable[ast.stmt], *, certain: bool = True) -> bool:
        """Follow statements; return whether they put out something, or leave the row.

        `certain` says whether every row gets there.
        """
        decides = False
        for node in statements:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    self._assigned(target, node.value, certain=certain)
            elif isinstance(node, ast.Expr):
                decides |= self._put_out(node.value)
            elif isinstance(node, (ast.Continue, ast.Break)):
                decides = True
            else:
                decides |= self._compound(node, certain=certain)
        return decides

    def _compound(self, node: ast.stmt, *, certain: bool) -> bool:
        origin = self._condition(node)
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self._assigned(node.target, node.iter, certain=certain)
        goes_on = certain and isinstance(node, (ast.With, ast.AsyncWith))
        inner = [] if isinstance(node, _SCOPES) else [self.run(block, certain=goes_on) for block in blocks(node)]
        if origin and any(inner):
            self.reached.setdefault(origin, node.lineno)
        return any(inner)

    def _assigned(self, target: ast.expr, value: ast.expr, *, certain: bool) -> None:
        origin = self._content(value)
        if isinstance(target, ast.Subscript):
            owner = _base(target)
            if origin and owner != origin:
                self.reached.setdefault(origin, target.lineno)
            return
        for name in stored(target):
            if origin:
                self._from[name] = origin
            elif certain:
                self._from.pop(name, None)

    def _put_out(self, node: ast.expr) -> bool:
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            self._reach(node.value, "")
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _EMITTING:
            for each in node.args:
                self._reach(each, _base(node.func.value))
            return True
        return False

    def _reach(self, node: ast.expr | None, owner: str) -> None:
        origin = self._content(node) if node is not None else ""
        if origin and origin != owner and origin not in self._numbers:  # which are reported where they are put out
            self.reached.setdefault(origin, node.lineno)  # type: ignore[union-attr]

    def _condition(self, node: ast.stmt) -> str:
        """Return the name of earlier rows that a condition asks about, but for conditions about the first row."""
        if not isinstance(node, (ast.If, ast.While)):
            return ""
        origin = self._origin(node.test)
        return "" if origin in self._counters and _is_first_row(node.test) else origin

    def _content(self, node: ast.AST) -> str:
        """Return the origin of a value; what a cache holds would be the same without it."""
        origin = self._origin(node)
        return "" if origin in self._caches else origin

    def _origin(self, node: ast.AST) -> str:
        """Return the first name in an expression that holds what earlier rows left; empty where there is none."""
        return next(
            (self._from[each.id] for each in _own([node]) if isinstance(each, ast.Name) and each.id in self._from), ""
        )


def _is_first_row(test: ast.expr) -> bool:
    """Whether a condition is about the first row: `number == 0`, `count > 1`, `not number`."""
    if isinstance(test, ast.Compare) and len(test.comparators) == 1:
        return constant(test.comparators[0]) in (0, 1) and isinstance(test.left, ast.Name)
    return bool(_asked(test))


def _base(node: ast.expr) -> str:
    """Return the name that a target starts with: `sums` in `sums[key]`."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_empty(node: ast.expr) -> bool:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return not node.elts
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("list", "dict", "set") and not node.args

"""What the expressions of a function stand for, and what its names are bound to."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.names import bound_to, qualified
from parallel_stage.pysource.neighbours.builtin_calls import sliced
from parallel_stage.pysource.neighbours.calls import value_of_call
from parallel_stage.pysource.neighbours.findings import Dependence, Findings
from parallel_stage.pysource.neighbours.names import ENDS, HEAD, NUMBERS, PARTIAL, WITHIN, Reason
from parallel_stage.pysource.neighbours.sql import text_of
from parallel_stage.pysource.neighbours.values import (
    COLUMNS,
    OTHER,
    RECORDS,
    ROW,
    ROWS,
    UNKNOWN,
    Kind,
    Value,
    constant,
    keyword,
    stored,
    strongest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_EMITTING = frozenset(("append", "extend", "writerow", "writerows", "write", "appendleft"))
_POSITIONAL = frozenset(("iloc", "iat", "loc", "at"))
_NO_ROWS = frozenset(("columns", "shape", "dtypes", "dtype", "schema", "width"))


class Expressions:
    """The expressions of one function: a `Scope`, except for calls of other functions.

    Args:
        findings: Takes what looks beyond one row.
        values: What the names of the function are bound to.
        is_first: Whether what the function returns is a result of the stage.
    """

    def __init__(self, findings: Findings, values: dict[str, Value], *, is_first: bool) -> None:
        self.heads = 0
        self.is_inside = False
        self.functions: dict[str, ast.AST] = {}
        self._texts: dict[str, str] = {}
        self.inner: set[ast.AST] = set()
        self.values = values
        self.results: list[Value] = []
        self._findings, self._is_first = findings, is_first
        self._known: dict[ast.expr, Value] = {}

    def report(self, name: str, reason: Reason, line: int, *, traced: bool = True, lines: int | None = None) -> None:
        """Take what looks beyond one row."""
        self._findings.found[Dependence(name, reason, line, traced, lines)] = None

    def full_name(self, node: ast.AST) -> str:
        """Return the full name of an imported or built-in thing; empty for anything else."""
        base = node
        while isinstance(base, ast.Attribute):
            base = base.value
        if not isinstance(base, ast.Name):
            return ""
        if base.id in self._findings.imported:
            steps = ast.unparse(node).split(".")[1:]
            return ".".join([self._findings.imported[base.id], *steps])
        return "" if base.id in self.values else qualified(self._findings.module, node)

    def local_function(self, node: ast.expr) -> ast.AST | None:
        """Return the function of the module that a name, or a lambda, stands for."""
        if isinstance(node, ast.Lambda):
            return node
        if not isinstance(node, ast.Name):
            return None
        if node.id in self.functions or node.id in self.values:
            return self.functions.get(node.id)
        bound = bound_to(self._findings.module, node)
        return bound if isinstance(bound, (ast.FunctionDef, ast.Lambda)) else None

    def call_function(self, node: ast.AST, values: list[Value]) -> Value:
        """Return what a function of the module returns for these positional arguments."""
        raise NotImplementedError

    def text(self, node: ast.expr | None) -> str:
        """Return the constant parts of a text, also of a named one; empty for anything else."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            node = node.func.value
        if not isinstance(node, ast.Name):
            return text_of(node)
        if node.id in self.values:
            return self._texts.get(node.id, "")
        bound = bound_to(self._findings.module, node)
        return text_of(bound) if isinstance(bound, ast.expr) else ""

    def inside(self, node: ast.expr) -> Value:
        """Return what an expression stands for that is applied to a table of the file."""
        before, self.is_inside = self.is_inside, True
        value = self.value(node)
        self.is_inside = before
        return value

    def report_lines(self, line: int, *, is_plain: bool) -> None:
        """Report the lines that are read before a loop over all that follow; conditions may skip more."""
        if is_plain or self.heads > 1:
            self.report("the loop over the rows", HEAD, line, lines=self.heads)

    def return_value(self, value: Value) -> None:
        """Take a value that the function returns or yields."""
        self.results.append(value)
        if self._is_first and value.kind is Kind.PARTIAL and value.by is not None:
            self.report(value.by.name, PARTIAL, value.by.line)

    def _emitted(self, value: Value) -> None:
        """Take a value that becomes a row of the result."""
        if value.kind is Kind.NUMBERS and value.by is not None:
            self.report(value.by.name, NUMBERS, value.by.line)

    # Names

    def assign(self, goal: ast.expr, expression: ast.expr, *, certain: bool) -> None:
        """Bind a target to an expression; `certain` says whether the statement always runs."""
        if isinstance(goal, ast.Name) and isinstance(expression, ast.Lambda):
            self.functions[goal.id] = expression
        elif isinstance(goal, (ast.Tuple, ast.List)) and isinstance(expression, (ast.Tuple, ast.List)):
            if len(goal.elts) == len(expression.elts):
                for each, value in zip(goal.elts, map(self.value, expression.elts), strict=True):
                    self.bind(each, value, certain=certain)
        else:
            self.bind(goal, self.value(expression), certain=certain)
            if isinstance(goal, ast.Name) and (text := self.text(expression)):
                self._texts[goal.id] = text

    def bind(self, goal: ast.expr, value: Value, *, certain: bool) -> None:
        """Bind a target to a value."""
        if isinstance(goal, ast.Name):
            before = self.values.get(goal.id, OTHER)
            self.values[goal.id] = value if certain else strongest([value, before])
            self.functions.pop(goal.id, None)
        elif isinstance(goal, ast.Starred):
            self.bind(goal.value, RECORDS if value.kind in ROWS else value, certain=certain)
        elif isinstance(goal, (ast.Tuple, ast.List)):
            self._unpack(goal.elts, value, certain=certain)
        elif isinstance(goal, ast.Subscript):
            self._stored(self.value(goal.value), value)
        elif isinstance(goal, ast.Attribute) and goal.attr == "index" and isinstance(goal.value, ast.Name):
            self.values[goal.value.id] = Value(Kind.INDEXED)

    def _unpack(self, goals: list[ast.expr], value: Value, *, certain: bool) -> None:
        first = {Kind.GROUPS: OTHER, Kind.NUMBERED: Value(Kind.NUMBERS, value.by)}.get(value.kind, value)
        rest = ROW if value.kind is Kind.NUMBERED else value
        for number, goal in enumerate(goals):
            self.bind(goal, first if number == 0 else rest, certain=certain)

    def _stored(self, owner: Value, value: Value) -> None:
        if owner.kind in COLUMNS | {Kind.ROW}:
            self._combined([owner, value])
            self._emitted(value)

    # Expressions

    def value(self, node: ast.expr | None) -> Value:
        """Return what an expression stands for."""
        if node is None:
            return OTHER
        if node not in self._known:  # once each: parts of an expression are asked for again
            handler = self._HANDLERS.get(type(node))
            self._known[node] = handler(self, node) if handler else self._children(node)
        return self._known[node]

    def _children(self, node: ast.AST) -> Value:
        return strongest([self.value(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)])

    def _constant(self, _node: ast.Constant) -> Value:
        return OTHER

    def _name(self, node: ast.Name) -> Value:
        return self.values.get(node.id, OTHER)  # a module's own names have nothing of the argument

    def _call(self, node: ast.Call) -> Value:
        value = value_of_call(self, node)
        if not isinstance(node.func, ast.Attribute):
            return value
        if isinstance(node.func.value, ast.Name) and constant(keyword(node, "inplace")) is True:
            self.values[node.func.value.id] = value
        if node.func.attr in _EMITTING:
            for each in node.args:
                self._emitted(self.value(each))
        return value

    def _attribute(self, node: ast.Attribute) -> Value:
        owner = self.value(node.value)
        kind, name = owner.kind, node.attr
        if kind is Kind.TABLE and name == "index":
            return Value(Kind.NUMBERS, Effect(".index", node.lineno))
        if kind in ROWS and name == "line_num":
            return Value(Kind.NUMBERS, Effect(".line_num", node.lineno))
        if kind in COLUMNS and name in ("columns", "shape", "dtypes", "dtype", "schema", "width"):
            return OTHER
        if kind in COLUMNS and name in ("size", "height"):
            return Value(Kind.PARTIAL, Effect(f".{name}", node.lineno))
        if kind in COLUMNS and name == "codes":
            self.report(".codes", WITHIN, node.lineno)
        return owner

    def _subscript(self, node: ast.Subscript) -> Value:
        owner, index = node.value, node.slice
        value = self.value(owner)
        if isinstance(owner, ast.Attribute) and owner.attr in _POSITIONAL and value.kind is Kind.TABLE:
            self._report_position(node)
            return value
        if isinstance(owner, ast.Attribute) and owner.attr == "shape":
            rows = constant(index) == 0 and self.value(owner.value).kind in COLUMNS
            return Value(Kind.PARTIAL, Effect(".shape", node.lineno)) if rows else OTHER
        if value.kind in ROWS:
            return self._item(node, value)
        self._combined([value, self.inside(index)], only_numbers=True)
        return value

    def _report_position(self, node: ast.Subscript) -> None:
        at = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        is_slice = isinstance(at, ast.Slice)
        edges = [constant(edge) for edge in ((at.lower, at.upper) if isinstance(at, ast.Slice) else (at,))]
        is_empty = is_slice and edges[1] == 0  # the columns alone
        if any(isinstance(edge, int) for edge in edges) and not is_empty:
            self.report(f".{ast.unparse(node).rpartition('.')[2]}", ENDS, node.lineno)

    def _item(self, node: ast.Subscript, rows: Value) -> Value:
        if isinstance(node.slice, ast.Slice):
            return rows if rows.kind is Kind.FILE else sliced(self, node, rows, node.slice.lower, node.slice.upper)
        at = constant(node.slice)
        if rows.kind is not Kind.FILE and (at == -1 or (at == 0 and rows.kind is Kind.RECORDS)):
            self.report(f"[{at}] of the rows", ENDS, node.lineno)
        return ROW

    def _combination(self, node: ast.expr) -> Value:
        values = [self.value(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        self._combined(values)
        return strongest(values)

    def _combined(self, values: list[Value], *, only_numbers: bool = False) -> None:
        """Report a result of all rows of the chunk that meets single rows again."""
        if any(value.kind in COLUMNS or value.kind is Kind.ROW for value in values):
            for value in values:
                if value.by is not None and value.kind is Kind.PARTIAL and not only_numbers:
                    self.report(value.by.name, WITHIN, value.by.line)

    def _compared(self, node: ast.Compare) -> Value:
        made = self._combination(node)
        return OTHER if made.kind is Kind.NUMBERS else made

    def _container(self, node: ast.expr) -> Value:
        values = [self.value(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        if any(value.kind is Kind.ROW for value in values):
            self._combined(values)
        partial = next((value for value in values if value.kind is Kind.PARTIAL), None)
        return partial if partial and not any(v.kind is Kind.ROW for v in values) else strongest(values)

    def _comprehension(self, node: ast.expr) -> Value:
        source = OTHER
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        hidden = {name: self.values.get(name) for each in generators for name in stored(each.target)}
        for number, each in enumerate(generators):
            iterable = self.value(each.iter)
            source = iterable if number == 0 else source
            if iterable.kind in (Kind.LINES, Kind.FILE):
                self.report_lines(node.lineno, is_plain=not each.ifs)
            self.bind(each.target, element(iterable), certain=True)
            for condition in each.ifs:
                self.value(condition)
        made = self._parts(node)
        self.values.update((name, value if value is not None else UNKNOWN) for name, value in hidden.items())
        self._emitted(made)
        if source.kind is Kind.GROUPS:
            return Value(Kind.PARTIAL, source.by)
        if source.kind in ROWS and isinstance(node, ast.SetComp):
            return Value(Kind.PARTIAL, Effect("a set of rows", node.lineno))
        return RECORDS if source.kind in ROWS else source if source.kind is Kind.PARTIAL else made

    def _parts(self, node: ast.expr) -> Value:
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]  # type: ignore[attr-defined]
        return strongest([self.value(part) for part in parts])

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Value:
        value = self.value(node.value)
        self._emitted(value)
        self.return_value(value)
        return UNKNOWN

    def _walrus(self, node: ast.NamedExpr) -> Value:
        self.assign(node.target, node.value, certain=False)
        return self.values.get(node.target.id, UNKNOWN)

    def _lambda(self, _node: ast.Lambda) -> Value:
        return UNKNOWN

    _HANDLERS: dict[type[ast.expr], Callable[..., Value]] = {  # noqa: RUF012 -- nothing changes it
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Call: _call,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.BinOp: _combination,
        ast.JoinedStr: _combination,
        ast.FormattedValue: _combination,
        ast.Compare: _compared,
        ast.Tuple: _container,
        ast.List: _container,
        ast.Dict: _container,
        ast.Set: _container,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.DictComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
        ast.NamedExpr: _walrus,
        ast.Lambda: _lambda,
    }


def loaded(node: ast.expr) -> ast.expr:
    """Return a target as an expression that reads it."""
    return ast.Name(node.id, ast.Load()) if isinstance(node, ast.Name) else node


def element(iterable: Value) -> Value:
    """Return what a loop over a value gives each time."""
    if iterable.kind in (Kind.LINES, Kind.RECORDS, Kind.FILE):
        return ROW
    if iterable.kind is Kind.TABLES:
        return Value(Kind.TABLE)
    if iterable.kind is Kind.TABLE or (iterable.by is not None and iterable.by.name == ".unique()"):
        return OTHER
    return iterable

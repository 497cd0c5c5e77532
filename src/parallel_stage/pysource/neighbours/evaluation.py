"""Follow the rows of a file through a function: one pass over its statements, in the order of the text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.pysource.bindings import SCOPES
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.names import bound_to, qualified, target
from parallel_stage.pysource.neighbours.calls import value_of_call
from parallel_stage.pysource.neighbours.loops import study
from parallel_stage.pysource.neighbours.names import CARRIED, ENDS, HEAD, NUMBERS, PARTIAL, WITHIN, Reason
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
    strongest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_stage.pysource.module import Module

_MOST_CALLED = 50
_EMITTING = frozenset(("append", "extend", "writerow", "writerows", "write", "appendleft"))
_POSITIONAL = frozenset(("iloc", "iat"))
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Dependence(NamedTuple):
    """Where a function looks beyond one row.

    Attributes:
        name: The code, as a message shows it.
        reason: Why it gives other results on a chunk.
        line: Its line.
        traced: Whether it surely works on the argument's rows.
        lines: Where the reason is `HEAD`: the lines that are read before the records; None where it cannot be
            seen.
    """

    name: str
    reason: Reason
    line: int
    traced: bool
    lines: int | None = None


class Analysis:
    """The analysis of a function and of those of its module that it calls.

    Args:
        module: The module.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.found: dict[Dependence, None] = {}
        self._results: dict[tuple[int, tuple[Value, ...]], Value] = {}

    def call(self, node: ast.AST, values: list[Value], outer: dict[str, Value], *, is_first: bool = False) -> Value:
        """Return what a function returns for these positional arguments; each call is followed once."""
        key = id(node), tuple(values)
        if key not in self._results and len(self._results) < _MOST_CALLED and isinstance(node, _Function):
            self._results[key] = UNKNOWN
            self._results[key] = _Body(self, node, values, outer, is_first=is_first).returned()
        return self._results.get(key, UNKNOWN)


class _Body:
    """One function with the kinds of its arguments: a `Scope`."""

    def __init__(
        self, analysis: Analysis, node: _Function, values: list[Value], outer: dict[str, Value], *, is_first: bool
    ) -> None:
        self._analysis, self._node, self._is_first = analysis, node, is_first
        self.heads = 0
        self.is_inside = False
        self._known: dict[ast.expr, Value] = {}
        self._imported: dict[str, str] = {}
        self._functions: dict[str, ast.AST] = {}
        self._results: list[Value] = []
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        self._values = {**outer, **dict.fromkeys(names, UNKNOWN), **dict(zip(names, values, strict=False))}

    def returned(self) -> Value:
        """Follow the function; return what it returns."""
        if isinstance(self._node, ast.Lambda):
            return self.value(self._node.body)
        self._run(self._node.body, certain=True)
        return strongest(self._results)

    # A `Scope`

    def report(self, name: str, reason: Reason, line: int, *, traced: bool = True, lines: int | None = None) -> None:
        self._analysis.found[Dependence(name, reason, line, traced, lines)] = None

    def full_name(self, node: ast.AST) -> str:
        base = node
        while isinstance(base, ast.Attribute):
            base = base.value
        if not isinstance(base, ast.Name):
            return ""
        if base.id in self._imported:
            steps = ast.unparse(node).split(".")[1:]
            return ".".join([self._imported[base.id], *steps])
        return "" if base.id in self._values else qualified(self._analysis.module, node)

    def local_function(self, node: ast.expr) -> ast.AST | None:
        if isinstance(node, ast.Lambda):
            return node
        if not isinstance(node, ast.Name):
            return None
        if node.id in self._functions or node.id in self._values:
            return self._functions.get(node.id)
        bound = bound_to(self._analysis.module, node)
        return bound if isinstance(bound, (ast.FunctionDef, ast.Lambda)) else None

    def call_function(self, node: ast.AST, values: list[Value]) -> Value:
        is_inner = isinstance(node, ast.Lambda) or node in self._functions.values()
        return self._analysis.call(node, values, self._values if is_inner else {})

    def inside(self, node: ast.expr) -> Value:
        before, self.is_inside = self.is_inside, True
        value = self.value(node)
        self.is_inside = before
        return value

    # Statements

    def _run(self, statements: Iterable[ast.stmt], *, certain: bool) -> None:
        for statement in statements:
            self._statement(statement, certain=certain)

    def _statement(self, node: ast.stmt, *, certain: bool) -> None:  # noqa: C901, PLR0912 -- one branch a statement
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self._imported[bound] = target(self._analysis.module, node, alias)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._functions[node.name] = node
        elif isinstance(node, ast.Assign):
            for each in node.targets:
                self._assign(each, node.value, certain=certain)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value, certain=certain)
        elif isinstance(node, ast.AugAssign):
            self._assign(node.target, ast.BinOp(_loaded(node.target), node.op, node.value), certain=certain)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._loop(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self.value(item.context_expr)
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, value, certain=certain)
            self._run(node.body, certain=certain)
        elif isinstance(node, ast.Return):
            self._return(self.value(node.value))
        elif isinstance(node, ast.Expr):
            self.value(node.value)
        elif not isinstance(node, (*SCOPES, ast.Raise, ast.Assert)):
            self._branches(node)

    def _branches(self, node: ast.stmt) -> None:
        """Follow the bodies of `if`, `while`, `try` and `match`, each as if it might run."""
        for expression in (getattr(node, "test", None), getattr(node, "subject", None)):
            self.value(expression)
        for field in ("body", "handlers", "cases", "orelse", "finalbody"):
            for inner in getattr(node, field, ()):
                self._run([inner] if isinstance(inner, ast.stmt) else inner.body, certain=False)

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        iterable = self.value(node.iter)
        self._bind(node.target, _element(iterable), certain=False)
        facts = study(node, self._numbers(node.target)) if iterable.kind in ROWS else None
        if facts is not None and iterable.kind in (Kind.LINES, Kind.FILE):
            self._report_lines(node.lineno, is_plain=facts.is_plain)
        self._run([*node.body, *node.orelse], certain=False)
        if facts is not None:
            for effect in facts.carried:
                self.report(effect.name, CARRIED, effect.line)
            for name, effect in facts.aggregated.items():
                self._values[name] = Value(Kind.PARTIAL, effect)
            self._values.update(dict.fromkeys(facts.collected, RECORDS))

    def _numbers(self, node: ast.expr) -> frozenset[str]:
        """Return the loop's own names that are numbers of rows."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return frozenset(name for name in names if self._values[name].kind is Kind.NUMBERS)

    def _report_lines(self, line: int, *, is_plain: bool) -> None:
        """Report the lines that are read before a loop over all that follow; conditions may skip more."""
        if is_plain or self.heads > 1:
            self.report("the loop over the rows", HEAD, line, lines=self.heads)

    def _return(self, value: Value) -> None:
        self._results.append(value)
        if self._is_first and value.kind is Kind.PARTIAL and value.by is not None:
            self.report(value.by.name, PARTIAL, value.by.line)

    def _emitted(self, value: Value) -> None:
        """Take a value that becomes a row of the result."""
        if value.kind is Kind.NUMBERS and value.by is not None:
            self.report(value.by.name, NUMBERS, value.by.line)

    # Names

    def _assign(self, goal: ast.expr, expression: ast.expr, *, certain: bool) -> None:
        if isinstance(goal, ast.Name) and isinstance(expression, ast.Lambda):
            self._functions[goal.id] = expression
        elif isinstance(goal, (ast.Tuple, ast.List)) and isinstance(expression, (ast.Tuple, ast.List)):
            if len(goal.elts) == len(expression.elts):
                for each, value in zip(goal.elts, map(self.value, expression.elts), strict=True):
                    self._bind(each, value, certain=certain)
        else:
            self._bind(goal, self.value(expression), certain=certain)

    def _bind(self, goal: ast.expr, value: Value, *, certain: bool) -> None:
        if isinstance(goal, ast.Name):
            before = self._values.get(goal.id, OTHER)
            self._values[goal.id] = value if certain else strongest([value, before])
            self._functions.pop(goal.id, None)
        elif isinstance(goal, ast.Starred):
            self._bind(goal.value, RECORDS if value.kind in ROWS else value, certain=certain)
        elif isinstance(goal, (ast.Tuple, ast.List)):
            self._unpack(goal.elts, value, certain=certain)
        elif isinstance(goal, ast.Subscript):
            self._stored(self.value(goal.value), value)
        elif isinstance(goal, ast.Attribute) and goal.attr == "index" and isinstance(goal.value, ast.Name):
            self._values[goal.value.id] = Value(Kind.INDEXED)

    def _unpack(self, goals: list[ast.expr], value: Value, *, certain: bool) -> None:
        first = {Kind.GROUPS: OTHER, Kind.NUMBERED: Value(Kind.NUMBERS, value.by)}.get(value.kind, value)
        rest = ROW if value.kind is Kind.NUMBERED else value
        for number, goal in enumerate(goals):
            self._bind(goal, first if number == 0 else rest, certain=certain)

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
        return self._values.get(node.id, OTHER)  # a module's own names have nothing of the argument

    def _call(self, node: ast.Call) -> Value:
        value = value_of_call(self, node)
        if not isinstance(node.func, ast.Attribute):
            return value
        if isinstance(node.func.value, ast.Name) and constant(keyword(node, "inplace")) is True:
            self._values[node.func.value.id] = value
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
        edges = [at.lower, at.upper] if isinstance(at, ast.Slice) else [at]
        if any(isinstance(constant(edge), int) for edge in edges):
            self.report(f".{ast.unparse(node).rpartition('.')[2]}", ENDS, node.lineno)

    def _item(self, node: ast.Subscript, rows: Value) -> Value:
        if isinstance(node.slice, ast.Slice):
            start = constant(node.slice.lower or ast.Constant(0))
            skipped = start if isinstance(start, int) and start > 0 else 0
            if constant(node.slice.upper or ast.Constant(None)) is not None and rows.kind is not Kind.FILE:
                self.report("a slice of the rows", ENDS, node.lineno)
            if skipped and rows.kind is Kind.LINES:
                self.report("a slice of the rows", HEAD, node.lineno, lines=self.heads + skipped)
                return RECORDS
            return rows
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
        outer = dict(self._values)
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        for number, each in enumerate(generators):
            iterable = self.value(each.iter)
            source = iterable if number == 0 else source
            if iterable.kind in (Kind.LINES, Kind.FILE):
                self._report_lines(node.lineno, is_plain=not each.ifs)
            self._bind(each.target, _element(iterable), certain=True)
            for condition in each.ifs:
                self.value(condition)
        made = self._parts(node)
        self._values = outer
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
        self._return(value)
        return UNKNOWN

    def _walrus(self, node: ast.NamedExpr) -> Value:
        self._assign(node.target, node.value, certain=False)
        return self._values.get(node.target.id, UNKNOWN)

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


def _loaded(node: ast.expr) -> ast.expr:
    return ast.Name(node.id, ast.Load()) if isinstance(node, ast.Name) else node


def _element(iterable: Value) -> Value:
    """Return what a loop over a value gives each time."""
    if iterable.kind in (Kind.LINES, Kind.RECORDS, Kind.FILE):
        return ROW
    if iterable.kind is Kind.TABLES:
        return Value(Kind.TABLE)
    if iterable.kind is Kind.TABLE:
        return OTHER
    return iterable

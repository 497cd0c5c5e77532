"""Follow the rows of a file through a function: one pass over its statements, in the order of the text."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.bindings import SCOPES, blocks
from parallel_stage.pysource.names import target
from parallel_stage.pysource.neighbours.expressions import Expressions, element, loaded
from parallel_stage.pysource.neighbours.findings import Findings
from parallel_stage.pysource.neighbours.loops import study
from parallel_stage.pysource.neighbours.names import CARRIED
from parallel_stage.pysource.neighbours.values import RECORDS, ROWS, UNKNOWN, Kind, Value, strongest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.pysource.module import Module

_MOST_CALLED = 50
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Analysis(Findings):
    """The analysis of a function and of those of its module that it calls."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._results: dict[tuple[int, tuple[Value, ...]], Value] = {}

    def call(self, node: ast.AST, values: list[Value], outer: dict[str, Value], *, is_first: bool = False) -> Value:
        """Return what a function returns for these positional arguments; each call is followed once."""
        key = id(node), tuple(values)
        if key not in self._results and len(self._results) < _MOST_CALLED and isinstance(node, _Function):
            self._results[key] = UNKNOWN
            self._results[key] = _Body(self, node, values, outer, is_first=is_first).returned()
        return self._results.get(key, UNKNOWN)


class _Body(Expressions):
    """One function with what its arguments stand for."""

    def __init__(
        self, analysis: Analysis, node: _Function, values: list[Value], outer: dict[str, Value], *, is_first: bool
    ) -> None:
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        given = {**outer, **dict.fromkeys(names, UNKNOWN), **dict(zip(names, values, strict=False))}
        super().__init__(analysis, given, is_first=is_first)
        self._analysis, self._node = analysis, node

    def returned(self) -> Value:
        """Follow the function; return what it returns."""
        if isinstance(self._node, ast.Lambda):
            return self.value(self._node.body)
        self._run(self._node.body, certain=True)
        return strongest(self.results)

    def call_function(self, node: ast.AST, values: list[Value]) -> Value:
        is_inner = isinstance(node, ast.Lambda) or node in self.inner
        return self._analysis.call(node, values, self.values if is_inner else {})

    # Statements

    def _run(self, statements: Iterable[ast.stmt], *, certain: bool) -> None:
        for statement in statements:
            self._statement(statement, certain=certain)

    def _statement(self, node: ast.stmt, *, certain: bool) -> None:  # noqa: C901, PLR0912 -- one branch a statement
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self._analysis.imported[bound] = target(self._analysis.module, node, alias)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.functions[node.name] = node
            self.inner.add(node)
        elif isinstance(node, ast.Assign):
            for each in node.targets:
                self.assign(each, node.value, certain=certain)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.assign(node.target, node.value, certain=certain)
        elif isinstance(node, ast.AugAssign):
            self.assign(node.target, ast.BinOp(loaded(node.target), node.op, node.value), certain=certain)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._loop(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self.value(item.context_expr)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, value, certain=certain)
            self._run(node.body, certain=certain)
        elif isinstance(node, ast.Return):
            self.return_value(self.value(node.value))
        elif isinstance(node, ast.Expr):
            self.value(node.value)
        elif not isinstance(node, (*SCOPES, ast.Raise, ast.Assert)):
            self._branches(node)

    def _branches(self, node: ast.stmt) -> None:
        """Follow the bodies of `if`, `while`, `try` and `match`, each as if it might run."""
        for expression in (getattr(node, "test", None), getattr(node, "subject", None)):
            self.value(expression)
        for block in blocks(node):
            self._run(block, certain=False)

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        iterable = self.value(node.iter)
        self.bind(node.target, element(iterable), certain=False)
        facts = study(node, self._numbers(node.target)) if iterable.kind in ROWS else None
        if facts is not None and iterable.kind in (Kind.LINES, Kind.FILE):
            self.report_lines(node.lineno, is_plain=facts.is_plain)
        self._run([*node.body, *node.orelse], certain=False)
        if facts is not None:
            for effect in facts.carried:
                self.report(effect.name, CARRIED, effect.line)
            for name, effect in facts.aggregated.items():
                self.values[name] = Value(Kind.PARTIAL, effect)
            self.values.update(dict.fromkeys(facts.collected, RECORDS))

    def _numbers(self, node: ast.expr) -> frozenset[str]:
        """Return the loop's own names that are numbers of rows."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return frozenset(name for name in names if self.values[name].kind is Kind.NUMBERS)

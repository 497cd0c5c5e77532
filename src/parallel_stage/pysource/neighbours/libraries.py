"""What functions of pandas, polars and their like give: tables of a file, expressions, queries."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.neighbours import names, sql
from parallel_stage.pysource.neighbours.heads import report_reader
from parallel_stage.pysource.neighbours.names import NUMBERS, PARTIAL
from parallel_stage.pysource.neighbours.tables import effect, partial, report_combined
from parallel_stage.pysource.neighbours.values import (
    COLUMNS,
    OF_THE_FILE,
    OTHER,
    ROWS,
    TABLE,
    UNKNOWN,
    Kind,
    Value,
    argument,
    constant,
    given,
    keyword,
    strongest,
)

if TYPE_CHECKING:
    from parallel_stage.pysource.neighbours.values import Scope

_EXPRESSION = Value(Kind.EXPRESSION)
_EXPRESSIONS = frozenset(
    (
        *("col", "nth", "all", "exclude", "lit", "when", "struct", "concat_str", "format", "all_horizontal"),
        *("any_horizontal", "sum_horizontal", "mean_horizontal", "min_horizontal", "max_horizontal"),
    )
)
_NUMBERING = frozenset(("int_range", "arange", "int_ranges", "row_index"))


def of_library(scope: Scope, call: ast.Call, name: str) -> Value:
    """Return what a call of a library's function gives; `name` is its full name."""
    last = name.rpartition(".")[2]
    if last.startswith(names.FROM_FILES):
        return _read(scope, call, name)
    values = given(scope, call)
    if last in sql.METHODS:
        return of_query(scope, call, values)
    if name.startswith("polars."):
        expression = _polars(scope, call, last, values)
        if expression is not None:
            return expression
    return _of_function(scope, call, last, values)


def _polars(scope: Scope, call: ast.Call, name: str, values: list[Value]) -> Value | None:
    """Return the expression that a function of polars makes; None where it makes none."""
    if name == "element":
        return OTHER
    if name in _EXPRESSIONS:
        return strongest([_EXPRESSION, *values])
    if name in _NUMBERING:
        scope.report(f"{name}()", NUMBERS, call.lineno, traced=scope.is_inside)
        return _EXPRESSION
    is_of_table = any(value.kind in (ROWS | COLUMNS) - {Kind.EXPRESSION} for value in values)
    is_known = name in names.METHODS or name == "len"
    return effect(scope, call, name, _EXPRESSION, f"{name}()") if is_known and not is_of_table else None


def _of_function(scope: Scope, call: ast.Call, name: str, values: list[Value]) -> Value:
    rows = next((value for value in values if value.kind in COLUMNS | ROWS), None)
    if rows is not None:
        report_combined(scope, values)
        return effect(scope, call, name, rows if rows.kind in COLUMNS else TABLE, f"{name}()")
    if name in ("arange", "RangeIndex") and any(value.kind is Kind.PARTIAL for value in values):
        return Value(Kind.NUMBERS, Effect(f"{name}()", call.lineno))
    made = strongest(values)
    return made if made.kind in OF_THE_FILE - {Kind.PATH} else OTHER if made.kind is Kind.OTHER else UNKNOWN


def _read(scope: Scope, call: ast.Call, name: str) -> Value:
    values = given(scope, call)
    sources = {value.kind for value in values} & {Kind.PATH, Kind.FILE, Kind.LINES}
    if not sources:
        return OTHER if strongest(values).kind is Kind.OTHER else UNKNOWN
    report_reader(scope, call, name, 0 if Kind.PATH in sources else scope.heads)
    if keyword(call, "chunksize", "iterator") is not None:
        return Value(Kind.TABLES)
    indexed = constant(keyword(call, "index_col") or ast.Constant(None)) not in (None, False)
    return Value(Kind.INDEXED) if indexed else TABLE


def of_query(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    """Return what a query gives whose text is the first argument of a call."""
    text = scope.text(argument(call, 0))
    words = set(text.replace(",", " ").split())
    names_table = any(scope.value(ast.Name(word, ast.Load())).kind in COLUMNS for word in words)
    traced = names_table or any(value.kind in OF_THE_FILE for value in values)
    found = sql.in_query(text)
    if found is None:
        return TABLE if traced else UNKNOWN
    word, reason = found
    if reason is PARTIAL:
        return partial(word, call) if traced else UNKNOWN
    scope.report(word, reason, call.lineno, traced=traced)
    return TABLE if traced else UNKNOWN

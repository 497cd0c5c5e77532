"""What methods, and functions of libraries, make of a table; and whether they look beyond one row."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.neighbours import names
from parallel_stage.pysource.neighbours.names import ENDS, NEIGHBOURS, NUMBERS, PARTIAL, SELECTION, WITHIN
from parallel_stage.pysource.neighbours.values import (
    COLUMNS,
    RECORDS,
    ROW,
    TABLE,
    UNKNOWN,
    Kind,
    Value,
    argument,
    constant,
    keyword,
)

if TYPE_CHECKING:
    from parallel_stage.pysource.neighbours.values import Scope

_FILLING = frozenset(("ffill", "bfill", "pad", "backfill", "forward", "backward", "mean", "min", "max"))
_FILLED = frozenset(("fillna", "fill_null", "replace", "reindex"))
_ELEMENTS = frozenset(("map", "applymap", "map_elements", "map_rows"))
_STORING = frozenset(("assign", "insert", "with_columns", "insert_column", "append_column"))
_AGGREGATING = frozenset(("agg", "aggregate", "select"))
_NAMING = frozenset(("apply", "transform", "agg", "aggregate", "pipe"))
"""Methods that take the name of another one."""
_PER_GROUP = frozenset(("apply", "first", "last", "nth", "size", "len", "pipe"))
_ALONG_ROWS = (1, -1, "columns")


def partial(name: str, node: ast.expr) -> Value:
    """Return a result of many rows, made by that code."""
    return Value(Kind.PARTIAL, Effect(name, node.lineno))


def of_columns(scope: Scope, call: ast.Call, name: str, receiver: Value) -> Value:
    """Return what a method of a table, a column or groups gives."""
    kind = receiver.kind
    if name in names.TO_ROWS:
        return receiver if kind is Kind.PARTIAL else RECORDS
    if name == "iterrows":
        return Value(Kind.NUMBERED, Effect(".iterrows()", call.lineno)) if kind is Kind.TABLE else RECORDS
    is_whole = kind not in (Kind.GROUPS, Kind.PARTIAL)
    given = [*call.args, *(each.value for each in call.keywords)]
    values = [_given(scope, call, node, name, Kind.TABLE if is_whole else kind) for node in given]
    if is_whole and name not in _AGGREGATING:
        report_combined(scope, [receiver, *values], numbers=name in _STORING)
    return effect(scope, call, name, receiver, f".{name}()")


def _given(scope: Scope, call: ast.Call, node: ast.expr, method: str, kind: Kind) -> Value:
    """Return what an argument of a table's method stands for; a function is called with the table, or a row."""
    function = scope.local_function(node)
    if function is None:
        return scope.inside(node)
    made = scope.call_function(function, [ROW if method in _ELEMENTS or _within_rows(call, method) else Value(kind)])
    return made if method == "assign" else UNKNOWN


def effect(scope: Scope, call: ast.Call, name: str, receiver: Value, shown: str) -> Value:
    """Return what a method makes of a table; report where it looks beyond one row.

    Args:
        scope: The function.
        call: The call.
        name: The method, or a function that gets the table.
        receiver: The table.
        shown: The call, as a message shows it.
    """
    named = constant(argument(call, 0))
    if name in _NAMING and isinstance(named, str) and named in names.METHODS:
        shown = f'.{name}("{named}")'
        name = name if name == "transform" and names.METHODS[named] is PARTIAL else named
    if name in names.GROUPING:
        return Value(Kind.GROUPS, Effect(shown, call.lineno))
    kind, reason = receiver.kind, _reason(call, name, receiver)
    if reason is PARTIAL:
        return TABLE if kind is Kind.WINDOW else partial(shown, call)
    if reason is not None and kind is Kind.GROUPS and reason.can_merge:
        return partial(shown, call)
    if reason is not None and not (kind is Kind.PARTIAL and reason.can_merge):
        scope.report(shown, reason, call.lineno, traced=kind is not Kind.EXPRESSION or scope.is_inside)
        return _spread(name, receiver)
    return _kept(call, name, receiver, shown)


def _spread(name: str, receiver: Value) -> Value:
    """Return what a method gives that looks beyond one row, and has a row for each row."""
    if name in names.WINDOWS:
        return Value(Kind.WINDOW)
    if name == "over":
        return Value(Kind.EXPRESSION)
    return TABLE if receiver.kind is Kind.GROUPS else receiver


def _kept(call: ast.Call, name: str, receiver: Value, shown: str) -> Value:
    """Return what a method gives that works row by row, or group by group."""
    if receiver.kind is Kind.GROUPS and name in _PER_GROUP:
        return partial(shown, call)
    if name == "set_index":
        return Value(Kind.INDEXED)
    return TABLE if receiver.kind is Kind.WINDOW else receiver


def _reason(call: ast.Call, name: str, receiver: Value) -> names.Reason | None:
    """Return why a method of a table looks beyond one row; None where it does not."""
    if name in _FILLED:
        return NEIGHBOURS if constant(keyword(call, "method", "strategy")) in _FILLING else None
    if name == "dropna":
        return WITHIN if constant(keyword(call, "axis")) in _ALONG_ROWS else None
    return None if _within_rows(call, name) else _reason_by_kind(call, name, receiver.kind)


def _reason_by_kind(call: ast.Call, name: str, kind: Kind) -> names.Reason | None:
    if name == "unique":  # of a column, values; of a table, rows
        is_column = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, (ast.Subscript, ast.Attribute))
        return PARTIAL if is_column or kind is Kind.EXPRESSION else SELECTION
    if name in ("first", "last"):
        return PARTIAL if kind in (Kind.EXPRESSION, Kind.GROUPS) else ENDS if kind is Kind.TABLE else None
    if name in ("len", "transform"):
        return {(Kind.EXPRESSION, "len"): PARTIAL, (Kind.GROUPS, "transform"): WITHIN}.get((kind, name))
    if name == "reset_index":
        return NUMBERS if kind is Kind.TABLE and constant(keyword(call, "drop")) is not True else None
    if name == "cut":
        return WITHIN if isinstance(constant(keyword(call, "bins") or argument(call, 1)), int) else None
    return names.METHODS.get(name)


def _within_rows(call: ast.Call, name: str) -> bool:
    """Whether a method works along each row."""
    axis = keyword(call, "axis")
    if axis is None and names.METHODS.get(name) is PARTIAL:
        axis = argument(call, 0)
    return axis is not None and constant(axis) in _ALONG_ROWS


def distinct_reason(call: ast.Call, name: str) -> names.Reason | None:
    """Return why a method of anything looks beyond one row; None where it may be another thing's method."""
    return names.METHODS[name] if name in names.DISTINCT and not _within_rows(call, name) else None


def report_combined(scope: Scope, values: list[Value], *, numbers: bool = False) -> None:
    """Report a result of all rows of a chunk that meets single rows again; with `numbers`, numbers of rows, too."""
    if any(value.kind in COLUMNS for value in values):
        for value in values:
            if value.by is not None and value.kind is Kind.PARTIAL:
                scope.report(value.by.name, WITHIN, value.by.line)
            elif value.by is not None and value.kind is Kind.NUMBERS and numbers:
                scope.report(value.by.name, NUMBERS, value.by.line)

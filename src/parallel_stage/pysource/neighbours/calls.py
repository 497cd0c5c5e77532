"""What a call makes of the rows of a file."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.neighbours import names, sql
from parallel_stage.pysource.neighbours.builtin_calls import made_of, next_row, of_python
from parallel_stage.pysource.neighbours.libraries import of_library, of_query
from parallel_stage.pysource.neighbours.tables import distinct_reason, effect, of_columns
from parallel_stage.pysource.neighbours.values import (
    COLUMNS,
    OTHER,
    RECORDS,
    ROWS,
    TABLE,
    UNKNOWN,
    Kind,
    Value,
    argument,
    constant,
    given,
    strongest,
)

if TYPE_CHECKING:
    from parallel_stage.pysource.neighbours.values import Scope

_LINES = Value(Kind.LINES)
_FITTING = frozenset(("fit", "fit_transform", "fit_predict"))


def value_of_call(scope: Scope, call: ast.Call) -> Value:
    """Return what a call stands for; report where it looks beyond one row."""
    called = call.func
    if getattr(called, "attr", getattr(called, "id", "")) in names.QUIET:
        return OTHER
    function = scope.local_function(called)
    if function is not None:
        return scope.call_function(function, given(scope, call))
    name = scope.full_name(called)
    if name:
        is_library = name.partition(".")[0] in names.LIBRARIES
        return of_library(scope, call, name) if is_library else of_python(scope, call, name)
    if isinstance(called, ast.Attribute):
        return _method(scope, call, called)
    scope.value(called)
    return made_of(given(scope, call))


def _method(scope: Scope, call: ast.Call, called: ast.Attribute) -> Value:
    name, receiver = called.attr, scope.value(called.value)
    kind = receiver.kind
    if kind is Kind.PATH:
        return _of_path(scope, call, name)
    if kind in ROWS:
        return _of_rows(scope, call, name, receiver)
    if isinstance(called.value, ast.Attribute) and called.value.attr in names.ACCESSORS:
        given(scope, call)
        return receiver
    if kind in COLUMNS or kind is Kind.PARTIAL:
        is_query = name in sql.METHODS and sql.in_query(scope.text(argument(call, 0))) is not None
        return of_query(scope, call, [receiver]) if is_query else of_columns(scope, call, name, receiver)
    return _of_anything(scope, call, name, receiver)


def _of_path(scope: Scope, call: ast.Call, name: str) -> Value:
    given(scope, call)
    mode = constant(argument(call, 0))
    writes = name == "open" and isinstance(mode, str) and mode[:1] in ("w", "a", "x")
    if name == "records":
        return RECORDS
    return Value(Kind.FILE) if name in ("open", "read_text", "read_bytes") and not writes else Value(Kind.PATH)


def _of_rows(scope: Scope, call: ast.Call, name: str, rows: Value) -> Value:
    given(scope, call)
    if name in ("readlines", "splitlines", "split"):
        return _LINES
    if name == "readline":
        return next_row(scope, call, [_LINES])
    if name in ("sort", "reverse") and rows.kind is not Kind.FILE:
        scope.report(f".{name}()", names.SELECTION, call.lineno)
    return rows


def _of_anything(scope: Scope, call: ast.Call, name: str, receiver: Value) -> Value:
    """Return what a method gives of something that is not known to hold the argument's rows."""
    values = given(scope, call)
    if name in sql.METHODS:
        return of_query(scope, call, values)
    if name in _FITTING and any(value.kind in COLUMNS for value in values):
        return effect(scope, call, name, TABLE, f".{name}()")
    if receiver.kind is not Kind.UNKNOWN:
        return receiver
    reason = distinct_reason(call, name)
    if reason is not None:
        scope.report(f".{name}()", reason, call.lineno, traced=False)
    return made_of(values) if strongest(values).kind in (Kind.ROW, Kind.NUMBERS) else UNKNOWN

"""What functions of Python give that get the rows of a file."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.neighbours import names
from parallel_stage.pysource.neighbours.names import ENDS, HEAD, NEIGHBOURS, PARTIAL
from parallel_stage.pysource.neighbours.tables import partial
from parallel_stage.pysource.neighbours.values import (
    COLUMNS,
    OTHER,
    RECORDS,
    ROW,
    ROWS,
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

_STOP = 2


def of_python(scope: Scope, call: ast.Call, name: str) -> Value:
    """Return what a call of a function gives that is built in, or imported; `name` is its full name."""
    values = given(scope, call)
    special = _SPECIAL.get(name)
    rows = next((value for value in values if value.kind in ROWS | COLUMNS), None)
    if special is not None:
        return special(scope, call, values)
    if name in names.OPENERS:
        return Value(Kind.FILE) if values and values[0].kind in (Kind.PATH, Kind.FILE) else OTHER
    if name in names.PASSING:
        return values[0] if values else OTHER
    reason = names.FUNCTIONS.get(name)
    if reason is None or rows is None:
        return made_of(values)
    shown = f"{name.rpartition('.')[2]}()"
    if reason is PARTIAL:
        return partial(shown, call)
    scope.report(shown, reason, call.lineno)
    return rows if rows.kind in COLUMNS else RECORDS


def made_of(values: list[Value]) -> Value:
    """Return what an unknown function makes of its arguments: of one row something of that row."""
    made = strongest(values)
    if made.kind in (Kind.ROW, Kind.NUMBERS, Kind.PARTIAL):
        return made
    return OTHER if made.kind is Kind.OTHER else UNKNOWN


def next_row(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    """Return what reading one row gives: of all lines one of the head, of records the first."""
    kind = values[0].kind if values else Kind.OTHER
    if kind is Kind.RECORDS:
        scope.report("next()", ENDS, call.lineno)
    if kind in (Kind.LINES, Kind.FILE):
        scope.heads += 1
        return OTHER
    return ROW if kind in ROWS else UNKNOWN


def sliced(scope: Scope, node: ast.expr, rows: Value, start: ast.expr | None, stop: ast.expr | None) -> Value:
    """Return the rows from a number on; report where those at an end are left out."""
    first = constant(start) if start is not None else 0
    if stop is not None and constant(stop) is not None:
        scope.report("a slice of the rows", ENDS, node.lineno)
    if not isinstance(first, int) or not first:
        return rows
    if rows.kind in (Kind.LINES, Kind.FILE) and first > 0:
        scope.report("a slice of the rows", HEAD, node.lineno, lines=scope.heads + first)
    else:
        scope.report("a slice of the rows", ENDS, node.lineno)
    return RECORDS


def _dict_reader(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    if not values or values[0].kind not in ROWS:
        return UNKNOWN
    is_named = keyword(call, "fieldnames") is not None or argument(call, 1) is not None
    scope.report("csv.DictReader()", HEAD, call.lineno, lines=scope.heads + (not is_named))
    return RECORDS


def _passed_on(_scope: Scope, _call: ast.Call, values: list[Value]) -> Value:
    return next((value for value in values if value.kind in ROWS), strongest(values))


def _islice(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    if not values or values[0].kind not in ROWS:
        return UNKNOWN
    is_from = len(call.args) > _STOP
    return sliced(scope, call, values[0], argument(call, 1) if is_from else None, argument(call, 2 if is_from else 1))


def _enumerate(_scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    is_rows = bool(values) and values[0].kind in ROWS | {Kind.TABLE}
    return Value(Kind.NUMBERED, Effect("enumerate()", call.lineno)) if is_rows else made_of(values)


def _range(_scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    is_count = any(value.kind is Kind.PARTIAL for value in values)
    return Value(Kind.NUMBERS, Effect("range()", call.lineno)) if is_count else OTHER


def _zip(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    rows = [node for node, value in zip(call.args, values, strict=False) if value.kind in ROWS | COLUMNS]
    whole = {node.id for node in rows if isinstance(node, ast.Name)}
    parts = (node.value for node in rows if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice))
    if any(isinstance(part, ast.Name) and part.id in whole for part in parts):
        scope.report("zip() of rows with the next ones", NEIGHBOURS, call.lineno)
    counted = any(isinstance(each, ast.Call) and scope.full_name(each.func) == "itertools.count" for each in call.args)
    if counted and rows:
        return Value(Kind.NUMBERED, Effect("itertools.count()", call.lineno))
    return RECORDS if rows else UNKNOWN


_SPECIAL = {
    "builtins.enumerate": _enumerate,
    "builtins.filter": _passed_on,
    "builtins.map": _passed_on,
    "builtins.next": next_row,
    "builtins.range": _range,
    "builtins.zip": _zip,
    "csv.DictReader": _dict_reader,
    "itertools.chain": _passed_on,
    "itertools.islice": _islice,
}

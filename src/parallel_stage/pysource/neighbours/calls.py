"""What a call makes of the rows of a file, and whether it looks beyond one of them."""

from __future__ import annotations

import ast

from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.neighbours import names, sql
from parallel_stage.pysource.neighbours.heads import report_reader
from parallel_stage.pysource.neighbours.names import ENDS, HEAD, NEIGHBOURS, NUMBERS, PARTIAL, WITHIN
from parallel_stage.pysource.neighbours.values import (
    COLUMNS,
    OF_THE_FILE,
    OTHER,
    RECORDS,
    ROW,
    ROWS,
    TABLE,
    UNKNOWN,
    Kind,
    Scope,
    Value,
    constant,
    keyword,
    strongest,
)

_KEPT = frozenset(("set_index", "lazy", "collect", "copy"))
_FILLING = frozenset(("ffill", "bfill", "pad", "backfill", "forward", "backward", "mean", "min", "max"))
_ELEMENTS = frozenset(("map", "applymap", "map_elements", "map_rows"))
_ROWS_OF_COLUMNS = frozenset(("all_horizontal", "any_horizontal", "sum_horizontal", "mean_horizontal", "element"))
_STORING = frozenset(("assign", "insert", "with_columns", "insert_column", "append_column"))
_BEYOND_ONE = 1


def value_of_call(scope: Scope, call: ast.Call) -> Value:
    """Return what a call stands for; report where it looks beyond one row."""
    called = call.func
    if getattr(called, "attr", getattr(called, "id", "")) in names.QUIET:
        return OTHER
    function = scope.local_function(called)
    if function is not None:
        return scope.call_function(function, _values(scope, call))
    name = scope.full_name(called)
    if name.partition(".")[0] in names.LIBRARIES:
        return _library(scope, call, name)
    if name:
        return _python(scope, call, name)
    if isinstance(called, ast.Attribute):
        return _method(scope, call, called)
    scope.value(called)
    return _made_of(_values(scope, call))


def _values(scope: Scope, call: ast.Call) -> list[Value]:
    return [*map(scope.value, call.args), *(scope.value(given.value) for given in call.keywords)]


def _made_of(values: list[Value]) -> Value:
    """Return what an unknown function makes of its arguments: of one row something of that row."""
    made = strongest(values)
    if made.kind in (Kind.ROW, Kind.NUMBERS, Kind.PARTIAL):
        return made
    return OTHER if made.kind is Kind.OTHER else UNKNOWN


def _partial(name: str, call: ast.Call) -> Value:
    return Value(Kind.PARTIAL, Effect(name, call.lineno))


# Functions of libraries


def _library(scope: Scope, call: ast.Call, name: str) -> Value:
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    if last.startswith(names.FROM_FILES):
        return _read(scope, call, name)
    if last in sql.METHODS:
        return _query(scope, call, _values(scope, call))
    if root == "polars" and last in ("col", "nth", "all", "exclude", "lit", "when", "struct", "concat_str", "format"):
        return strongest([Value(Kind.EXPRESSION), *_values(scope, call)])
    if root == "polars" and last in _ROWS_OF_COLUMNS:
        return OTHER if last == "element" else Value(Kind.EXPRESSION)
    values = _values(scope, call)
    rows = next((value for value in values if value.kind in COLUMNS | ROWS), None)
    if rows is not None:
        _report_combined(scope, values)
        return _effect(scope, call, last, rows if rows.kind in COLUMNS else TABLE, f"{last}()")
    if root == "polars" and last in ("int_range", "arange", "int_ranges", "row_index"):
        scope.report(f"{last}()", NUMBERS, call.lineno, traced=_is_inside(scope))
        return Value(Kind.EXPRESSION)
    if root == "polars" and last in names.METHODS:
        return _effect(scope, call, last, Value(Kind.EXPRESSION), f"{last}()")
    if last in ("arange", "RangeIndex") and any(value.kind is Kind.PARTIAL for value in values):
        return Value(Kind.NUMBERS, Effect(f"{last}()", call.lineno))
    made = strongest(values)
    return made if made.kind in OF_THE_FILE - {Kind.PATH} else OTHER if made.kind is Kind.OTHER else UNKNOWN


def _read(scope: Scope, call: ast.Call, name: str) -> Value:
    values = _values(scope, call)
    sources = {value.kind for value in values} & {Kind.PATH, Kind.FILE, Kind.LINES}
    if not sources:
        return OTHER if strongest(values).kind is Kind.OTHER else UNKNOWN
    report_reader(scope, call, name, 0 if Kind.PATH in sources else scope.heads)
    if keyword(call, "chunksize") is not None or keyword(call, "iterator") is not None:
        return Value(Kind.TABLES)
    indexed = constant(keyword(call, "index_col") or ast.Constant(None)) not in (None, False)
    return Value(Kind.INDEXED) if indexed else TABLE


def _query(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    text = sql.text_of(call.args[0] if call.args else None)
    found = sql.in_query(text)
    traced = any(value.kind in OF_THE_FILE for value in values) or any(
        scope.value(ast.Name(word, ast.Load())).kind in COLUMNS for word in set(text.replace(",", " ").split())
    )
    if found is not None:
        word, reason = found
        if reason is PARTIAL:
            return _partial(word, call) if traced else UNKNOWN
        scope.report(word, reason, call.lineno, traced=traced)
    return TABLE if traced else UNKNOWN


# Functions of Python


def _python(scope: Scope, call: ast.Call, name: str) -> Value:
    values = _values(scope, call)
    first = values[0] if values else OTHER
    last = name.rpartition(".")[2]
    if name in names.OPENERS:
        return Value(Kind.FILE) if first.kind in (Kind.PATH, Kind.FILE) else OTHER
    if name in names.PATHS:
        return first
    if name == "csv.DictReader" and first.kind in ROWS:
        named = keyword(call, "fieldnames") is not None or len(call.args) > 1
        scope.report("csv.DictReader()", HEAD, call.lineno, lines=scope.heads + (not named))
        return RECORDS
    if name in names.READERS:
        return first
    if name in ("builtins.filter", "builtins.map", "itertools.islice", "itertools.chain", "tqdm.tqdm"):
        return _passed_on(scope, call, last, values)
    if name == "builtins.enumerate" and first.kind in ROWS | {Kind.TABLE}:
        return Value(Kind.NUMBERED, Effect("enumerate()", call.lineno))
    if name == "builtins.zip":
        return _zipped(scope, call, values)
    if name == "builtins.next" and first.kind in ROWS:
        return _next(scope, call, first)
    if name == "builtins.range" and any(value.kind is Kind.PARTIAL for value in values):
        return Value(Kind.NUMBERS, Effect("range()", call.lineno))
    reason = names.FUNCTIONS.get(name)
    rows = next((value for value in values if value.kind in ROWS | COLUMNS), None)
    if reason is None or rows is None:
        return _made_of(values)
    if reason is PARTIAL:
        return _partial(f"{last}()", call)
    scope.report(f"{last}()", reason, call.lineno)
    return rows if rows.kind in COLUMNS else RECORDS


def _passed_on(scope: Scope, call: ast.Call, name: str, values: list[Value]) -> Value:
    rows = next((value for value in values if value.kind in ROWS), None)
    if rows is None:
        return strongest(values)
    if name != "islice":
        return rows
    start, stop = (call.args[1], call.args[2]) if len(call.args) > len("ab") else (None, (call.args[1:] or [None])[0])
    return _sliced(scope, call, rows, start, stop)


def _sliced(scope: Scope, node: ast.expr, rows: Value, start: ast.expr | None, stop: ast.expr | None) -> Value:
    """Return the rows from a number on; report where rows at an end are left out."""
    first, last = constant(start or ast.Constant(None)), constant(stop or ast.Constant(None))
    if isinstance(last, int):
        scope.report("a slice of the rows", ENDS, node.lineno)
    skipped = first if isinstance(first, int) else 0
    if rows.kind in (Kind.LINES, Kind.FILE) and skipped:
        if skipped > _BEYOND_ONE or scope.heads:
            scope.report("a slice of the rows", HEAD, node.lineno, lines=scope.heads + skipped)
        return RECORDS
    if skipped:
        scope.report("a slice of the rows", ENDS, node.lineno)
    return rows


def _zipped(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    rows = [node for node, value in zip(call.args, values, strict=False) if value.kind in ROWS | COLUMNS]
    whole = {node.id for node in rows if isinstance(node, ast.Name)}
    later = [node for node in rows if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)]
    if any(isinstance(node.value, ast.Name) and node.value.id in whole for node in later):
        scope.report("zip() of rows with the next ones", NEIGHBOURS, call.lineno)
    if any(isinstance(node, ast.Call) and scope.full_name(node.func) == "itertools.count" for node in call.args):
        return Value(Kind.NUMBERED, Effect("count()", call.lineno)) if rows else OTHER
    return RECORDS if rows else UNKNOWN


def _next(scope: Scope, call: ast.Call, rows: Value) -> Value:
    if rows.kind is Kind.RECORDS:
        scope.report("next()", ENDS, call.lineno)
        return ROW
    scope.heads += 1
    return OTHER


# Methods


def _method(scope: Scope, call: ast.Call, called: ast.Attribute) -> Value:
    name, owner = called.attr, called.value
    receiver = scope.value(owner)
    kind = receiver.kind
    if kind is Kind.PATH:
        return _of_path(scope, call, name)
    if kind in ROWS:
        return _of_rows(scope, call, name, receiver)
    if isinstance(owner, ast.Attribute) and owner.attr in names.ACCESSORS:
        _values(scope, call)
        return receiver
    if kind in COLUMNS or kind is Kind.PARTIAL:
        return _of_columns(scope, call, name, receiver)
    values = _values(scope, call)
    if name in sql.METHODS and kind in (Kind.UNKNOWN, Kind.OTHER):
        return _query(scope, call, values)
    if name in ("fit", "fit_transform", "fit_predict") and any(value.kind in COLUMNS for value in values):
        return _effect(scope, call, name, TABLE, f".{name}()")
    if kind is Kind.UNKNOWN:
        if name in names.DISTINCT and not _within_rows(call, name):
            scope.report(f".{name}()", names.METHODS[name], call.lineno, traced=False)
        return _made_of(values) if strongest(values).kind in (Kind.ROW, Kind.NUMBERS) else UNKNOWN
    return receiver


def _of_path(scope: Scope, call: ast.Call, name: str) -> Value:
    values = _values(scope, call)
    if name == "records":
        return RECORDS
    mode = constant(values and call.args[0] if call.args else None)
    writes = name == "open" and isinstance(mode, str) and mode[:1] in ("w", "a", "x")
    return Value(Kind.FILE) if name in ("open", "read_text", "read_bytes") and not writes else Value(Kind.PATH)


def _of_rows(scope: Scope, call: ast.Call, name: str, rows: Value) -> Value:
    _values(scope, call)
    if name in ("readlines", "splitlines", "split"):
        return Value(Kind.LINES)
    if name == "readline":
        return _next(scope, call, Value(Kind.LINES))
    if name in ("sort", "reverse") and rows.kind is not Kind.FILE:
        scope.report(f".{name}()", names.SELECTION, call.lineno)
    return rows


def _of_columns(scope: Scope, call: ast.Call, name: str, receiver: Value) -> Value:
    kind = receiver.kind
    if name in names.TO_ROWS:
        return receiver if kind is Kind.PARTIAL else RECORDS
    if name == "iterrows":
        indexed = kind is not Kind.TABLE
        return RECORDS if indexed else Value(Kind.NUMBERED, Effect(".iterrows()", call.lineno))
    inside = (Kind.GROUPS, Kind.PARTIAL) if kind in (Kind.GROUPS, Kind.PARTIAL) else (Kind.TABLE,)
    values = [_argument(scope, call, node, name, inside[0]) for node in call.args]
    values += [_argument(scope, call, given.value, name, inside[0]) for given in call.keywords]
    if kind not in (Kind.GROUPS, Kind.PARTIAL) and name not in ("agg", "aggregate", "select"):
        _report_combined(scope, [receiver, *values], numbers=name in _STORING)
    elif kind is Kind.GROUPS and name == "transform":
        scope.report(".transform() of groups", WITHIN, call.lineno)
        return TABLE
    if name in sql.METHODS and sql.in_query(sql.text_of(call.args[0] if call.args else None)):
        return _query(scope, call, [receiver])
    return _effect(scope, call, name, receiver, f".{name}()")


def _argument(scope: Scope, call: ast.Call, node: ast.expr, method: str, kind: Kind) -> Value:
    """Return what an argument of a table's method stands for; a function is called with the table, or a row."""
    function = scope.local_function(node)
    if function is None:
        return scope.inside(node)
    given = ROW if method in _ELEMENTS or _within_rows(call, method) else Value(kind)
    made = scope.call_function(function, [given])
    return made if method == "assign" else UNKNOWN


def _effect(scope: Scope, call: ast.Call, name: str, receiver: Value, shown: str) -> Value:  # noqa: PLR0911
    """Return what a method makes of a table; report where it looks beyond one row."""
    kind = receiver.kind
    text = constant(call.args[0] if call.args else None)
    if name in ("apply", "transform", "agg", "aggregate", "pipe") and isinstance(text, str) and text in names.METHODS:
        name, shown = text, f'.{name}("{text}")'
    if name in names.GROUPING:
        return Value(Kind.GROUPS, Effect(shown, call.lineno))
    if _fills(call, name):
        scope.report(shown, NEIGHBOURS, call.lineno, traced=_is_traced(scope, kind))
        return receiver
    reason = _reason(call, name, receiver)
    if reason is PARTIAL or (kind is Kind.GROUPS and reason in (ENDS, names.SELECTION)):
        return TABLE if kind is Kind.WINDOW else _partial(shown, call)
    if reason is not None and not (kind is Kind.PARTIAL and reason.can_merge):
        scope.report(shown, reason, call.lineno, traced=_is_traced(scope, kind))
        return Value(Kind.WINDOW) if name in names.WINDOWS else _table_of(receiver)
    if kind is Kind.GROUPS:
        return _partial(shown, call) if name in ("apply", "first", "last", "nth", "size", "len", "pipe") else receiver
    if name == "set_index":
        return Value(Kind.INDEXED)
    return Value(Kind.TABLE) if kind is Kind.WINDOW else receiver


def _table_of(value: Value) -> Value:
    return TABLE if value.kind is Kind.GROUPS else value


def _reason(call: ast.Call, name: str, receiver: Value) -> names.Reason | None:
    """Return why a method of a table looks beyond one row; None where it does not."""
    kind = receiver.kind
    if name == "dropna":
        return WITHIN if constant(keyword(call, "axis")) in (1, "columns") else None
    if _within_rows(call, name):
        return None
    if name == "unique":
        return names.SELECTION
    if name in ("first", "last"):
        return PARTIAL if kind in (Kind.EXPRESSION, Kind.GROUPS) else ENDS if kind is Kind.TABLE else None
    if name == "reset_index":
        dropped = constant(keyword(call, "drop"))
        return NUMBERS if kind is Kind.TABLE and dropped is not True else None
    if name == "cut":
        return WITHIN if isinstance(constant(keyword(call, "bins") or (call.args[1:] or [None])[0]), int) else None
    if name == "len" and kind is Kind.EXPRESSION:
        return PARTIAL
    return names.METHODS.get(name)


def _within_rows(call: ast.Call, name: str) -> bool:
    """Whether a method works along each row."""
    axis = keyword(call, "axis")
    if axis is None and names.METHODS.get(name) is PARTIAL and call.args:
        axis = call.args[0]
        return constant(axis) == 1
    return axis is not None and constant(axis) in (1, -1, "columns")


def _fills(call: ast.Call, name: str) -> bool:
    """Whether a call fills gaps with what stands elsewhere in the column."""
    how = keyword(call, "method", "strategy")
    return name in ("fillna", "fill_null", "replace", "reindex") and how is not None and constant(how) in _FILLING


def _is_traced(scope: Scope, kind: Kind) -> bool:
    return kind is not Kind.EXPRESSION or _is_inside(scope)


def _is_inside(scope: Scope) -> bool:
    return bool(getattr(scope, "is_inside", False))


def _report_combined(scope: Scope, values: list[Value], *, numbers: bool = False) -> None:
    """Report a result of all rows of a chunk, and numbers of rows, that meet single rows again."""
    if any(value.kind in COLUMNS for value in values):
        for value in values:
            if value.by is not None and value.kind is Kind.PARTIAL:
                scope.report(value.by.name, WITHIN, value.by.line)
            elif value.by is not None and value.kind is Kind.NUMBERS and numbers:
                scope.report(value.by.name, NUMBERS, value.by.line)

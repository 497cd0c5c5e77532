"""What a reader of tables says about the start and the end of a file, and about the types of its columns."""

from __future__ import annotations

import ast

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.neighbours.names import ENDS, FOOT, HEAD, NUMBERS, TYPES
from parallel_stage.pysource.neighbours.values import constant, keyword

if TYPE_CHECKING:
    from parallel_stage.pysource.neighbours.values import Scope

_HEADS = (
    "skiprows",
    "skip_rows",
    "skip_header",
    "skip_lines",
    "header",
    "names",
    "has_header",
    "skip_rows_after_header",
)
_FEET = ("skipfooter", "skip_footer", "skip_tail_rows")
_FIRST = ("nrows", "n_rows", "max_rows")
_NUMBERS = ("row_index_name", "row_count_name")
_TYPES = (
    *("dtype", "dtypes", "dtype_backend", "converters", "schema", "schema_overrides", "infer_schema"),
    *("infer_schema_length", "convert_options", "column_types", "parse_options"),
)
_GUESSING = ("pandas", "dask", "modin", "polars")
_TABULAR = ("read_csv", "read_table", "read_fwf", "scan_csv", "read_csv_batched", "loadtxt", "genfromtxt")


def report_reader(scope: Scope, call: ast.Call, name: str, read: int) -> None:
    """Report what a call that reads a text table says about the file's start and end, and about types.

    Args:
        scope: The function.
        call: The call.
        name: The full name of what is called.
        read: The lines that were read before it.
    """
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    if last not in _TABULAR:
        return
    for names, reason in ((_FEET, FOOT), (_FIRST, ENDS), (_NUMBERS, NUMBERS)):
        given = next((each for each in call.keywords if each.arg in names), None)
        if given is not None and constant(given.value) not in (0, None):
            scope.report(f"{given.arg} of {last}()", reason, call.lineno)
    if root in _GUESSING and keyword(call, *_TYPES) is None and all(each.arg for each in call.keywords):
        scope.report(f"{root}.{last}()", TYPES, call.lineno)
    lines = _lines(call, root)
    said = next((each for each in call.keywords if each.arg in _HEADS), None)
    what = f"{said.arg} of {last}()" if said else f"{last}()"
    scope.report(what, HEAD, call.lineno, lines=None if lines is None else lines + read)


def _lines(call: ast.Call, library: str) -> int | None:
    """Return the number of lines before the records; None where it cannot be seen."""
    if library == "numpy":
        return _number(keyword(call, "skiprows", "skip_header"), 0)
    skipped = keyword(call, "skiprows", "skip_rows", "skip_lines")
    if isinstance(skipped, (ast.List, ast.Tuple, ast.Set)):
        return _listed(skipped.elts, call)
    before = _number(skipped, 0)
    below = _number(keyword(call, "skip_rows_after_header"), 0)
    header = _header(call)
    return None if before is None or header is None or below is None else before + header + below


def _header(call: ast.Call) -> int | None:
    has = keyword(call, "has_header")
    if has is not None:
        said = constant(has)
        return int(said) if isinstance(said, bool) else None
    header = keyword(call, "header")
    if header is None:
        return 0 if keyword(call, "names") is not None else 1
    if isinstance(header, (ast.List, ast.Tuple)):
        levels = [constant(each) for each in header.elts]
        return max((level + 1 for level in levels if isinstance(level, int)), default=None)
    said = constant(header)
    if said == "infer":
        return 0 if keyword(call, "names") is not None else 1
    return 0 if said is None else said + 1 if isinstance(said, int) else None


def _listed(skipped: list[ast.expr], call: ast.Call) -> int | None:
    """Return the head of a file of which single lines are left out."""
    numbers = [constant(each) for each in skipped]
    header = _header(call)
    if header is None or not all(isinstance(number, int) for number in numbers):
        return None
    left_out = {number for number in numbers if isinstance(number, int)}
    line = 0
    while header or line in left_out:
        header -= line not in left_out
        line += 1
    return max(line, max(left_out, default=-1) + 1)


def _number(node: ast.expr | None, otherwise: int) -> int | None:
    if node is None:
        return otherwise
    value = constant(node)
    return value if isinstance(value, int) else 0 if value is None else None

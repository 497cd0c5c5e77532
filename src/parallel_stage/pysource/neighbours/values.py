"""What an expression of a function stands for: the file, its rows, a table of them, or a result of many rows."""

from __future__ import annotations

import ast
from enum import Enum, auto

from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    from parallel_stage.pysource.definition import Effect
    from parallel_stage.pysource.neighbours.names import Reason


class Kind(Enum):
    """The kinds of values that differ."""

    UNKNOWN = auto()
    OTHER = auto()
    """Certainly nothing of the argument."""
    PATH = auto()
    """The argument: a path, or a chunk."""
    FILE = auto()
    """The open file, or its text."""
    LINES = auto()
    """Its lines or rows, from the first on."""
    RECORDS = auto()
    """Its rows below the header, or what is made of each."""
    NUMBERED = auto()
    """Its rows, each with its number."""
    ROW = auto()
    """One row, or what is made of one."""
    TABLE = auto()
    """A data frame, a column or an array of the rows."""
    INDEXED = auto()
    """A data frame with an index of its own."""
    TABLES = auto()
    """Pieces of the table, one after the other."""
    GROUPS = auto()
    """The table in groups, or one group."""
    WINDOW = auto()
    """A rolling window over the table."""
    EXPRESSION = auto()
    """What polars will do with a column."""
    PARTIAL = auto()
    """What is made of many rows: a sum, an aggregated table."""
    NUMBERS = auto()
    """Numbers of rows, or what is made of one."""


class Value(NamedTuple):
    """What an expression stands for; where it is a result of many rows, also the code that made it."""

    kind: Kind
    by: Effect | None = None


UNKNOWN = Value(Kind.UNKNOWN)
OTHER = Value(Kind.OTHER)
ROW = Value(Kind.ROW)
RECORDS = Value(Kind.RECORDS)
TABLE = Value(Kind.TABLE)

ROWS = frozenset((Kind.LINES, Kind.RECORDS, Kind.FILE, Kind.NUMBERED))
COLUMNS = frozenset((Kind.TABLE, Kind.INDEXED, Kind.GROUPS, Kind.WINDOW, Kind.EXPRESSION))
OF_THE_FILE = ROWS | COLUMNS | {Kind.PATH, Kind.ROW, Kind.TABLES, Kind.PARTIAL, Kind.NUMBERS}

_STRONGEST = (
    *(Kind.NUMBERS, Kind.GROUPS, Kind.INDEXED, Kind.TABLE, Kind.EXPRESSION, Kind.WINDOW, Kind.ROW, Kind.RECORDS),
    *(Kind.LINES, Kind.FILE, Kind.NUMBERED, Kind.TABLES, Kind.PARTIAL, Kind.PATH, Kind.UNKNOWN, Kind.OTHER),
)
_RANK = {kind: rank for rank, kind in enumerate(_STRONGEST)}


if TYPE_CHECKING:

    class Scope(Protocol):
        """What the parts of the analysis need of each other."""

        heads: int
        """The number of lines that were read one by one."""
        is_inside: bool
        """Whether what is followed is applied to a table of the file."""

        def value(self, node: ast.expr | None) -> Value:
            """Return what an expression stands for."""

        def full_name(self, node: ast.AST) -> str:
            """Return the full name of an imported or built-in thing; empty for anything else."""

        def report(
            self, name: str, reason: Reason, line: int, *, traced: bool = True, lines: int | None = None
        ) -> None:
            """Take what looks beyond one row."""

        def call_function(self, node: ast.AST, values: list[Value]) -> Value:
            """Return what a function of the module returns for these positional arguments."""

        def local_function(self, node: ast.expr) -> ast.AST | None:
            """Return the function of the module that a name, or a lambda, stands for."""

        def text(self, node: ast.expr | None) -> str:
            """Return the constant parts of a text, also of a named one; empty for anything else."""

        def inside(self, node: ast.expr) -> Value:
            """Return what an expression stands for that is applied to a table of the file."""


def strongest(values: Iterable[Value]) -> Value:
    """Return what is made of several values."""
    return min(values, key=lambda value: _RANK[value.kind], default=OTHER)


def constant(node: ast.expr | None) -> object:
    """Return the value of a constant, also of a negative number; `...` for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = constant(node.operand)
        return -value if isinstance(value, (int, float)) else ...
    return node.value if isinstance(node, ast.Constant) else ...


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """Return the value of the first of these keywords that a call has."""
    return next((given.value for given in call.keywords if given.arg in names), None)


def argument(call: ast.Call, at: int) -> ast.expr | None:
    """Return a positional argument of a call, if it has so many."""
    return call.args[at] if len(call.args) > at else None


def given(scope: Scope, call: ast.Call) -> list[Value]:
    """Return what the arguments of a call stand for."""
    return [*map(scope.value, call.args), *(scope.value(each.value) for each in call.keywords)]


def stored(goal: ast.AST) -> Iterator[str]:
    """Yield the names that are bound by a target."""
    return (node.id for node in ast.walk(goal) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))

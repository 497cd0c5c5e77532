"""Diagnostics: findings with their rule, severity, position and message."""

from __future__ import annotations

from enum import Enum

from parallel_stage.errors import ParallelStageError
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from parallel_stage.contract.text import Route, Span


class Severity(str, Enum):
    """The severity of a finding; only errors fail a check."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Position(NamedTuple):
    """A place in a file: line and column, both from 1, the column in code points."""

    line: int
    column: int


class Replacement(NamedTuple):
    """A text to write in place of a span of a file.

    Attributes:
        span: The span, in code points from the start of the file; empty for an insertion.
        start: Where it starts.
        end: Just after its last character.
        text: The new text.
    """

    span: Span
    start: Position
    end: Position
    text: str


class Fix(NamedTuple):
    """The fix of a finding.

    Attributes:
        replacements: In the order of the text; they do not overlap.
        safe: Whether the contract certainly keeps its meaning, or gets the one its author intended.
    """

    replacements: tuple[Replacement, ...]
    safe: bool


class Diagnostic(NamedTuple):
    """One finding in one file.

    Attributes:
        rule: The rule's id.
        severity: The effective severity.
        path: The file, as the caller named it.
        message: The value found, what is allowed, what to write.
        route: The value that it is about.
        start: Where the key or value starts.
        end: Just after its last character.
        line_text: The text of the line it starts on, without its end.
        value: The value it is about as JSON; empty where there is none.
        fix: Its fix, where there is one.
    """

    rule: str
    severity: Severity
    path: str
    message: str
    route: Route
    start: Position
    end: Position
    line_text: str
    value: str = ""
    fix: Fix | None = None


class Report(NamedTuple):
    """The findings in some files.

    Attributes:
        paths: Every file that was checked, in that order.
        diagnostics: All findings, file by file, in the order of the text.
        contracts: The number of contracts in the files; None for one in each.
    """

    paths: list[str]
    diagnostics: list[Diagnostic]
    contracts: int | None = None

    def count(self, severity: Severity) -> int:
        """Return the number of findings of that severity."""
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)

    @property
    def failed(self) -> bool:
        """Whether there is an error: the exit code depends on nothing else."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)


class InvalidContractError(ParallelStageError):
    """The contract is not valid, so nothing is planned or run (exit 1).

    Args:
        path: The contract, as the caller named it.
        problems: The errors that a check finds in it, in the order of the text.

    Attributes:
        problems: The same.
    """

    exit_code = 1

    def __init__(self, path: str, problems: tuple[Diagnostic, ...]) -> None:
        lines = [f"  line {each.start.line}: {each.message} [{each.rule}]" for each in problems]
        super().__init__("\n".join([f"{path} is not a valid contract", *lines]), f"run parallel-stage check {path}")
        self.path = path
        self.problems = problems

    def __reduce__(self) -> tuple[type[InvalidContractError], tuple[Any, ...]]:
        return type(self), (self.path, self.problems)

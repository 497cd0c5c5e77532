"""What can stop the program: one class for each exit code, raised anywhere, turned into a sentence in `cli`.

Problems of a contract are data (`lint.diagnostic.Diagnostic`), not exceptions; an exception means that the
tool cannot do what was requested. `InvalidContractError` stands beside the diagnostics that it carries.
"""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


class ParallelStageError(Exception):
    """The base of every error this package raises on purpose.

    Args:
        message: What is wrong, with the value found and where it was found: one line, whatever names are in it.
        hint: What to do about it; printed on a line of its own.
        details: Lines that are printed below the message, such as a traceback.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message}\n{self.details}" if self.details else self.message

    def __reduce__(self) -> tuple[type[ParallelStageError], tuple[Any, ...]]:
        # Errors cross process boundaries: keep all parts when pickled.
        return type(self), (self.message, self.hint, self.details)


class Interrupted(KeyboardInterrupt):
    """A run is to end: by SIGINT (exit 130), SIGTERM (143) or SIGHUP (129).

    Args:
        message: What is kept of the run, and how to run it again; empty while that is unknown.
        number: The signal, by default SIGINT.
    """

    def __init__(self, message: str = "", number: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.number = number

    @property
    def exit_code(self) -> int:
        """The exit code, as in shells."""
        return 128 + self.number


class UsageError(ParallelStageError):
    """The command line or a call of the API makes no sense (exit 2)."""


class MissingExtraError(UsageError):
    """A package is needed that the linter alone does not need (exit 2)."""


class NoInputError(ParallelStageError):
    """The contract's input matches nothing (exit 3)."""

    exit_code = 3


class PlanRefusedError(ParallelStageError):
    """The contract is valid, but this work cannot be planned or started (exit 4)."""

    exit_code = 4


class PartitionsFailedError(ParallelStageError):
    """Partitions failed, so there is no result (exit 5)."""

    exit_code = 5


class ReducerFailedError(ParallelStageError):
    """The parts could not be merged; they are kept (exit 7)."""

    exit_code = 7


class InputChangedError(ParallelStageError):
    """An input is no longer what was planned (exit 8)."""

    exit_code = 8


class DifferenceError(ParallelStageError):
    """What a run has left is no longer what it says, or a result depends on the cuts (exit 10)."""

    exit_code = 10


class BackendLostError(ParallelStageError):
    """The workers cannot be reached or are not healthy (exit 9)."""

    exit_code = 9


class HealthError(ParallelStageError):
    """The health of a service cannot be looked at (exit 1, as in AGILAB's gate)."""

    exit_code = 1

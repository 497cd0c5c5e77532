"""What is found: where a function looks beyond one row."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from parallel_stage.pysource.module import Module
    from parallel_stage.pysource.neighbours.names import Reason


class Dependence(NamedTuple):
    """Where a function looks beyond one row.

    Attributes:
        name: The code, as a message shows it.
        reason: Why it gives other results on a chunk.
        line: Its line.
        traced: Whether it surely works on the argument's rows.
        lines: Where the reason is `HEAD`: the lines that are read before the records; None where it cannot be
            seen.
    """

    name: str
    reason: Reason
    line: int
    traced: bool
    lines: int | None = None


class Findings:
    """What is found in a module, with the names that its functions import."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.found: dict[Dependence, None] = {}
        self.imported: dict[str, str] = {}

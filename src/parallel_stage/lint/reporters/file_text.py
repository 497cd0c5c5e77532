"""The text of a checked file, for formats that need more of it than a finding holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.contract import regular_file
from parallel_stage.contract.document import SIZE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.lint.diagnostic import Diagnostic


def read(path: str) -> str:
    """Return the file's text, what is not UTF-8 replaced; empty where it cannot or should not be read."""
    try:
        return regular_file.read(path, SIZE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def is_as_checked(diagnostic: Diagnostic, lines: Sequence[str]) -> bool:
    """Whether a file's lines still hold the line of a finding: standard input has a name and need not be a file."""
    number = diagnostic.start.line
    # A file that is not UTF-8 has no line text.
    return number <= len(lines) and diagnostic.line_text in {"", lines[number - 1].rstrip("\r")}

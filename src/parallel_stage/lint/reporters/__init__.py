"""One module a format, each with `render(report) -> str`; all from the same list of diagnostics."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostics import Report

FORMATS = ("text", "concise", "json", "agilab")
"""What `--format` takes, each the name of a module here."""


def render(report: Report, format_: str) -> str:
    """The report in a format, with a newline at the end unless it is empty."""
    text: str = importlib.import_module(f"{__name__}.{format_}").render(report)
    return text

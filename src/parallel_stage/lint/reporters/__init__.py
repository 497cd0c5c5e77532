"""One module a format, each with `render(report) -> str`; all from the same list of diagnostics."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Report

FORMATS = ("text", "concise", "json", "agilab", "sarif", "github", "gitlab", "junit")
"""What `--format` takes, each the name of a module here."""


def render(report: Report, format_: str, *, colour: bool = False) -> str:
    """The report in a format, with a newline at the end unless it is empty; only `text` knows of colours."""
    reporter = importlib.import_module(f"{__name__}.{format_}")
    rendered: str = reporter.render(report, colour=colour) if format_ == "text" else reporter.render(report)
    return rendered

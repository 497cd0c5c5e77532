"""Reporters: one module for each format, with `render(report) -> str`."""

from __future__ import annotations

import importlib

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Report

FORMATS = ("text", "concise", "json", "agilab", "sarif", "github", "gitlab", "junit")
"""The values of `--format`; each is the name of a module here."""


def render(report: Report, format_: str, *, colour: bool = False) -> str:
    """Return the report in a format; it ends in a newline unless it is empty. Only `text` has colours."""
    reporter = importlib.import_module(f"{__name__}.{format_}")
    rendered: str = reporter.render(report, colour=colour) if format_ == "text" else reporter.render(report)
    return rendered

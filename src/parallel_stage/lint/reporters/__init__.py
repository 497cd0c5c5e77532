"""Reporters: one module for each format, with `render(report) -> str`."""

from __future__ import annotations

import importlib

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from parallel_stage.lint.diagnostic import Report

FORMATS = ("text", "concise", "json", "agilab", "sarif", "github", "gitlab", "azure", "rdjson", "junit")
"""The values of `--format`; each is the name of a module here."""


def render(
    report: Report,
    format_: str,
    *,
    colour: bool = False,
    summary: bool = True,
    width: int | None = None,
    notify: Callable[[str], object] = str,
) -> str:
    """Return the report in a format; it ends in a newline unless it is empty.

    Args:
        report: The report.
        format_: One of `FORMATS`.
        colour: Whether to colour it; only `text` has colours.
        summary: Whether to close it with the numbers of findings; only `text` does.
        width: The columns of the terminal, None for a file; only `text` breaks lines.
        notify: Called with a sentence where the format cannot hold all findings.
    """
    own: dict[str, dict[str, Any]] = {
        "text": {"colour": colour, "summary": summary, "width": width},
        "sarif": {"notify": notify},
    }
    rendered: str = importlib.import_module(f"{__name__}.{format_}").render(report, **own.get(format_, {}))
    return rendered

"""Across files: the pages of what `lint.claims` finds where several contracts are checked together."""

from __future__ import annotations

from parallel_stage.lint.diagnostics import Severity
from parallel_stage.lint.rules.rule import page

RULES = (
    page(
        "duplicate-output",
        Severity.ERROR,
        """
Two contracts write one result.

Whichever runs last replaces what the other wrote. Seen where both contracts are checked by one command, as
`parallel-stage check .` and the hook `parallel-stage-check-all` do; told of every contract but the first. Ignore it
where only one of them is ever run.
""",
    ),
    page(
        "duplicate-name",
        Severity.WARNING,
        """
Two contracts of one project share a name.

Run directories go by the name, so that the runs of both are kept in one place, and reports cannot tell them apart. A
project is what is below the nearest `pyproject.toml` or `.git`. Ignore it where the contracts are variants of one
stage.
""",
    ),
)

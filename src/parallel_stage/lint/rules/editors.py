"""Editors: whether they are told what they need to know. Here are the pages."""

from __future__ import annotations

from parallel_stage.lint.diagnostics import Severity
from parallel_stage.lint.rules.rule import page

RULES = (
    page(
        "no-editor-schema",
        Severity.INFO,
        """
The contract does not tell editors where its schema is.

Told by the contract, the engines of most editors (taplo, tombi, VS Code's, yaml-language-server) check and complete it
while it is typed, with nothing to set up. Asked only where it is selected, or given a severity: a project may tell its
editors by their settings, as `parallel-stage schema --write` does. Ignore it where editors are told for one directory.

Fix: `--fix` writes the address of the schema: as a comment in the first line, in JSON as the key `$schema`.

Bad:
    name = "delays"

Good:
    #:schema https://parallel-stage.github.io/schema/agilab.parallel_stage.v1.schema.json
    name = "delays"
""",
        by_choice=True,
    ),
)

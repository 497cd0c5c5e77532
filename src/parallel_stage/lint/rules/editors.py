"""Editors: whether a contract names its schema for them. Its text is checked, since comments are no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import page

if TYPE_CHECKING:
    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic

NO_EDITOR_SCHEMA = page(
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
)
RULES = (NO_EDITOR_SCHEMA,)


def untold(document: Document) -> list[Diagnostic]:
    """`no-editor-schema`, with what mends it, for a contract that does not."""
    from parallel_stage.contract import formats
    from parallel_stage.contract.schema_comment import is_told, telling, told_in
    from parallel_stage.lint.locate import at, fix

    if not isinstance(document.data, dict) or is_told(document):
        return []
    message = f"editors are not told where the schema is; start with {told_in(formats.name(document.format))}"
    found = at(document.path, document.lines, NO_EDITOR_SCHEMA, (0, 0), message)
    edits = telling(document)
    return [found._replace(fix=fix(document.lines, edits, safe=True) if edits else None)]

"""Whether a contract tells editors where its schema is; asked of its text, since comments are no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.contract import formats
from parallel_stage.contract.schema_comment import is_told, telling, told_in
from parallel_stage.lint.placing import at, fix
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostics import Diagnostic


def untold(document: Document) -> list[Diagnostic]:
    """`no-editor-schema`, with what mends it, for a contract that does not."""
    if not isinstance(document.data, dict) or is_told(document):
        return []
    message = f"editors are not told where the schema is; start with {told_in(formats.name(document.format))}"
    found = at(document.path, document.lines, RULES["no-editor-schema"], (0, 0), message)
    edits = telling(document)
    return [found._replace(fix=fix(document.lines, edits, safe=True) if edits else None)]

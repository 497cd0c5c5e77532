"""Rules about editors: a contract names its schema for them. They check the text, which has the comments."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Rule

if TYPE_CHECKING:
    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic

NO_EDITOR_SCHEMA = Rule(
    "no-editor-schema",
    Severity.INFO,
    """
The contract does not name its schema for editors.

With the line, the engines of most editors (taplo, tombi, VS Code's, yaml-language-server) check and complete
the contract while it is typed, without any settings. The rule is opt-in: it runs where it is selected or
given a severity, since a project may have settings for its editors instead, which `parallel-stage schema
--write` writes. Ignore it where such settings cover one directory.

Fix: `--fix` writes the address of the schema: as a comment in the first line, in JSON as the key `$schema`.

Bad:
    name = "delays"

Good:
    #:schema https://parallel-stage.github.io/schema/agilab.parallel_stage.v1.schema.json
    name = "delays"
""",
    since="0.1.0",
    opt_in=True,
)
RULES = (NO_EDITOR_SCHEMA,)


def missing_schema_line(document: Document) -> list[Diagnostic]:
    """Return `no-editor-schema`, with its fix, for a contract that does not name its schema."""
    from parallel_stage.contract import formats
    from parallel_stage.contract.schema_comment import edits_naming_schema, names_schema, schema_line
    from parallel_stage.lint.locate import diagnostic_at, fix_of

    if not isinstance(document.data, dict) or names_schema(document):
        return []
    message = (
        f"the contract does not name its schema for editors; start with {schema_line(formats.name(document.format))}"
    )
    found = diagnostic_at(document.path, document.lines, NO_EDITOR_SCHEMA, (0, 0), message)
    edits = edits_naming_schema(document)
    return [found._replace(fix=fix_of(document.lines, edits, safe=True) if edits else None)]

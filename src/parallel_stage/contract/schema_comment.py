"""The line that names the schema for editors: a comment in TOML and YAML, a key in JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parallel_stage.contract import edits, formats
from parallel_stage.contract.problem import Assign
from parallel_stage.contract.schema import schema
from parallel_stage.contract.text import Edit, Span, line_end

if TYPE_CHECKING:
    from parallel_stage.contract.document import Document

_KEY = "$schema"
_SCHEMA_LINES = {"toml": "#:schema {}", "yaml": f"# yaml-language-server: {_KEY}={{}}", "json": f'"{_KEY}": "{{}}"'}
_SCHEMA_LINE_PATTERNS = {"toml": r"#:schema\s+\S", "yaml": r"#.*\$schema\s*[:=]\s*\S"}


def schema_line(format_name: str) -> str:
    """Return the comment, or in JSON the member, with the published address of the schema."""
    return _SCHEMA_LINES[format_name].format(schema()["$id"])


def names_schema(document: Document) -> bool:
    """Whether a contract names its schema; in TOML before the first key, where editors look for it."""
    name, text = formats.name(document.format), document.text
    if name == "json":
        return _KEY in document.data
    first = next(
        (span for span in document.format.comments(text) if re.match(_SCHEMA_LINE_PATTERNS[name], text[slice(*span)])),
        None,
    )
    return first is not None and (name == "yaml" or not document.data or first < document.entries()[0][1])


def edits_naming_schema(document: Document) -> list[Edit]:
    """Return the edits that add the line or key; none where a JSON text cannot be edited."""
    name = formats.name(document.format)
    if name == "json":
        return edits.edits_for(document, Assign((_KEY,), schema()["$id"]))
    start = 1 if document.text.startswith("\ufeff") else 0
    return [Edit(Span(start, start), schema_line(name) + line_end(document.text))]

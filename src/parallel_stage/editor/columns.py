"""The names of the columns of a contract's table, from the start of its first file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.document import parse
from parallel_stage.contract.model import InputFormat
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.errors import ParallelStageError
from parallel_stage.lint.inputs.inspect import InputInspection
from parallel_stage.lint.rule import Subject
from parallel_stage.plan.dialect import TEXT_KINDS, dialect_of
from parallel_stage.plan.divisible import opaque, unsafe_encoding
from parallel_stage.plan.splits.table import TABLE_KINDS, column_names

if TYPE_CHECKING:
    from parallel_stage.editor.open_document import OpenDocument


def columns(opened: OpenDocument, offset: int) -> list[str]:
    """Return the names of the table's columns; none where there is no table, or it is outside of the project.

    The line of the offset may be half typed.
    """
    fields = _fields(opened, offset)
    if not isinstance(fields.get("input"), str) or fields.get("split") != "data-partitions":
        return []
    inspection = InputInspection(
        Subject(fields, opened.path, opened.directory, (), inputs=True, cache={}, resolutions={})
    )
    found = inspection.listing
    if isinstance(found, ParallelStageError) or inspection.is_outside:
        return []
    first = next((item for item in found if item.size), found[0])
    try:
        said = fields.get("input_format")
        dialect = dialect_of(first.path, InputFormat(**said) if said else None)
        is_text = dialect.kind in TEXT_KINDS and not unsafe_encoding(dialect)
        if dialect.kind not in TABLE_KINDS or opaque(os.path.join(opened.directory, first.path), is_text=is_text):
            return []
        return column_names(opened.directory, first, dialect)
    except (ParallelStageError, OSError, TypeError, ValueError):  # a check says what is wrong
        return []


def _fields(opened: OpenDocument, offset: int) -> dict[str, Any]:
    """Return the contract's data, without the line of an offset where the whole does not parse."""
    line = opened.text.rfind("\n", 0, offset) + 1
    end = opened.text.find("\n", offset)
    without = opened.text[:line] + (opened.text[end:] if end >= 0 else "")
    for text in (opened.text, without):
        try:
            data = parse(text.encode(), opened.path).data
        except NotADocumentError:
            continue
        if isinstance(data, dict):
            return data
    return {}

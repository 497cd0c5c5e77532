"""What is told of the place under the pointer: the field, and the rules that found something there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.editor import entries, fields
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from parallel_stage.editor.open_document import Diagnosis, Opened


def markdown(opened: Opened, diagnosis: Diagnosis, offset: int) -> str:
    """The field's description and the pages of the rules with a finding there; empty where there is neither."""
    node = fields.field(entries.at(opened, offset))
    told = [fields.markdown(node)] if "description" in node and "properties" not in node else []
    spans = ((found.rule, opened.span(found)) for found in diagnosis.found)
    rules = dict.fromkeys(rule for rule, span in spans if span.start <= offset <= span.stop)
    return "\n\n---\n\n".join([*told, *(f"### {rule}\n\n{RULES[rule].page}" for rule in rules)])

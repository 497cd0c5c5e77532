"""What people read about a field: its description, its values, and the rules that found something there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.schema import schema
from parallel_stage.editor import entries
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.contract.text import Route
    from parallel_stage.editor.open_document import Diagnosis, OpenDocument

FUNCTIONS = ("function", "reducer_function")
"""The fields that name a function."""


def members(table: Route) -> Mapping[str, Any]:
    """The schemas of a table's keys; none of a table that the schema does not know."""
    node = field(table) if table else schema()
    found: Mapping[str, Any] = node.get("properties", {})
    return found


def field(route: Route) -> Mapping[str, Any]:
    """The schema of the field at a route; empty where the schema has none."""
    node: Any = schema()
    for step in route:
        node = node.get("properties", {}).get(step, {})
    found: Mapping[str, Any] = node
    return found


def values(node: Mapping[str, Any]) -> dict[Any, str]:
    """What may be written as a field's value, with what it means; of an open set what is usual."""
    if "enum" in node:
        return dict(zip(node["enum"], node["enumDescriptions"], strict=True))
    if node.get("type") == "boolean":
        return {True: "", False: ""}
    usual = {node["default"]: "The default."} if "default" in node else {}
    return {**dict.fromkeys(node.get("examples", ()), "An example."), **usual}


def markdown(node: Mapping[str, Any]) -> str:
    """A field's description, its allowed values and its default."""
    told = [f"**{node['title']}**: {node['markdownDescription']}"]
    if "enum" in node:
        told.append("\n".join(f"- `{value}`: {meaning}" for value, meaning in values(node).items()))
    if "default" in node:
        told.append(f"Default: `{json.dumps(node['default'])}`")
    return "\n\n".join(told)


def hover(opened: OpenDocument, diagnosis: Diagnosis, offset: int) -> str:
    """The field's description and the pages of the rules with a finding there; empty where there is neither."""
    node = field(entries.route_at(opened, offset))
    told = [markdown(node)] if "description" in node and "properties" not in node else []
    spans = ((found.rule, opened.span(found)) for found in diagnosis.found)
    rules = dict.fromkeys(rule for rule, span in spans if span.start <= offset <= span.stop)
    return "\n\n---\n\n".join([*told, *(f"### {rule}\n\n{RULES[rule].docs}" for rule in rules)])

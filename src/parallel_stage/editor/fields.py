"""Texts about a field: its description, its values, and the pages of rules with findings there."""

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
    """Return the schemas of a table's keys; none for an unknown table."""
    node = field(table) if table else schema()
    found: Mapping[str, Any] = node.get("properties", {})
    return found


def field(route: Route) -> Mapping[str, Any]:
    """Return the schema of the field at a route; empty for an unknown field."""
    node: Any = schema()
    for step in route:
        node = node.get("properties", {}).get(step, {})
    found: Mapping[str, Any] = node
    return found


def values(node: Mapping[str, Any]) -> dict[Any, str]:
    """Return the values of a field with their meanings; of an open set, its examples and default."""
    if "enum" in node:
        return dict(zip(node["enum"], node["enumDescriptions"], strict=True))
    if node.get("type") == "boolean":
        return {True: "", False: ""}
    usual = {node["default"]: "The default."} if "default" in node else {}
    return {**dict.fromkeys(node.get("examples", ()), "An example."), **usual}


def markdown(node: Mapping[str, Any]) -> str:
    """Return a field's description, its allowed values and its default, as Markdown."""
    parts = [f"**{node['title']}**: {node['markdownDescription']}"]
    if "enum" in node:
        parts.append("\n".join(f"- `{value}`: {meaning}" for value, meaning in values(node).items()))
    if "default" in node:
        parts.append(f"Default: `{json.dumps(node['default'])}`")
    return "\n\n".join(parts)


def hover(opened: OpenDocument, diagnosis: Diagnosis, offset: int) -> str:
    """Return the field's description and the pages of the rules with a finding there.

    Empty where there are none.
    """
    node = field(entries.route_at(opened, offset))
    parts = [markdown(node)] if "description" in node and "properties" not in node else []
    spans = ((found.rule, opened.span(found)) for found in diagnosis.found)
    rules = dict.fromkeys(rule for rule, span in spans if span.start <= offset <= span.stop)
    return "\n\n---\n\n".join([*parts, *(f"### {rule}\n\n{RULES[rule].docs}" for rule in rules)])

"""What the schema says of a field, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.schema import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.contract.text import Route

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

"""The JSON Schemas, from which all other code gets fields, enums, defaults and texts.

The files are in `schema/`, at the top of a checkout or inside the installed package.
"""

from __future__ import annotations

import json
import os
from functools import cache

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

CONTRACT = "agilab.parallel_stage.v1"
_SUFFIX = ".schema.json"


@cache
def directory() -> str:
    """Return the directory of the schema files: the installed package's, else the checkout's."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packaged = os.path.join(package, "schema")
    return packaged if os.path.isdir(packaged) else os.path.join(package, os.pardir, os.pardir, "schema")


def identifiers() -> list[str]:
    """Return the ids of all schemas in the package, sorted."""
    return sorted(name.removesuffix(_SUFFIX) for name in os.listdir(directory()) if name.endswith(_SUFFIX))


def text(identifier: str = CONTRACT) -> str:
    """Return the text of a schema file. Raise KeyError for an unknown id."""
    try:
        with open(os.path.join(directory(), identifier + _SUFFIX), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        raise KeyError(identifier) from None


@cache
def schema(identifier: str = CONTRACT) -> dict[str, Any]:
    """Return a schema as data, which must not be changed. Raise KeyError for an unknown id."""
    loaded: dict[str, Any] = json.loads(text(identifier))
    return loaded


def field(name: str) -> dict[str, Any]:
    """Return the schema of one contract field; a dot leads into a table, as in `input_format.kind`."""
    node = schema()
    for key in name.split("."):
        node = node["properties"][key]
    return node


@cache
def field_names() -> tuple[str, ...]:
    """Return the name of every contract field, in the schema's order; those of a table follow it, with dots."""
    return tuple(_names_below(schema(), ""))


def _names_below(node: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, inner in node.get("properties", {}).items():
        yield prefix + name
        yield from _names_below(inner, f"{prefix}{name}.")


def choices(name: str) -> tuple[str, ...]:
    """Return the values of an enum field, in the schema's order; empty for other fields."""
    return tuple(field(name).get("enum", ()))


def default(name: str) -> Any:
    """Return the default of a field; None where there is none."""
    return field(name).get("default")


def describe(name: str) -> str:
    """Return the description of a field."""
    description: str = field(name)["description"]
    return description

"""The schema registry: the one place that reads the JSON Schemas, and all other code's source of fields and texts.

The files stand in `schema/` at the top of a checkout and inside the installed package; whichever is there is read.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

CONTRACT = "agilab.parallel_stage.v1"
_SUFFIX = ".schema.json"


@cache
def directory() -> str:
    """The directory that holds the schema files: the installed package's own, else the checkout's."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packaged = os.path.join(package, "schema")
    return packaged if os.path.isdir(packaged) else os.path.join(package, os.pardir, os.pardir, "schema")


def identifiers() -> list[str]:
    """The ids of all schemas that ship with the package, sorted."""
    return sorted(name.removesuffix(_SUFFIX) for name in os.listdir(directory()) if name.endswith(_SUFFIX))


def text(identifier: str = CONTRACT) -> str:
    """The schema file as it is written. Raises KeyError for an id that does not ship with the package."""
    try:
        with open(os.path.join(directory(), identifier + _SUFFIX), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        raise KeyError(identifier) from None


@cache
def schema(identifier: str = CONTRACT) -> dict[str, Any]:
    """The schema as data; read once, and not to be changed. Raises KeyError for an unknown id."""
    loaded: dict[str, Any] = json.loads(text(identifier))
    return loaded


def field(name: str) -> dict[str, Any]:
    """The schema of one contract field; a dot leads into a table, as in `input_format.kind`."""
    node = schema()
    for key in name.split("."):
        node = node["properties"][key]
    return node


def choices(name: str) -> tuple[str, ...]:
    """The allowed values of a field, in the schema's order; empty where it is not a closed set."""
    return tuple(field(name).get("enum", ()))


def default(name: str) -> Any:
    """The default of a field, or None where the author must say."""
    return field(name).get("default")


def describe(name: str) -> str:
    """What a field means, in a sentence or two."""
    description: str = field(name)["description"]
    return description

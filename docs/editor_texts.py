"""The keywords of single editors in the contract's schema, all made of the texts that are written in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.validation.explain import allowed

if TYPE_CHECKING:
    from collections.abc import Callable

    Node = dict[str, Any]
    PageOf = Callable[[str], str]

MADE = (
    "markdownDescription",  # VS Code's JSON service, yaml-language-server
    "markdownEnumDescriptions",  # the same two
    "patternErrorMessage",  # the same two
    "x-taplo",  # taplo, which is in Even Better TOML
    "x-tombi-table-keys-order",  # tombi
    "x-tombi-toml-version",  # tombi
)
"""The keywords that are made here, and written by nobody."""

_CODE = re.compile(r"[^\W_]+(?:_\w+)+(?::\w+)?")


def with_editor_texts(contract: Node, page_of: PageOf) -> Node:
    """The schema with each keyword of `MADE` made anew.

    `page_of` tells the address of a field's documentation.
    """
    return {**_table(contract, "", page_of), "x-tombi-toml-version": "v1.0.0"}


def _table(node: Node, prefix: str, page_of: PageOf) -> Node:
    fields = {name: _field(field, prefix + name, page_of) for name, field in node["properties"].items()}
    # A formatter that sorts keys keeps to the order of the documentation.
    return {**_written(node), "properties": fields, "x-tombi-table-keys-order": "schema"}


def _field(node: Node, name: str, page_of: PageOf) -> Node:
    text, page = _markdown(node["description"]), page_of(name)
    field = _table(node, f"{name}.", page_of) if "properties" in node else _written(node)
    field["markdownDescription"] = f"{text}\n\n[Documentation]({page})"
    docs: Node = {"main": text} if text != node["description"] else {}
    if "enum" in node:
        values = [_markdown(text) for text in node["enumDescriptions"]]
        if values != node["enumDescriptions"]:
            field["markdownEnumDescriptions"] = values
        # The others list the values themselves.
        listed = [f"- `{value}`: {text}" for value, text in zip(node["enum"], values, strict=True)]
        docs = {"main": "\n".join([f"{text}\n", *listed]), "enumValues": values}
    if "pattern" in node:
        field["patternErrorMessage"] = f"Write {allowed(node)}."
    return {**field, "x-taplo": {**({"docs": docs} if docs else {}), "links": {"key": page}}}


def _written(node: Node) -> Node:
    return {keyword: value for keyword, value in node.items() if keyword not in MADE}


def _markdown(text: str) -> str:
    """A text in which names with an underscore are marked as code."""
    return _CODE.sub(r"`\g<0>`", text)

"""The generated pages: of the rules from their docstrings, of the contract's fields from the schema."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin

from parallel_stage.contract import schema
from parallel_stage.contract.markdown import UNCHECKED
from parallel_stage.lint.reporters.json import RULES_PAGE
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Rule

NOTE = "<!-- Written by `./dev generate`; edit {source} instead. -->\n"


class Field(NamedTuple):
    """A field of the contract: its name with dots, its schema, whether its table requires it."""

    name: str
    node: dict[str, Any]
    required: bool


def rules_page() -> str:
    """docs/rules.md: the index, then every rule's page as `parallel-stage explain` prints it."""
    index = [
        f"| [{rule.id}](#{rule.id}) | {rule.severity.value} | {', '.join(rule.looks_at)} | {', '.join(rule.fixes)} "
        f"| {rule.summary} |"
        for rule in RULES.values()
    ]
    head = (
        NOTE.format(source="the docstrings in `src/parallel_stage/lint/rules/`"),
        "# Rules\n",
        _paragraph(
            "Only errors fail a check. `parallel-stage explain RULE` prints a page of these, and `parallel-stage "
            "rules` lists them. A rule looks at the text of a contract alone, or beyond it at the source of "
            "functions, at data (with `--inputs`), or at other contracts of the same check. Its fixes are safe, or "
            "need `--unsafe-fixes`."
        ),
        "| rule | severity | looks at | fixes | |\n|---|---|---|---|---|\n" + "\n".join(index) + "\n",
    )
    return "\n".join([*head, *map(_rule, RULES.values())])


def _rule(rule: Rule) -> str:
    lines = [f"## {rule.id}\n", f"*{_facts(rule)}*\n"]
    snippet: list[str] = []
    for line in [*rule.docs.split("\n"), ""]:
        if line.startswith("    ") or (snippet and not line):
            snippet.append(line.removeprefix("    "))
            continue
        lines += _fenced(snippet)
        snippet = []
        lines += ["", line] if line in ("Bad:", "Good:") and lines[-1] else [line]
    return "\n".join([*lines, *_fenced(snippet)]).rstrip() + "\n"


def _facts(rule: Rule) -> str:
    """Return the facts of a rule on one line."""
    fields = ", ".join(f"`{name}`" for name in rule.fields)
    facts = [
        rule.severity.value,
        f"since {rule.since}",
        f"looks at {', '.join(rule.looks_at)}",
        f"{' and '.join(rule.fixes)} fixes" if rule.fixes else "",
        "opt-in" if rule.opt_in else "",
        f"uses {fields}" if fields else "",
    ]
    return " · ".join(filter(None, facts))


def _fenced(snippet: list[str]) -> list[str]:
    body = "\n".join(snippet).rstrip()
    # A part of a contract, even with the schema's line in it, is none to be checked.
    info = f"toml {UNCHECKED}" if schema.CONTRACT in body else "toml"
    return ["", f"```{info}", body, "```", ""] if body else []


def fields_page() -> str:
    """docs/fields.md: every field of the contract as the schema describes it."""
    contract = schema.schema()
    head = (
        NOTE.format(source=f"`schema/{schema.CONTRACT}.schema.json`"),
        "# The fields of a contract\n",
        _paragraph(contract["description"]),
    )
    return "\n".join([*head, *(part for field in _fields(contract, "") for part in _field(field))])


def _paragraph(text: str) -> str:
    return textwrap.fill(text, 110, break_long_words=False, break_on_hyphens=False) + "\n"


def field_addresses() -> dict[str, str]:
    """Where each field of the contract stands in the published docs/fields.md, by its name with dots."""
    page, seen, addresses = urljoin(RULES_PAGE, "fields.md"), Counter[str](), {}
    for field in _fields(schema.schema(), ""):
        # As GitHub makes them: words only, and a number where a heading has the words of one before.
        words = re.sub(r"[^\w -]", "", field.name)
        addresses[field.name] = f"{page}#{words}-{seen[words]}" if seen[words] else f"{page}#{words}"
        seen[words] += 1
    return addresses


def _fields(node: dict[str, Any], prefix: str) -> Iterator[Field]:
    for name, field in node["properties"].items():
        yield Field(prefix + name, field, name in node.get("required", ()))
        if "properties" in field:
            yield from _fields(field, f"{prefix}{name}.")


def _field(field: Field) -> Iterator[str]:
    types = [field.node["type"]] if isinstance(field.node["type"], str) else field.node["type"]
    needed = "required" if field.required else "optional"
    yield f"## {field.name}\n\n*{' or '.join(types)}, {needed}*\n\n{_paragraph(field.node['description'])}"
    if "enum" in field.node:
        pairs = zip(field.node["enum"], field.node["enumDescriptions"], strict=True)
        yield "\n".join(f"- `{value}`: {text}" for value, text in pairs) + "\n"
    if "default" in field.node:
        yield f"Default: `{json.dumps(field.node['default'])}`\n"
    if "examples" in field.node:
        yield f"Examples: {', '.join(f'`{json.dumps(example)}`' for example in field.node['examples'])}\n"

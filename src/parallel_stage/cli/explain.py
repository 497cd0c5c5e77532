"""`parallel-stage explain`: the page of a rule, of a field of the contract, or of a value."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli import completion
from parallel_stage.contract import schema
from parallel_stage.errors import UsageError
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.lint.rule import Rule

_WIDTH = 110


@click.command("explain")
@click.argument("topic", metavar="RULE|FIELD|FIELD=VALUE", shell_complete=completion.topics)
def command(topic: str) -> None:
    """Print the page of a rule, of a field of the contract, or of a value of a field.

    Such as `explain single-worker`, `explain backend`, `explain backend=pool`, `explain input_format.kind`.
    """
    name, equals, text = topic.partition("=")
    if topic in RULES:
        page = _rule_page(RULES[topic])
    elif name not in schema.field_names():
        raise UsageError(_unknown(name), "parallel-stage rules lists the rules, parallel-stage schema has the fields")
    else:
        page = _value_page(name, text) if equals else _field_page(name)
    click.echo(page.rstrip("\n"))


def _unknown(name: str) -> str:
    """Return the message for a name that no rule and no field has, with the near ones."""
    from parallel_stage.contract.validation.suggest import closest

    if name in RULES:
        return f"{name} is a rule, and has no values; write parallel-stage explain {name}"
    inner = [field for field in schema.field_names() if field.rpartition(".")[2] == name]
    near = inner or list(filter(None, [closest(name, [*RULES, *schema.field_names()])]))
    return f"there is no rule or field {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else "")


def _rule_page(rule: Rule) -> str:
    facts = {name.replace("_", " "): value for name, value in rule.facts.items() if name != "severity"}
    shown = {name: ", ".join(value) if isinstance(value, list) else value for name, value in facts.items()}
    shown["opt in"] = "it runs only where it is selected or given a severity" if rule.opt_in else ""
    return f"{rule.id} ({rule.severity.value})\n\n{_table(shown)}\n{rule.docs}"


def _table(rows: Mapping[str, Any]) -> str:
    """Return names and values, a line each, without those that have none."""
    kept = {name: value for name, value in rows.items() if value}
    width = max(map(len, kept), default=0)
    return "".join(_wrapped(f"{name:{width}}  {value}", width + 2) for name, value in kept.items())


def _field_page(name: str) -> str:
    node = schema.field(name)
    parts = [f"{name} ({_types(node)}, {_needed(name)})\n", _wrapped(node["description"])]
    if "enum" in node:
        parts.append(_values(node))
    return "\n".join([*parts, _table(_field_facts(name, node))])


def _field_facts(name: str, node: Mapping[str, Any]) -> dict[str, str]:
    """Return what may be written into a field, and the rules about it."""
    form = node.get("patternErrorMessage", "").removeprefix("Write ").rstrip(".")
    synonyms = {} if "enum" in node else node.get("x-synonyms", {})
    return {
        "write": form or (f"at least {node['minimum']:,}" if "minimum" in node else ""),
        "longest": f"{node['maxLength']:,} characters" if "maxLength" in node else "",
        **{f"{value} is": f"also called {', '.join(words)}" for value, words in synonyms.items()},
        "keys": ", ".join(node.get("properties", ())),
        "default": json.dumps(node["default"]) if "default" in node else "",
        "examples": ", ".join(map(json.dumps, node.get("examples", ()))),
        "rules": ", ".join(rule.id for rule in RULES.values() if name.partition(".")[0] in rule.fields),
    }


def _value_page(name: str, text: str) -> str:
    """Return the page of a value.

    Raises:
        UsageError: Where the field does not take it; the message has the values that it takes, and the near one.
    """
    from parallel_stage.contract.validation import violations

    node, route = schema.field(name), tuple(name.split("."))
    value = _parsed(text, node)
    data: Any = value
    for key in reversed(route):
        data = {key: data}
    problems = [problem for problem in violations(data) if problem.route[: len(route)] == route]
    if problems:
        raise UsageError(problems[0].message, f"parallel-stage explain {name} says what it takes")
    if "enum" in node:
        return f"{name} = {json.dumps(value)}\n\n{_values(node, value)}"
    return f"{name} = {json.dumps(value, default=str)} is allowed\n\n{_field_page(name)}"


def _parsed(text: str, node: Mapping[str, Any]) -> Any:
    """Return the value that a text stands for: as in TOML, but text need not be in quotes."""
    import tomli

    if node["type"] == "string":
        return text
    try:
        return tomli.loads(f"value = {text}")["value"]
    except tomli.TOMLDecodeError:
        return text


def _values(node: Mapping[str, Any], only: str = "") -> str:
    """Return the values of a field's schema, or one of them, with what they mean, and what others call them."""
    meanings = dict(zip(node["enum"], node["enumDescriptions"], strict=True))
    chosen = {only: meanings[only]} if only else meanings
    width = max(map(len, chosen)) + 2
    lines = []
    for value, meaning in chosen.items():
        words = ", ".join(node.get("x-synonyms", {}).get(value, ()))
        lines.append(_wrapped(f"{value:{width}}{meaning}", width))
        lines += [_wrapped(f"{'':{width}}Also called {words}.", width)] if words else []
    return "".join(lines)


def _types(node: Mapping[str, Any]) -> str:
    return node["type"] if isinstance(node["type"], str) else " or ".join(node["type"])


def _needed(name: str) -> str:
    table, _, key = name.rpartition(".")
    node = schema.field(table) if table else schema.schema()
    return "required" if key in node.get("required", ()) else "optional"


def _wrapped(text: str, indent: int = 0) -> str:
    return f"{textwrap.fill(text, _WIDTH, subsequent_indent=' ' * indent, break_on_hyphens=False)}\n"

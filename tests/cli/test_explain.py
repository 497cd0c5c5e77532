from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract import schema
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

ENUMS = [(field, value) for field in schema.field_names() for value in schema.choices(field)]


def _page(command: Command, topic: str) -> str:
    code, out, err = command("explain", topic)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 115
    return out


def _words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("rule", RULES)
def test_the_page_of_a_rule_has_its_facts_and_its_documentation(rule: str, command: Command) -> None:
    page, found = _page(command, rule), RULES[rule]
    head, _, rest = page.partition("\n\n")
    facts, _, docs = rest.partition("\n\n")
    assert head == f"{rule} ({found.severity.value})"
    assert docs == f"{found.docs.rstrip()}\n"
    rows = {line[:8].strip(): line[8:].strip() for line in facts.splitlines() if line[:8].strip()}
    assert rows["since"] == found.since
    assert rows["looks at"] == ", ".join(found.looks_at)
    assert rows.get("fixes", "") == ", ".join(found.fixes)
    assert ("opt in" in rows) is found.opt_in
    assert all(field in facts for field in found.fields)


@pytest.mark.parametrize("field", schema.field_names())
def test_the_page_of_a_field_has_what_the_schema_says(field: str, command: Command) -> None:
    page, node = _words(_page(command, field)), schema.field(field)
    assert page.startswith(f"{field} (")
    assert _words(node["description"]) in page
    for value, meaning in zip(node.get("enum", ()), node.get("enumDescriptions", ()), strict=True):
        assert f"{value} {_words(meaning)}" in page
    for words in node.get("x-synonyms", {}).values():
        assert f"also called {', '.join(words)}" in page.replace("Also", "also")
    if "default" in node:
        assert f"default {json.dumps(node['default'])}" in page
    for name in node.get("properties", ()):
        assert name in page
    readers = [rule.id for rule in RULES.values() if field.partition(".")[0] in rule.fields]
    assert ", ".join(readers) in page


@pytest.mark.parametrize(("field", "value"), ENUMS)
def test_the_page_of_a_value_has_its_meaning(field: str, value: str, command: Command) -> None:
    page, node = _words(_page(command, f"{field}={value}")), schema.field(field)
    assert page.startswith(f"{field} = ")
    assert f"{value} {_words(node['enumDescriptions'][node['enum'].index(value)])}" in page
    others = [meaning for other, meaning in zip(node["enum"], node["enumDescriptions"], strict=True) if other != value]
    assert not any(_words(meaning) in page for meaning in others)


@pytest.mark.parametrize(
    ("topic", "start"),
    [
        ("workers=8", "workers = 8 is allowed\n\nworkers (integer or string, required)\n"),
        ("workers=auto", 'workers = "auto" is allowed\n'),
        ('workers="auto"', 'workers = "auto" is allowed\n'),
        ("name=2024", 'name = "2024" is allowed\n'),
        ("input_format.header=false", "input_format.header = false is allowed\n"),
        ("notes=a=b", 'notes = "a=b" is allowed\n'),
    ],
)
def test_a_value_of_another_field_is_looked_at(topic: str, start: str, command: Command) -> None:
    assert _page(command, topic).startswith(start)


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("backend=dsak", 'write one of "local", "pool", "dask" (did you mean "dask"?)'),
        ("backend=multiprocessing", '(did you mean "pool"?)'),
        ("workers=0", 'workers is 0; write an integer of at least 1 or "auto"'),
        ("workers=all", '(did you mean "auto"?)'),
        ("workers=", 'workers is ""'),
        ("input_format.kind=excel", "input_format.kind is"),
        ("input_format.header=maybe", "input_format.header is"),
        ("function=process", "function is"),
        ("wrong_typ", "there is no rule or field 'wrong_typ'; did you mean wrong-type?"),
        ("partition-strategy", "did you mean partition_strategy?"),
        ("kind", "did you mean partition_by.kind or input_format.kind?"),
        ("bakend=pool", "there is no rule or field 'bakend'; did you mean backend?"),
        ("single-worker=error", "single-worker is a rule, and has no values"),
        ("xyzzy", "there is no rule or field 'xyzzy'\nhelp: "),
        ("", "there is no rule or field ''\n"),
        ("=", "there is no rule or field ''\n"),
    ],
)
def test_a_mistake_is_answered_with_what_is_near(topic: str, words: str, command: Command) -> None:
    code, out, err = command("explain", topic)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_rules_and_fields_share_no_name() -> None:
    names: list[Any] = [*RULES, *schema.field_names()]
    assert len(names) == len(set(names))

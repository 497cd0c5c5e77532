from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from parallel_stage.cli.fields import AUTO, Workers
from parallel_stage.cli.group import COMMANDS, group
from parallel_stage.contract import schema
from parallel_stage.errors import UsageError
from parallel_stage.lint.reporters import FORMATS
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

WRITERS = ("new", "seed")


def _invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def _fields(name: str) -> dict[str, click.Option]:
    """The options of a command that are contract fields."""
    command = importlib.import_module(f"parallel_stage.cli.{name}").command
    return {
        param.name: param
        for param in command.params
        if isinstance(param, click.Option) and param.name in schema.schema()["properties"]
    }


def test_every_command_is_a_module_with_a_summary() -> None:
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str()
    assert group.get_command(click.Context(group), "group") is None


@pytest.mark.parametrize("name", WRITERS)
def test_options_are_the_fields_of_the_schema(name: str) -> None:
    plain = {field for field, node in schema.schema()["properties"].items() if node["type"] != "object"}
    optional = {"reducer_function", "threads_per_worker"}
    tables = {"partition_by"} if name == "new" else set()
    assert set(_fields(name)) | optional == (plain | tables) - {"$schema", "schema"}


@pytest.mark.parametrize("name", WRITERS)
def test_choices_defaults_and_texts_are_those_of_the_schema(name: str) -> None:
    own_default = {"new": {"workers", "partition_strategy", "output", "threads_per_worker"}, "seed": {"output"}}[name]
    own_text = {"new": {"partition_strategy", "output"}, "seed": {"output"}}[name]
    for field, option in _fields(name).items():
        assert option.opts == [f"--{field.replace('_', '-')}"]
        if field not in own_text:
            assert option.help == schema.describe(field)
        if field not in own_default and not option.required:
            assert option.to_info_dict()["default"] == schema.default(field), field
        choices = tuple(option.type.choices) if isinstance(option.type, click.Choice) else ()
        assert choices == schema.choices(field)
        minimum = schema.field(field).get("minimum")
        if isinstance(option.type, click.IntRange):
            assert option.type.min == minimum
        elif name == "new":
            assert minimum is None or isinstance(option.type, Workers)


def test_the_word_for_all_cores_is_that_of_the_schema() -> None:
    assert AUTO in schema.field("workers")["examples"]


@pytest.mark.parametrize(("given", "taken"), [("auto", "auto"), ("8", 8), (3, 3)])
def test_workers_are_a_number_or_auto(given: Any, taken: Any) -> None:
    assert Workers().convert(given, None, None) == taken


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "Auto", "", "many"])
def test_other_workers_are_refused(given: str) -> None:
    with pytest.raises(click.BadParameter, match='neither "auto" nor an integer of at least 1'):
        Workers().convert(given, None, None)


def test_formats_are_those_that_can_be_printed() -> None:
    command = importlib.import_module("parallel_stage.cli.check").command
    (option,) = (param for param in command.params if param.name == "format_")
    assert tuple(option.type.choices) == FORMATS


def test_schema_prints_the_file() -> None:
    for identifier in schema.identifiers():
        assert _invoke("schema", identifier) == (0, schema.text(identifier))
    assert _invoke("schema") == (0, schema.text())
    assert _invoke("schema", "--list") == (0, "\n".join(schema.identifiers()) + "\n")


def test_an_unknown_schema_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"there is no schema '\.\./pyproject'"):
        _invoke("schema", "../pyproject")


def test_rules_lists_every_rule() -> None:
    code, out = _invoke("rules")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [[r.id, r.severity.value] for r in RULES.values()]
    listed = json.loads(_invoke("rules", "--format", "json")[1])
    for shown, rule in zip(listed, RULES.values(), strict=True):
        own = {"id": rule.id, "summary": rule.summary, "docs": rule.docs, "can_disable": rule.can_disable}
        assert shown == {**rule.facts, **own}


def test_rules_shows_the_facts_of_each() -> None:
    for line, rule in zip(_invoke("rules")[1].splitlines(), RULES.values(), strict=True):
        assert rule.since in line.split()
        assert ("[*]" in line, "[-]" in line) == ("safe" in rule.fixes, rule.fixes == ("unsafe",))
        assert f"  {', '.join(rule.looks_at)}  " in line
        assert line.endswith(rule.summary + (" (opt-in)" if rule.opt_in else ""))

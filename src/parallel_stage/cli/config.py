"""`parallel-stage config`: show the settings here, and where each is written."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.contract.schema import schema
from parallel_stage.lint import reporters
from parallel_stage.lint.config.file import SCHEMA, location_of, relative_path
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.diagnostic import Report
from parallel_stage.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOWHERE = "default"


@click.command("config")
@click.argument("path", default=".", type=click.Path(exists=True))
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", help="How to print.")
def command(path: str, format_: str) -> None:
    """Print the settings of the contract or directory PATH: each key, its value, and where it is written.

    Unknown rule names in the configuration are reported on standard error.
    """
    configurations = Configurations()
    found = _in_force(os.path.join(path, "") if os.path.isdir(path) else path, configurations)
    unknown_rule_names = configurations.unknown_rule_names()
    if unknown_rule_names:
        sys.stderr.write(reporters.render(Report([], unknown_rule_names), "concise"))
    if format_ == "json":
        click.echo(json.dumps(found, indent=2, sort_keys=True))
        return
    for line in _told(path, found):
        click.echo(printable(line))


def _in_force(path: str, configurations: Configurations) -> dict[str, Any]:
    configuration = configurations.nearest(os.path.dirname(path))
    return {
        "configuration": relative_path(configuration.path) if configuration.path else None,
        "keys": {
            key: {
                "value": configuration.data.get(key, node["default"]),
                "source": location_of(configuration, key) or _NOWHERE,
            }
            for key, node in schema(SCHEMA)["properties"].items()
        },
        "per-file-ignores": configuration.ignores(path),
        "excluded": configurations.excluded(path),
    }


def _told(path: str, found: dict[str, Any]) -> Iterator[str]:
    keys = {key: (_toml(each["value"]), each["source"]) for key, each in found["keys"].items()}
    key_width = max(map(len, keys))
    value_width = max(len(value) for value, _ in keys.values())
    yield f"configuration: {found['configuration'] or 'none'}"
    for key, (value, where) in keys.items():
        yield f"  {key:{key_width}}  {value:{value_width}}  {where}"
    for pattern, rules in found["per-file-ignores"].items():
        yield f"{path} matches {_toml(pattern)}: {', '.join(rules)} ignored"
    yield f"{path} is {'' if found['excluded'] else 'not '}excluded"


def _toml(value: Any) -> str:
    """Return a value on one line, in TOML."""
    if isinstance(value, dict):
        members = ", ".join(f"{_toml(key)} = {_toml(member)}" for key, member in value.items())
        return f"{{ {members} }}" if members else "{}"
    return json.dumps(value, ensure_ascii=False)

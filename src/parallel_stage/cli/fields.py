"""Options for contract fields: their names, choices, defaults and help texts come from the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Callable

AUTO = "auto"


class Workers(click.ParamType):  # type: ignore[type-arg] # generic only since click 8.4
    """A positive integer, or "auto"."""

    name = "N|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Return the value as a contract has it."""
        if value == AUTO or isinstance(value, int):
            return str(value) if value == AUTO else int(value)
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            self.fail(f'{value!r} is neither "{AUTO}" nor an integer of at least 1', param, ctx)
        return number


def option(name: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a click option for a contract field: `--partition-strategy` for `partition_strategy`.

    `settings` go to `click.option`; the rest comes from the schema.
    """
    settings = {"type": _type(name), "help": schema.describe(name), "show_default": True, **settings}
    if not settings.get("required") and "default" not in settings:
        settings["default"] = schema.default(name)
    return click.option(f"--{name.replace('_', '-')}", name, **settings)


def _type(name: str) -> Any:
    node, choices = schema.field(name), schema.choices(name)
    if choices:
        return click.Choice(choices)
    if name == "workers":
        return Workers()
    return click.IntRange(min=node["minimum"]) if node["type"] == "integer" else str

"""Options for contract fields: their names, choices, defaults and help texts come from the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Callable

AUTO = "auto"


class NumberOr(click.ParamType):  # type: ignore[type-arg] # generic only since click 8.4
    """An integer of at least `least`, or a word."""

    def __init__(self, word: str, least: int) -> None:
        self.name = f"N|{word}"
        self._word = word
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Return the word, or the number."""
        if value == self._word:
            return self._word
        try:
            number = int(value)
        except ValueError:
            number = self._least - 1
        if number < self._least:
            self.fail(f'{value!r} is neither "{self._word}" nor an integer of at least {self._least}', param, ctx)
        return number


class Workers(NumberOr):
    """A positive integer, or "auto", as a contract has it."""

    def __init__(self) -> None:
        super().__init__(AUTO, 1)


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

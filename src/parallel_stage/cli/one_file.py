"""FILE of `plan`, `run` and `verify`, which may be left out where the current directory has one contract."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli import completion
from parallel_stage.contract import formats
from parallel_stage.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMED = 5


def file_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument FILE to a command; it is the one contract of the current directory by default."""
    add = click.argument(
        "file", metavar="[FILE]", required=False, callback=_given_or_only, shell_complete=completion.files
    )
    return add(command)


def _given_or_only(ctx: click.Context, _: click.Parameter, value: str | None) -> str | None:
    """Return the file that was named, or the only contract here.

    Raises:
        click.UsageError: Where there is none, or more than one.
    """
    if value is not None or ctx.resilient_parsing:
        return value
    found = _contracts_here()
    if len(found) != 1:
        raise click.UsageError(_reason(found), ctx)
    return found[0]


def _contracts_here() -> list[str]:
    try:
        return sorted(each.name for each in os.scandir() if formats.is_contract_name(each.name) and each.is_file())
    except OSError:  # the directory is gone, or may not be listed
        return []


def _reason(found: list[str]) -> str:
    if not found:
        return "Name a contract: there is none in this directory; parallel-stage new writes one."
    listed = ", ".join([*map(printable, found[:_NAMED]), *(["…"] if len(found) > _NAMED else [])])
    return f"Name a contract: there are {len(found):,} in this directory ({listed})."

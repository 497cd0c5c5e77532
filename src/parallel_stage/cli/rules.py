"""`parallel-stage rules`: list the rules with their facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from parallel_stage.lint.rule import Rule


@click.command("rules")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", help="How to print.")
def command(format_: str) -> None:
    """List every rule: severity, since when, fixable, what it looks at, what it is about.

    [*] marks rules that --fix fixes, [-] those that need --unsafe-fixes.
    """
    if format_ == "json":
        listed = [
            {**rule.facts, "id": rule.id, "summary": rule.summary, "docs": rule.docs, "can_disable": rule.can_disable}
            for rule in RULES.values()
        ]
        click.echo(json.dumps(listed, indent=2, sort_keys=True))
        return
    rows = [
        (rule.id, rule.severity.value, rule.since, _mark(rule.fixes), ", ".join(rule.looks_at), _summary(rule))
        for rule in RULES.values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _summary(rule: Rule) -> str:
    return f"{rule.summary} (opt-in)" if rule.opt_in else rule.summary


def _mark(fixes: tuple[str, ...]) -> str:
    return "[*]" if "safe" in fixes else "[-]" if fixes else ""

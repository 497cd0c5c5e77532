"""`parallel-stage rules`: which rules are there?"""

from __future__ import annotations

import json

import click

from parallel_stage.lint.rules import RULES


@click.command("rules")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", help="How to print.")
def command(format_: str) -> None:
    """List every rule with its severity and what it is about."""
    if format_ == "json":
        listed = [
            {"id": rule.id, "severity": rule.severity.value, "summary": rule.summary, "page": rule.page}
            for rule in RULES.values()
        ]
        click.echo(json.dumps(listed, indent=2, sort_keys=True))
        return
    width = max(map(len, RULES))
    for rule in RULES.values():
        click.echo(f"{rule.id:{width}}  {rule.severity.value:7}  {rule.summary}")

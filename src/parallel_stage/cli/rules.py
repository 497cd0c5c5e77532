"""`parallel-stage rules` lists the rules, `parallel-stage explain` prints the page of one."""

from __future__ import annotations

import json

import click

from parallel_stage.errors import UsageError
from parallel_stage.lint.rules import RULES


@click.command("rules")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", help="How to print.")
def rules(format_: str) -> None:
    """List every rule with its severity and what it is about."""
    if format_ == "json":
        listed = [
            {"id": rule.id, "severity": rule.severity.value, "summary": rule.summary, "docs": rule.docs}
            for rule in RULES.values()
        ]
        click.echo(json.dumps(listed, indent=2, sort_keys=True))
        return
    width = max(map(len, RULES))
    for rule in RULES.values():
        click.echo(f"{rule.id:{width}}  {rule.severity.value:7}  {rule.summary}")


@click.command("explain")
@click.argument("rule")
def explain(rule: str) -> None:
    """Print the page of a RULE: what it sees, why it hurts, a bad and a good example."""
    if rule not in RULES:
        from parallel_stage.lint.config.rule_ids import unknown_rule_message

        raise UsageError(unknown_rule_message(rule), "parallel-stage rules lists them all")
    found = RULES[rule]
    click.echo(f"{found.id} ({found.severity.value})\n\n{found.docs}")

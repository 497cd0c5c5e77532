"""`parallel-stage explain`: what does this rule want, and why?"""

from __future__ import annotations

import click

from parallel_stage.errors import UsageError
from parallel_stage.lint.rules import RULES


@click.command("explain")
@click.argument("rule")
def command(rule: str) -> None:
    """Print the page of a RULE: what it sees, why it hurts, a bad and a good example."""
    if rule not in RULES:
        from parallel_stage.lint.config.rule_ids import no_such_rule

        raise UsageError(no_such_rule(rule), "parallel-stage rules lists them all")
    found = RULES[rule]
    click.echo(f"{found.id} ({found.severity.value})\n\n{found.page}")

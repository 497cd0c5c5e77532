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
        from parallel_stage.contract.explain import closest

        near = closest(rule, RULES)
        raise UsageError(
            f"there is no rule {rule!r}" + (f"; did you mean {near}?" if near else ""),
            "parallel-stage rules lists them all",
        )
    found = RULES[rule]
    click.echo(f"{found.id} ({found.severity.value})\n\n{found.page}")

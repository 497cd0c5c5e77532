"""`parallel-stage schema`: the JSON Schemas, as they ship."""

from __future__ import annotations

import click

from parallel_stage.contract import schema
from parallel_stage.errors import UsageError


@click.command("schema")
@click.argument("identifier", default=schema.CONTRACT)
@click.option("--list", "listed", is_flag=True, help="List the ids of all schemas instead.")
def command(identifier: str, *, listed: bool) -> None:
    """Print the JSON Schema of a contract, or of what the program writes: IDENTIFIER is the schema's id."""
    if listed:
        click.echo("\n".join(schema.identifiers()))
    elif identifier in schema.identifiers():
        click.echo(schema.text(identifier), nl=False)
    else:
        raise UsageError(f"there is no schema {identifier!r}", "parallel-stage schema --list names them all")

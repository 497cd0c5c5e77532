"""`parallel-stage schema`: print the JSON Schemas, or write them beside a project for its editors."""

from __future__ import annotations

import os
import textwrap

import click

from parallel_stage.contract import schema, write
from parallel_stage.errors import UsageError


@click.command("schema")
@click.argument("identifier", default=schema.CONTRACT)
@click.option("--list", "listed", is_flag=True, help="List the ids of all schemas instead.")
@click.option("--write", "directory", metavar="DIR", help="Put a contract's schema, and editors' settings, into DIR.")
def command(identifier: str, *, listed: bool, directory: str | None) -> None:
    """Print the JSON Schema of a contract, or of what the program writes: IDENTIFIER is the schema's id.

    With --write, editors that work in DIR find the schema of contracts there, without the network. Settings
    that exist are left as they are, and what to add to them is printed.
    """
    if identifier not in schema.identifiers():
        raise UsageError(f"there is no schema {identifier!r}", "parallel-stage schema --list names them all")
    if directory is not None and (listed or identifier != schema.CONTRACT):
        raise UsageError("--write is for the schema of contracts", "leave out --list, and the other schema's id")
    if directory is not None:
        _write(directory)
    elif listed:
        click.echo("\n".join(schema.identifiers()))
    else:
        click.echo(schema.text(identifier), nl=False)


def _write(directory: str) -> None:
    from parallel_stage.cli.editor_settings import SCHEMA_FILE, settings

    if not os.path.isdir(directory):
        raise UsageError(f"{directory} is not a directory", "name the directory that your editor opens")
    homes = [program.home(directory) for program in settings()]
    path = os.path.join(directory, SCHEMA_FILE)
    write.write(path, schema.text(), force=True)
    click.echo(f"written: {path}")
    for home in homes:
        if home.content is None:
            write.write(home.path, home.wanted, force=False)
            click.echo(f"written: {home.path}")
        elif SCHEMA_FILE in home.content:
            click.echo(f"left as it is, it names the schema: {home.path}")
        else:
            click.echo(f"left as it is: {home.path}; add to it:\n\n{textwrap.indent(home.wanted, '    ')}")

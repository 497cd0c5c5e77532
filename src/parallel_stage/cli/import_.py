"""`parallel-stage import`: contracts of the stages of an AGILAB workflow or notebook."""

from __future__ import annotations

import os

import click

from parallel_stage.cli.report_output import print_note
from parallel_stage.contract import regular_file, write
from parallel_stage.errors import UsageError
from parallel_stage.interop.agilab_import import Imported, contracts_of, stages_in


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option("--directory", metavar="DIR", help="Where contracts go; by default where the stages look for them.")
@click.option("--force", is_flag=True, help="Replace contracts that exist with another content.")
def command(file: str, directory: str | None, *, force: bool) -> None:
    """Get contracts out of AGILAB's FILE.

    FILE is a lab_stages.toml, or a notebook with stages of AGILAB.
    A stage that export has written brings its contract along. Other code gets a contract to start from, with its
    input and output; what is left open is named. Exits with 1 where a contract that a stage runs is not there.
    """
    home = os.path.dirname(os.path.abspath(file))
    directory = home if directory is None else os.path.abspath(directory)
    if not os.path.isdir(directory):
        raise UsageError(f"{directory} is not a directory", "name one that is there")
    found = contracts_of(stages_in(_text(file), file), file, directory)
    if not found:
        raise UsageError(f"{file} has no stages with code", "name a lab_stages.toml or a notebook with stages")
    missing = [each for each in found if not _write(each, force=force)]
    if missing:
        raise click.exceptions.Exit(1)


def _text(path: str) -> str:
    try:
        return regular_file.read(path).decode()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name a file that can be read") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 at byte {error.start}", "save it as UTF-8") from None


def _write(imported: Imported, *, force: bool) -> bool:
    """Write a contract; whether the stage has one then."""
    path = os.path.relpath(imported.path)
    if imported.text:
        write.write(path, imported.text, force=force)
        click.echo(f"written: {path}")
        if imported.left_open:
            fields = " and ".join(imported.left_open)
            print_note(f"{path}: the stage {imported.stage!r} does not say its {fields}; parallel-stage check tells")
        return True
    there = os.path.isfile(path)
    click.echo(f"{'there' if there else 'missing'}: {path}, which the stage {imported.stage!r} runs", err=not there)
    return there

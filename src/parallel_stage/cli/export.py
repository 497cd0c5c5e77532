"""`parallel-stage export`: write what other tools read of a contract."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from parallel_stage.cli import completion
from parallel_stage.cli.report_output import print_note, require_valid
from parallel_stage.contract import regular_file, write
from parallel_stage.errors import UsageError
from parallel_stage.interop.agilab_stage import Source, stage_of

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTRACT = click.argument("contract", metavar="CONTRACT", shell_complete=completion.files)
_FORCE = click.option("--force", is_flag=True, help="Replace a stage of the contract's name that differs.")


def _output(name: str) -> Callable[..., Callable[..., None]]:
    help_ = f"The file to write, or to add to: {name} in the directory of the AGILAB app."
    return click.option("--output", metavar="FILE", required=True, help=help_)


@click.group("export")
def command() -> None:
    """Write a contract in the forms that AGILAB reads; docs/agilab.md says what each is for."""


@command.command("workflow-stage")
@_CONTRACT
@_output("lab_stages.toml")
@click.option("--app", metavar="NAME", help="The app whose stage it is; by default the directory's name.")
@_FORCE
def workflow_stage(contract: str, output: str, app: str | None, *, force: bool) -> None:
    """Add a stage that runs CONTRACT to an AGILAB workflow; the other stages stay as they are."""
    from parallel_stage.interop.lab_stages import add_stage, module_key

    stage = stage_of(_source(contract), os.path.dirname(os.path.abspath(output)))
    key = module_key(output) if app is None else app.removesuffix("_project")
    before = _text(output)
    _save(output, before, add_stage(before or "", output, key, stage, replace=force))
    if not stage["produces"]:
        print_note("the contract's output names the contract, so the stage produces no file that others consume")


def _source(contract: str) -> Source:
    found, document, _ = require_valid(contract, "")
    return Source(found, document.text, contract)


def _text(path: str) -> str | None:
    """Return the text of a file that is added to; None where there is none."""
    try:
        return regular_file.read(path).decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name a file that can be read") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 at byte {error.start}", "save it as UTF-8") from None


def _save(path: str, before: str | None, after: str) -> None:
    if before is None:
        write.write(path, after, force=False)
    elif before != after:
        write.rewrite(path, before, after)
    click.echo(f"{'unchanged' if before == after else 'written'}: {path}")

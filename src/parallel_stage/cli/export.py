"""`parallel-stage export`: write what other tools read of a contract."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli import completion
from parallel_stage.cli.group import WholeHelpGroup
from parallel_stage.cli.report_output import print_note, require_valid
from parallel_stage.contract import regular_file, write
from parallel_stage.errors import UsageError
from parallel_stage.interop import agilab_notebook, lab_stages
from parallel_stage.interop.agilab_stage import Source, stage_of

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTRACT = click.argument("contract", metavar="CONTRACT", shell_complete=completion.files)
_APP = click.option("--app", metavar="NAME", help="The app whose stage it is; by default the directory's name.")
_FORCE = click.option("--force", is_flag=True, help="Replace a stage of the contract's name that differs.")


def _output(name: str) -> Callable[..., Callable[..., None]]:
    help_ = f"The file to write, or to add to: {name}, by habit in the directory of the AGILAB app."
    return click.option("--output", metavar="FILE", required=True, help=help_)


@click.group("export", cls=WholeHelpGroup)
def command() -> None:
    """Write a contract in AGILAB's forms.

    docs/agilab.md says what each is for.
    """


@command.command("workflow-stage")
@_CONTRACT
@_output("lab_stages.toml")
@_APP
@_FORCE
def workflow_stage(contract: str, output: str, app: str | None, *, force: bool) -> None:
    """Add CONTRACT to a workflow.

    The stage runs the contract; the other stages of the file stay as they are, byte for byte.
    """
    stage, before = _stage(contract, output), _text(output)
    _save(output, before, lab_stages.add_stage(before or "", output, _key(output, app), stage, replace=force))


@command.command()
@_CONTRACT
@_output("a notebook")
@_APP
@_FORCE
def notebook(contract: str, output: str, app: str | None, *, force: bool) -> None:
    """Write CONTRACT as a notebook.

    It runs by itself, and AGILAB imports it as a workflow. A notebook that is there gets a stage more.
    """
    stage, before = _stage(contract, output), _text(output)
    old = agilab_notebook.new(_key(output, app)) if before is None else agilab_notebook.read(before, output)
    made = agilab_notebook.add_stage(old, output, stage, replace=force)
    _save(output, before, before if before is not None and made == old else agilab_notebook.dump(made))


@command.command()
@_CONTRACT
@click.option("--output", metavar="DIR", required=True, help="The app's directory; its name ends in _project.")
@click.option("--force", is_flag=True, help="Replace files that exist with another content.")
def orchestrate(contract: str, output: str, *, force: bool) -> None:
    """Write CONTRACT as an AGILAB app.

    It runs on AGILAB's own workers, and has the snippet that ORCHESTRATE takes.
    """
    from parallel_stage.interop.agilab_app import app_files

    found, _, _ = require_valid(contract, "")
    files = {os.path.join(output, name): text for name, text in app_files(found, contract, output).items()}
    if not force:  # all of them or none
        for path, text in files.items():
            if _text(path) not in (None, text):
                raise UsageError(f"{path} exists and has another content", "name another directory, or say --force")
    for path, text in files.items():
        write.write(path, text, force=force)
        click.echo(f"written: {path}")


def _stage(contract: str, output: str) -> dict[str, Any]:
    found, document, _ = require_valid(contract, "")
    stage = stage_of(Source(found, document.text, contract), os.path.dirname(os.path.abspath(output)))
    if not stage["produces"]:
        print_note("the contract's output names the contract, so the stage produces no file that others consume")
    return stage


def _key(output: str, app: str | None) -> str:
    return lab_stages.module_key(output) if app is None else app.removesuffix("_project")


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

"""The group of commands; each is imported on first use."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from parallel_stage.cli.exit_codes import ReaderGoneError
from parallel_stage.version import __version__

COMMANDS = {
    "check": "check:command",
    "diff": "diff:command",
    "new": "new:command",
    "plan": "plan:command",
    "verify": "verify:command",
    "run": "run:command",
    "runs": "runs:command",
    "service": "service:command",
    "rules": "rules:command",
    "explain": "explain:command",
    "config": "config:command",
    "schema": "schema:command",
    "export": "export:command",
    "import": "import_:command",
    "lsp": "lsp:command",
    "self-test": "self_test:command",
    "seed": "seed:command",
}
"""Every command, in the order of the help: a module of `cli`, and the click command in it."""


COMPLETION_VARIABLE = "_PARALLEL_STAGE_COMPLETE"
"""The variable of the environment by which a shell asks for completion, as click makes it of the program's name."""
_WHOLE = 1_000
"""More characters than a summary has."""
_MEANT = {
    **dict.fromkeys(("lint", "validate"), "check"),
    **dict.fromkeys(("fix", "format"), "check --fix"),
    **dict.fromkeys(("compare", "breaking", "review"), "diff"),
    **dict.fromkeys(("init", "create"), "new"),
    **dict.fromkeys(("execute", "start"), "run"),
    **dict.fromkeys(("resume", "continue", "restart"), "run --resume"),
    **dict.fromkeys(("list", "ls", "history", "show", "status"), "runs list"),
    **dict.fromkeys(("clean", "prune", "gc"), "runs clean"),
    **dict.fromkeys(("doctor", "selftest", "diagnose"), "self-test"),
}
"""What other tools call a command."""


class WholeHelpGroup(click.Group):
    """A group whose help has the whole first sentence of each command, where click cuts it."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and summaries of the commands."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(_WHOLE).rstrip(".")) for name, command in commands if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class LazyGroup(WholeHelpGroup):
    """A group that imports a command's module only to run it or to show its help."""

    own_options = ("--help", "-h", "--version")

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run a command, or complete one where a shell asks for that."""
        if COMPLETION_VARIABLE in os.environ:
            importlib.import_module("parallel_stage.cli.shells")
        return super().main(*args, **settings)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the names, in the order of the help; AGILAB's options need none."""
        return [name for name in COMMANDS if name != "seed"]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; of an unknown one, say which is meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = self._meant(ctx, args[0])
            raise click.UsageError(f"{error.message}{f' Did you mean {near}?' if near else ''}", ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command.

        Raises:
            ReaderGoneError: Where no one reads the output any more.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def _meant(self, ctx: click.Context, name: str) -> str | None:
        """Return the command that a word most likely means: that of another tool, a file's, or a near one."""
        from parallel_stage.contract.validation.suggest import closest

        of_file = f"check {name}" if os.path.exists(name) else None
        return _MEANT.get(name) or of_file or closest(name, self.list_commands(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"parallel_stage.cli.{module}"), attribute)
        return command


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 -- click's signature
    """Print what a report of a problem has to name: the version, and the Python and the system that run it."""
    if value and not ctx.resilient_parsing:
        import platform

        system = f"Python {platform.python_version()}, {platform.system()}-{platform.machine()}"
        click.echo(f"parallel-stage {__version__} ({system})")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="AGILAB's own options need no command: --check FILE [--json], or --name … --output FILE to write one.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def _group() -> None:
    """Check, plan and run parallel stages: function + split rule + reducer."""


group: LazyGroup = _group

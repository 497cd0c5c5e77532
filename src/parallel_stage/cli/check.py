"""`parallel-stage check`: what is wrong with these contracts?"""

from __future__ import annotations

import click

from parallel_stage.cli.checking import check_paths
from parallel_stage.lint.reporters import FORMATS


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print."
)
@click.option(
    "--stdin-filename",
    metavar="NAME",
    default="parallel_stage.toml",
    show_default=True,
    help="What to call standard input (`-`); the suffix tells its format.",
)
@click.option("--output-file", metavar="FILE", help="Put the report into FILE, whole or not at all, and print nothing.")
def command(paths: tuple[str, ...], format_: str, stdin_filename: str, output_file: str | None) -> int:
    """Check contracts: files, directories (searched for contracts), or - for standard input.

    Without PATHS the current directory is searched. Exits 1 where an error was found, else 0.
    """
    return check_paths(paths or (".",), format_, stdin_filename, output_file or "")

"""`parallel-stage diff`: what follows from the changes from one contract to another."""

from __future__ import annotations

import sys

import click

from parallel_stage.cli import completion
from parallel_stage.cli.report_output import Output, print_note, write_report
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import Overrides
from parallel_stage.lint.diagnostic import Report
from parallel_stage.lint.reporters import FORMATS
from parallel_stage.lint.revisions.two import compare_two


@click.command("diff")
@click.argument("old", shell_complete=completion.files)
@click.argument("new", shell_complete=completion.files)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="The format of the report.",
)
@click.option(
    "--output-file",
    metavar="FILE",
    default="",
    shell_complete=completion.files,
    help="Write the report into FILE instead of printing it.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print the findings, and nothing else.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--inputs", is_flag=True, help="Plan both with the data of now, and count the partitions that stay.")
@click.option(
    "--root",
    metavar="DIR",
    default="",
    shell_complete=completion.directories,
    help="Where relative paths start; by default at NEW.",
)
def command(  # noqa: PLR0913 -- one for each option
    old: str,
    new: str,
    format_: str,
    output_file: str,
    root: str,
    *,
    quiet: bool,
    strict: bool,
    inputs: bool,
) -> int:
    """Say what follows from the changes from OLD to NEW, at the keys of NEW.

    Each is a file, or REV:PATH for what a revision of the git repository has at a path from its root on. Where one
    is in a revision, the code that the function needs is compared, too. Exits 1 where there is an error, which
    only --strict or a configuration makes of a finding.
    """
    configurations = Configurations(Overrides(strict=strict, check_inputs=inputs or None, root=root))
    found = compare_two(old, new, configurations)
    if not found and not quiet:
        print_note(f"nothing follows from the changes from {old} to {new}")
    report = Report([new], found)
    write_report(report, sys.stdout, Output(format_, output_file, quiet=quiet))
    return 1 if report.failed else 0

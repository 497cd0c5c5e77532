"""AGILAB's own command line: `--check FILE [--json]`, or `--name … --output FILE` to write a contract."""

from __future__ import annotations

import json
from typing import Any

import click

from parallel_stage.cli.fields import AUTO, option
from parallel_stage.cli.new import create
from parallel_stage.contract import document, schema
from parallel_stage.errors import UsageError
from parallel_stage.lint.diagnostic import Report
from parallel_stage.lint.engine.check_document import check_file
from parallel_stage.lint.reporters import agilab

_NEEDED = ("name", "function", "split", "input")
_WRITTEN = (*schema.schema()["required"], "notes")


class _Unnamed(click.Command):
    """A command that nobody types: its usage errors are those of its options alone, or of the whole program."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            error.ctx = ctx.parent or ctx
            raise
        except click.UsageError as error:
            error.ctx = click.Context(self, info_name="parallel-stage")
            raise

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the two ways to write the options."""
        return ["--check FILE [--json] | --name … --output FILE"]


# Numbers have no bounds here: AGILAB accepts any, and then reports the contract as invalid (exit 1).
@click.command("seed", cls=_Unnamed)
@click.option("--check", "checked", metavar="FILE", help="Check a contract.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@option("name")
@option("function")
@option("split")
@option("input")
@option("workers", type=int)
@click.option("--workers-auto", is_flag=True, help='Write workers = "auto".')
@option("partition_strategy")
@option("target_partitions", type=int)
@option("min_partitions_per_worker", type=int)
@option("reducer")
@option("backend")
@option("notes")
@click.option(
    "--output",
    default="parallel_stage.toml",
    show_default=True,
    help="The contract to write, and its own output field.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists with another content.")
def command(checked: str | None, *, as_json: bool, workers_auto: bool, force: bool, **values: Any) -> None:
    """AGILAB's command line: check a contract, or write one.

    The same as `check --format agilab` and `new`, under the options that AGILAB documents. Exits 0 for a
    valid contract, 1 for an invalid one, 2 for wrong usage.
    """
    if checked is not None:
        _print(Report([checked], check_file(checked)), as_json=as_json)
        return
    missing = [f"--{name}" for name in _NEEDED if not values[name]]
    if missing:
        raise UsageError(f"missing to write a contract: {', '.join(missing)}", "or name a contract with --check FILE")
    if workers_auto:
        values["workers"] = AUTO
    report = create(values["output"], values, force=force)
    _print(report, as_json=as_json, written=values["output"])


def _print(report: Report, *, as_json: bool, written: str | None = None) -> None:
    path = report.paths[0]
    if not as_json:
        click.echo(agilab.summary(path, report), nl=False, err=bool(written) and report.failed)
    else:
        found = agilab.document(path, report)
        if written and not report.failed:
            data = document.read(written).data
            found["contract"] = {"notes": "", **{name: data[name] for name in _WRITTEN if name in data}}
        click.echo(json.dumps(found, indent=2, sort_keys=True))
    if report.failed:
        raise click.exceptions.Exit(1)

"""`parallel-stage new`: write a contract from flags."""

from __future__ import annotations

import os
import shlex
import sys
from typing import Any

import click

from parallel_stage.cli.fields import AUTO, option
from parallel_stage.cli.report_output import coloured, print_note
from parallel_stage.cli.terminal import columns
from parallel_stage.contract import (
    document,
    formats,
    output_names,
    schema,
    write,
)
from parallel_stage.errors import UsageError
from parallel_stage.lint import reporters
from parallel_stage.lint.config.model import DEFAULT
from parallel_stage.lint.diagnostic import Report, Severity
from parallel_stage.lint.engine.check_document import check_document

_INPUT_RULES = frozenset(("input-matches-nothing", "manifest-entry-missing"))
_MISSING = _INPUT_RULES | {"function-not-found"}
_FOUND = DEFAULT._replace(severity={"function-not-found": Severity.ERROR})
_INPUT_FOUND = DEFAULT._replace(select=_INPUT_RULES, check_inputs=True)


class _PartitionBy(click.ParamType):  # type: ignore[type-arg] # generic only since click 8.4
    """A column, a kind and, for dates, a unit: `carrier:group`, `day:date:month`."""

    name = "COLUMN:KIND[:UNIT]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        """Return the table as a contract has it; a column may have colons."""
        kinds, units = (schema.choices(f"partition_by.{name}") for name in ("kind", "unit"))
        steps = value.split(":")
        unit = steps.pop() if len(steps) > 2 and steps[-1] in units and steps[-2] in kinds else ""  # noqa: PLR2004
        column, _, kind = ":".join(steps).rpartition(":")
        if not column.strip() or kind not in kinds:
            shown = f"a kind is {', '.join(kinds)}, and a unit of dates {', '.join(units)}"
            self.fail(f"{value!r} is not {self.name}; {shown}", param, ctx)
        return {"column": column, "kind": kind, **({"unit": unit} if unit else {})}


@click.command("new")
@click.argument("path", default="parallel_stage.toml")
@option("name", required=True)
@option("function", required=True)
@option("split", required=True)
@option("input", required=True)
@option("workers", default=AUTO)
@option("partition_strategy", default=None, help="How inputs become partitions; by default what fits the split.")
@option("target_partitions")
@option("min_partitions_per_worker")
@option("reducer")
@option("backend")
@option(
    "output",
    default=None,
    help="Where the reduced result goes; by default results/NAME with a fitting suffix.",
)
@option("notes")
@option("reducer_function")
@option("threads_per_worker", default=None)
@click.option("--partition-by", type=_PartitionBy(), help=schema.describe("partition_by"))
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option(
    "--allow-missing", is_flag=True, help="Write it though the function's module, or the input, is not there."
)
def command(path: str, *, force: bool, allow_missing: bool, **values: Any) -> None:
    """Write a contract to PATH (a .toml file) from the options, and check it.

    A contract that would not pass the check, or whose function or input is not found, is not written (exit 1); a
    file that exists is not replaced.
    """
    if not path.endswith(".toml"):
        raise UsageError(f"{path} does not end in .toml", "new writes TOML; name the file parallel_stage.toml")
    if values["partition_strategy"] is None:
        fitting = {"parameter-sweep": "parameter-items", "data-partitions": "row-chunks"}
        values["partition_strategy"] = fitting.get(values["split"], schema.default("partition_strategy"))
    if values["output"] is None:
        values["output"] = f"results/{values['name']}{output_names.suffix(values['reducer'])}"
    report = create(path, values, force=force, must_exist=not allow_missing)
    click.echo(f"{'not written' if report.failed else 'written'}: {path}", err=report.failed)
    if report.diagnostics:
        sys.stdout.flush()  # so that the findings come after it
        shown = reporters.render(report, "text", colour=coloured(sys.stderr), summary=False, width=columns(sys.stderr))
        sys.stderr.write(shown)
    if report.failed:
        if all(each.rule in _MISSING for each in report.diagnostics if each.severity is Severity.ERROR):
            click.echo("help: correct it, or add --allow-missing if it comes later", err=True)
        raise click.exceptions.Exit(1)
    if not formats.is_contract_name(os.path.basename(path)):
        found = f"{os.path.basename(path).removesuffix('.toml')}.parallel_stage.toml"
        print_note(f"check, hooks and editors find {found}; another name has to be given to them")
    click.echo(f"next: {shlex.join(['parallel-stage', 'plan', path])}")


def create(path: str, values: dict[str, Any], *, force: bool, must_exist: bool = False) -> Report:
    """Write a contract unless a check finds errors in it; return the findings.

    Args:
        path: The file to write.
        values: The fields of the contract; empty ones are left out.
        force: Whether to replace a file with another content.
        must_exist: Whether it is an error that the function's module, or the input, is not there.
    """
    given = {"schema": schema.default("schema")}
    given.update({name: value for name, value in values.items() if value not in (None, "")})
    text = write.toml(given)
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"an option is not UTF-8 text: {text[error.start]!r}", "write it in UTF-8") from None
    parsed = document.parse(content, path)
    report = Report([path], check_document(parsed, _FOUND if must_exist else DEFAULT))
    if must_exist and not report.failed:
        report = Report([path], [*report.diagnostics, *check_document(parsed, _INPUT_FOUND)])
    if not report.failed:
        write.write(path, text, force=force)
    return report

"""`parallel-stage check`: check contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli.check_paths import Options, check_paths
from parallel_stage.lint.config.model import Overrides
from parallel_stage.lint.config.rule_ids import validated_rule_ids
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print."
)
@click.option("--output-file", metavar="FILE", help="Put the report into FILE, whole or not at all, and print nothing.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing what a contract means.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also what may change its meaning.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing; exit 1 if anything.")
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit 1 where something was mended, too.")
@click.option("--select", multiple=True, metavar="RULES", help="Ask only these rules, and those of shape.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Do not ask these rules.")
@click.option(
    "--severity", multiple=True, metavar="RULE=LEVEL", help="Take a rule's findings for error, warning, info."
)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("--inputs", is_flag=True, help="Look at the contracts' data too: inputs, manifests, grids.")
@click.option("--baseline", metavar="FILE", default="", help="Do not report the findings that FILE remembers.")
@click.option("--write-baseline", is_flag=True, help="Remember all findings in the baseline, and report none.")
@click.option("--no-config", is_flag=True, help="Pass over pyproject.toml and .parallel-stage.toml.")
@click.option(
    "--stdin-filename",
    metavar="NAME",
    default="parallel_stage.toml",
    show_default=True,
    help="What to call standard input (`-`); the suffix tells its format.",
)
def command(
    paths: tuple[str, ...],
    format_: str,
    output_file: str | None,
    stdin_filename: str,
    *,
    write_baseline: bool,
    **given: Any,
) -> int:
    """Check contracts: files, directories (searched for contracts), or - for standard input.

    Without PATHS the current directory is searched. Exits 1 where an error was found, else 0. RULES are ids
    with commas between them. `parallel-stage config` shows what configuration files say.
    """
    fix, unsafe = given["fix"] or given["diff"], given["unsafe_fixes"]
    for said, needed, text in (
        (unsafe, fix, "--unsafe-fixes says what to mend; say --fix or --diff too"),
        (given["exit_non_zero_on_fix"], given["fix"], "--exit-non-zero-on-fix goes with --fix"),
        (write_baseline, not fix, "--write-baseline remembers what is found; mend it in a run of its own"),
    ):
        if said and not needed:
            raise click.UsageError(text)
    options = Options(
        format=format_,
        stdin_name=stdin_filename,
        output_file=output_file or "",
        overrides=_overrides(given),
        fix=fix,
        unsafe=unsafe,
        diff=given["diff"],
        exit_on_fix=given["exit_non_zero_on_fix"],
        write_baseline=write_baseline,
    )
    return check_paths(paths or (".",), options)


def _overrides(given: Mapping[str, Any]) -> Overrides:
    return Overrides(
        select=validated_rule_ids(_listed(given["select"])),
        ignore=validated_rule_ids(_listed(given["ignore"])),
        severity=_levels(_listed(given["severity"])),
        strict=given["strict"],
        check_inputs=given["inputs"],
        baseline=given["baseline"],
        isolated=given["no_config"],
    )


def _listed(given: Iterable[str]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


def _levels(given: Iterable[str]) -> dict[str, Severity]:
    levels = {level.value: level for level in Severity}
    pairs = [text.partition("=")[::2] for text in given]
    for name, level in pairs:
        if level not in levels:
            raise click.BadParameter(f"{name}={level}: write RULE={'|'.join(levels)}", param_hint="--severity")
    validated_rule_ids(name for name, _ in pairs)
    return {name: levels[level] for name, level in pairs}

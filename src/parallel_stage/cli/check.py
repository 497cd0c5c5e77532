"""`parallel-stage check`: check contracts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from parallel_stage.cli import completion
from parallel_stage.cli.check_paths import STDIN, Options, check_paths, show_files
from parallel_stage.cli.report_output import Output
from parallel_stage.lint.config.model import Overrides
from parallel_stage.lint.config.rule_ids import validated_rule_ids
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import FORMATS, statistics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", shell_complete=completion.files)
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
@click.option("--statistics", is_flag=True, help="Print how often each rule found something, as text or json.")
@click.option("--quiet", "-q", is_flag=True, help="Print the findings, and nothing else.")
@click.option(
    "--color",
    "colour",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Colour the text report; auto: on a terminal, unless NO_COLOR is set, and where FORCE_COLOR is.",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever is found.")
@click.option("--fix", is_flag=True, help="Apply safe fixes: they keep what a contract means.")
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="With --fix or --diff: apply fixes, too, that may change what a contract means.",
)
@click.option("--add-ignore", is_flag=True, help="Write comments into the contracts that ignore what is found.")
@click.option("--reason", metavar="TEXT", default="", help="With --add-ignore: the reason that the comments give.")
@click.option(
    "--diff",
    is_flag=True,
    help="Print what --fix (or --add-ignore) would change, and write nothing; exit 1 if there is anything.",
)
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit 1 if anything was fixed.")
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    shell_complete=completion.rules,
    help="Run only these rules (schema rules always run).",
)
@click.option(
    "--ignore", multiple=True, metavar="RULES", shell_complete=completion.rules, help="Do not run these rules."
)
@click.option(
    "--severity",
    multiple=True,
    metavar="RULE=LEVEL",
    shell_complete=completion.severities,
    help="Set a rule's severity: error, warning or info.",
)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option(
    "--inputs/--no-inputs",
    default=None,
    help="Check the contracts' data, too, or not, whatever the configuration says: inputs, manifests, grids.",
)
@click.option(
    "--markdown/--no-markdown",
    default=None,
    help="Check contracts in the Markdown files of directories, too, or not; files that are named are always checked.",
)
@click.option(
    "--root",
    metavar="DIR",
    default="",
    shell_complete=completion.directories,
    help="Where relative paths start; by default at each contract.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    default="",
    shell_complete=completion.files,
    help="Do not report the findings in FILE.",
)
@click.option("--write-baseline", is_flag=True, help="Write all findings into the baseline, and report none.")
@click.option(
    "--against",
    metavar="REV",
    help="Report, too, what follows from the changes since the revision REV of the git repository; base is that of the "
    "pull or merge request of a CI job.",
)
@click.option(
    "--new-from",
    metavar="REV",
    help="Report only what is not found in the revision REV, too; base as for --against.",
)
@click.option("--no-config", is_flag=True, help="Ignore configuration files.")
@click.option("--show-files", is_flag=True, help="Print the files that would be checked, and what is skipped and why.")
@click.option(
    "--stdin-filename",
    metavar="NAME",
    default="parallel_stage.toml",
    show_default=True,
    help="The file name for standard input (`-`); its suffix gives the format.",
)
def command(
    paths: tuple[str, ...],
    format_: str,
    stdin_filename: str,
    *,
    write_baseline: bool,
    **given: Any,
) -> int:
    """Check contracts: files, directories (searched for contracts), or - for standard input.

    Of a Markdown file, the contracts in its fenced code blocks are checked.

    Without PATHS the current directory is searched. Exits 1 where an error was found, else 0. RULES are ids
    with commas between them. `parallel-stage config` shows what configuration files say.
    """
    comparing = next((f"--{name.replace('_', '-')}" for name in ("against", "new_from") if given[name] is not None), "")
    add_ignore, reason = given["add_ignore"], given["reason"].strip()
    fix, unsafe = given["fix"] or (given["diff"] and not add_ignore), given["unsafe_fixes"]
    for given_one, needed, text in (
        (unsafe, fix, "--unsafe-fixes needs --fix or --diff"),
        (given["exit_non_zero_on_fix"], given["fix"], "--exit-non-zero-on-fix needs --fix"),
        (write_baseline, not fix, "--write-baseline cannot be combined with --fix or --diff"),
        (add_ignore, not (fix or write_baseline), "--add-ignore cannot be combined with --fix or --write-baseline"),
        (add_ignore, STDIN not in paths, "--add-ignore writes into files; name them in place of -"),
        (comparing, not (fix or write_baseline or add_ignore), f"{comparing} only reports; fix, or write, without it"),
        (given["against"] is not None, STDIN not in paths, "--against compares files; name them in place of -"),
        (reason, add_ignore, "--reason needs --add-ignore"),
        (not reason.isprintable(), False, "--reason has to be one line of text"),
        (given["statistics"], format_ in statistics.FORMATS, "--statistics needs --format text or json"),
        (given["statistics"], not (write_baseline or given["diff"]), "--statistics needs a report"),
        (given["exit_zero"], not given["exit_non_zero_on_fix"], "--exit-zero contradicts --exit-non-zero-on-fix"),
    ):
        if given_one and not needed:
            raise click.UsageError(text)
    if given["root"] and not os.path.isdir(given["root"]):
        raise click.BadParameter(f"{given['root']} is not a directory", param_hint="--root")
    options = Options(
        output=Output(format_, given["output_file"], given["colour"], given["quiet"], given["statistics"]),
        stdin_name=stdin_filename,
        overrides=_overrides(given),
        fix=fix,
        unsafe=unsafe,
        diff=given["diff"],
        exit_on_fix=given["exit_non_zero_on_fix"],
        write_baseline=write_baseline,
        exit_zero=given["exit_zero"],
        add_ignore=add_ignore,
        reason=reason,
        against=given["against"],
        new_from=given["new_from"],
    )
    if given["show_files"]:
        return show_files(paths or (".",), options.overrides)
    return check_paths(paths or (".",), options)


def _overrides(given: Mapping[str, Any]) -> Overrides:
    return Overrides(
        select=validated_rule_ids(_listed(given["select"])),
        ignore=validated_rule_ids(_listed(given["ignore"])),
        severity=_levels(_listed(given["severity"])),
        strict=given["strict"],
        check_inputs=given["inputs"],
        markdown=given["markdown"],
        root=given["root"],
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

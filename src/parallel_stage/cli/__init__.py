"""The command line. Each command has a file that parses options, calls one function and prints."""

from __future__ import annotations

import gc
import os
import sys

_OBJECTS_BEFORE_COLLECTION = 50_000
"""A check makes many objects and few cycles: to collect every 700, as by default, is 5 % of its time."""


def main() -> None:
    """Run `parallel-stage` with the arguments of the process, and exit with its code."""
    from parallel_stage.cli.exit_codes import exit_code_of

    is_check = sys.argv[1:2] == ["check"]
    if is_check:
        gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    code = exit_code_of(_run, sys.argv[1:])
    if is_check or _is_runner():
        # All output is written. The interpreter's own clean-up would add a fifth to the time of a check.
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _is_runner() -> bool:
    """Whether this process is one of those in which `supervise` has left the run, to which nothing is left to do."""
    supervision = sys.modules.get("parallel_stage.run.processes.supervision")
    return supervision is not None and supervision.is_runner()


def _run(arguments: list[str]) -> int:
    command, *rest = arguments or [""]
    if command == "check" and rest and not any(argument.startswith("-") for argument in rest):
        # Hooks check files without options: loading the option parser takes longer than the check.
        from parallel_stage.cli.check_paths import check_paths

        return check_paths(rest)
    from parallel_stage.cli.group import group

    if command.startswith("--") and command not in group.own_options:
        arguments = ["seed", *arguments]
    result = group.main(arguments, prog_name="parallel-stage", standalone_mode=False)
    return result if isinstance(result, int) else 0

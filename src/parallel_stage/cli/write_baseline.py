"""`check --write-baseline`: write the findings into baselines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parallel_stage.contract import project
from parallel_stage.errors import UsageError
from parallel_stage.lint.config.file import relative_path
from parallel_stage.lint.engine.check_files import check_files
from parallel_stage.lint.suppressions import baseline
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from parallel_stage.lint.engine.check_files import Job


def write_baselines(jobs: list[Job], *, is_named: bool) -> int:
    """Write the findings into the baselines of the settings, or into one here; return the exit code.

    Args:
        jobs: The contracts.
        is_named: Whether the command line names the baseline; a configuration's has to be in its project.

    Raises:
        UsageError: Where a baseline cannot be written.
    """
    for path in dict.fromkeys(job.settings.baseline for job in jobs):
        mine = [job for job in jobs if job.settings.baseline == path]
        if path and not is_named and project.is_outside(path, project.boundary(os.path.dirname(mine[0].path) or ".")):
            hint = f"correct the configuration, or say --baseline {relative_path(path)}"
            raise UsageError(f"the configured baseline {relative_path(path)} is outside of the project", hint)
        everything = [job._replace(settings=job.settings._replace(baseline="")) for job in mine]
        target = path or baseline.DEFAULT_NAME
        found = check_files(everything).diagnostics
        entries = baseline.write(target, found, [job.path for job in mine])
        print(f"written: {relative_path(target)}, {plural(entries, 'finding')}", file=sys.stderr)
        if not path:
            print(
                f'help: use it with --baseline {target}, or baseline = "{target}" in a configuration', file=sys.stderr
            )
    return 0

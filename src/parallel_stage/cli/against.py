"""`check --against REV`: add to a report what follows from the changes since a revision."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parallel_stage.lint.revisions.against import compare_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.lint.config.lookup import Configurations
    from parallel_stage.lint.diagnostic import Report
    from parallel_stage.lint.engine.check_files import Job


def with_changes(
    report: Report,
    name: str,
    jobs: Sequence[Job],
    named: Sequence[str],
    configurations: Configurations,
    *,
    quiet: bool,
) -> Report:
    """Return a report with what follows from the changes since a revision, and print how many contracts differ.

    Raises:
        UsageError: Where the revision cannot be read.
    """
    compared = compare_with(name, jobs, named, configurations)
    if not quiet:
        print(compared.summary, file=sys.stderr)
    paths = [*report.paths, *compared.gone]
    place = {path: index for index, path in enumerate(paths)}
    found = sorted(
        [*report.diagnostics, *compared.found], key=lambda each: (place.get(each.path, len(place)), each.start)
    )
    contracts = len(report.paths) if report.contracts is None else report.contracts
    return report._replace(paths=paths, diagnostics=found, contracts=contracts)

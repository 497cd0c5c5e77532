"""Rules about a changed contract: what follows from the difference from another version of it."""

from __future__ import annotations

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Rule

RESULT_CHANGES = Rule(
    "result-changes",
    Severity.INFO,
    """
The same data gives another result than in the revision before, or is another.

Function, its code, split, input, its format, `partition_by` and reducer decide what a result holds. The code
is the function's module and all that it imports of the project, directly or not; that of a custom reducer's
`reducer_function` counts, too. The finding says what a resumed run can keep; with `--inputs` it has the number
of partitions, by their ids. It is reported by `check --against` and `diff`. Ignore it where a reviewer need not
be told, as in a contract that is still being written.
""",
    since="0.1.0",
    needs_revision=True,
)
CUTS_CHANGE = Rule(
    "cuts-change",
    Severity.INFO,
    """
The same data is cut into other partitions than in the revision before.

The result is the same for a function that looks at one record at a time, and is reached by another route:
strategy, target, and workers and their minimum where these count. A resumed run keeps the partitions that are
in both; with `--inputs` the finding has their number. It is reported by `check --against` and `diff`. Ignore it
where a reviewer need not be told, as in a contract that is still being written.
""",
    since="0.1.0",
    needs_revision=True,
)
CONSUMERS_BREAK = Rule(
    "consumers-break",
    Severity.WARNING,
    """
What others rely on has moved, has another form, or is gone since the revision before.

Readers of the result look for the old output, in the form that the old reducer gives it; runs are found below
the name. A contract that is gone is reported in line 1 of the file that it was. It is reported by `check
--against` and `diff`. Ignore it where all readers change with the contract.
""",
    since="0.1.0",
    needs_revision=True,
)
ONLY_EXECUTION_CHANGES = Rule(
    "only-execution-changes",
    Severity.INFO,
    """
A field has changed that no result depends on: it decides only where and when work is done.

These are backend, threads, and of workers and the target what does not count for the cuts. It is reported by
`check --against` and `diff`. Ignore it where a reviewer need not be told, as in a contract that is tuned often.
""",
    since="0.1.0",
    needs_revision=True,
)
RULES = (RESULT_CHANGES, CUTS_CHANGE, CONSUMERS_BREAK, ONLY_EXECUTION_CHANGES)

"""Rules about suppressions: ignored and baselined findings still occur. The engine finds the rest."""

from __future__ import annotations

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import documented_rule

RULES = (
    documented_rule(
        "unused-ignore",
        Severity.WARNING,
        """
A comment asks to ignore a rule that finds nothing there.

It would hide what the rule finds later. `# parallel-stage: ignore[rule, rule] reason` holds for its line, on a line of
its own for the next one that has more on it, and `# parallel-stage: ignore-file[rule]` for the whole file. Nothing is
said of rules that are not asked this time, or that cannot see the function. Errors of shape cannot be ignored. Ignore
it where a finding depends on the machine: write `ignore[function-not-found, unused-ignore]`.

Fix: `--fix` takes out the comment, or those of its names that find nothing; not where YAML would read something else
without the comment.

Bad:
    workers = "auto"  # parallel-stage: ignore[single-worker] a preview

Good:
    workers = 1  # parallel-stage: ignore[single-worker] a preview
""",
    ),
    documented_rule(
        "unknown-rule",
        Severity.WARNING,
        """
A rule is named that does not exist.

A mistyped name turns nothing off, and a mistyped comment is only a comment. Reported are names in comments and in the
configuration, and comments that start with `parallel-stage:` and go on with something else than `ignore[...]` or
`ignore-file[...]`. Ignore it where a later version's rules are named.

Bad:
    workers = 1  # parallel-stage: ignore[single-wroker]

Good:
    workers = 1  # parallel-stage: ignore[single-worker]
""",
    ),
    documented_rule(
        "stale-baseline",
        Severity.WARNING,
        """
An entry of the baseline that no longer occurs.

What it remembers was mended; left there, it would hide the same finding when it comes back. Write the baseline anew.
Ignore it where findings depend on the machine, and another one still meets them.
""",
    ),
)

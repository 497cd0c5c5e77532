"""Rules about suppressions: ignored and baselined findings still occur. The engine finds the rest."""

from __future__ import annotations

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Rule

RULES = (
    Rule(
        "unused-ignore",
        Severity.WARNING,
        """
A comment ignores a rule that finds nothing there.

It would hide what the rule finds later. `# parallel-stage: ignore[rule, rule] reason` applies to its line;
alone on a line, to the next line that is more than a comment. `# parallel-stage: ignore-file[rule]` applies
to the whole file. Rules that do not run, or cannot see the function, are not reported. Schema rules cannot be
ignored. Ignore it where a finding depends on the machine: write `ignore[function-not-found, unused-ignore]`.

Fix: `--fix` removes the comment, or those of its rules that find nothing; not where YAML would read something
else without the comment.

Bad:
    workers = "auto"  # parallel-stage: ignore[single-worker] a preview

Good:
    workers = 1  # parallel-stage: ignore[single-worker] a preview
""",
        since="0.1.0",
    ),
    Rule(
        "unknown-rule",
        Severity.WARNING,
        """
A comment or the configuration names an unknown rule.

A mistyped rule id suppresses nothing. Comments that start with `parallel-stage:` and continue with anything
but `ignore[...]` or `ignore-file[...]` are reported, too. Ignore it where rules of a later version are named.

Bad:
    workers = 1  # parallel-stage: ignore[single-wroker]

Good:
    workers = 1  # parallel-stage: ignore[single-worker]
""",
        since="0.1.0",
    ),
    Rule(
        "stale-baseline",
        Severity.WARNING,
        """
An entry of the baseline that no longer occurs.

The finding was fixed; the entry would hide it if it came back. Write the baseline again.
Ignore it where findings depend on the machine.
""",
        since="0.1.0",
    ),
)

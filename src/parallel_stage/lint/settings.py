"""What is asked of a contract: which rules, how severely, and where they look."""

# Annotations are evaluated here, as in `contract.text`.
from collections.abc import Mapping
from typing import NamedTuple

from parallel_stage.lint.diagnostics import Severity
from parallel_stage.lint.rules import RULES


class Settings(NamedTuple):
    """What is in force for one contract.

    Attributes:
        select: The only optional rules to ask; empty for all that are not asked by choice only.
        ignore: The optional rules not to ask.
        severity: How severe a rule's findings are, instead of what the rule says; which is to choose the rule.
        strict: Whether warnings count as errors.
        check_inputs: Whether to ask the rules that look at data.
        search_roots: Absolute directories where functions are searched, after the contract's own.
        baseline: The absolute path of the file that remembers old findings; empty for none.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = {}
    strict: bool = False
    check_inputs: bool = False
    search_roots: tuple[str, ...] = ()
    baseline: str = ""

    def asks(self, rule: str) -> bool:
        """Whether an optional rule is asked."""
        if rule in self.ignore:
            return False
        return rule in self.select if self.select else rule in self.severity or not RULES[rule].by_choice

    def weigh(self, rule: str, severity: Severity) -> Severity:
        """How severe a rule's finding is here that is of that severity by itself."""
        severity = self.severity.get(rule, severity)
        return Severity.ERROR if self.strict and severity is Severity.WARNING else severity


DEFAULT = Settings()
"""Where nobody said anything else."""

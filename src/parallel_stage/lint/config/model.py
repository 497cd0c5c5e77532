"""What configures a check: what a file says, what the command line says, and what is in force for one contract."""

# No postponed annotations: a NamedTuple would compile each string annotation at import.
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from parallel_stage.contract.document import Document
from parallel_stage.contract.text import Route
from parallel_stage.lint.diagnostic import Severity
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

    def is_enabled(self, rule: str) -> bool:
        """Whether an optional rule is asked."""
        if rule in self.ignore:
            return False
        return rule in self.select if self.select else rule in self.severity or not RULES[rule].opt_in

    def effective_severity(self, rule: str, severity: Severity) -> Severity:
        """How severe a rule's finding is here that is of that severity by itself."""
        severity = self.severity.get(rule, severity)
        return Severity.ERROR if self.strict and severity is Severity.WARNING else severity


DEFAULT = Settings()
"""Where nobody said anything else."""


class Overrides(NamedTuple):
    """What the command line says.

    Attributes:
        select: The only rules to ask, instead of those that a configuration selects; empty for those.
        ignore: Rules not to ask, besides those that it ignores.
        severity: Of rules, before what it says.
        strict: Whether warnings count as errors, also where it does not say so.
        check_inputs: Whether to ask the rules that look at data, also where it does not say so.
        baseline: A path from the current directory, instead of its own baseline; empty for that.
        isolated: Whether configurations are passed over.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = {}
    strict: bool = False
    check_inputs: bool = False
    baseline: str = ""
    isolated: bool = False


NO_OVERRIDES = Overrides()
"""Where the command line says nothing."""

OWN_FILE, PROJECT_FILE = ".parallel-stage.toml", "pyproject.toml"
"""What may hold a configuration; in one directory the first of them wins."""
TABLE = ("tool", "parallel-stage")
"""Where a configuration stands in `pyproject.toml`."""


class Configuration(NamedTuple):
    """What one file says.

    Attributes:
        path: The absolute path of the file; empty for no file.
        directory: Its absolute directory, where patterns and paths start.
        data: What is written there, in the shape of the schema.
        document: The file as it was read.
        table: The route to the configuration in the document.
    """

    path: str = ""
    directory: str = ""
    data: Mapping[str, Any] = {}
    document: Document | None = None
    table: Route = ()

    def matches(self, patterns: Sequence[str], path: str) -> bool:
        """Whether patterns of this file match a path below its directory; that of a directory ends in a slash."""
        from parallel_stage.lint.config.patterns import spec

        relative = os.path.relpath(path, self.directory).replace(os.sep, "/")
        return spec(tuple(patterns)).match_file(f"{relative}/" if path.endswith(os.sep) else relative)

    def ignores(self, path: str) -> dict[str, list[str]]:
        """What `per-file-ignores` says of a contract: the patterns that match it, each with its rules."""
        table: Mapping[str, list[str]] = self.data.get("per-file-ignores", {})
        return {pattern: rules for pattern, rules in table.items() if self.matches([pattern], path)}


NO_CONFIGURATION = Configuration()
"""Where no file says anything."""

"""The data of configuration: of a file, of the command line, and the settings of one contract."""

from __future__ import annotations

import os

from parallel_stage.contract import project
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from parallel_stage.contract.document import Document
    from parallel_stage.contract.text import Route


class Settings(NamedTuple):
    """The settings of one contract.

    Attributes:
        select: The rules to run besides schema rules; empty for all but opt-in rules.
        ignore: The rules not to run.
        severity: The severity of rules, in place of their own; it enables an opt-in rule.
        strict: Whether warnings are errors.
        check_inputs: Whether to run the rules that read data.
        root: The absolute directory where relative paths start; empty for the contract's own.
        search_roots: Absolute directories where functions are searched, after the contract's own.
        baseline: The absolute path of the file with old findings; empty for none.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = {}
    strict: bool = False
    check_inputs: bool = False
    root: str = ""
    search_roots: tuple[str, ...] = ()
    baseline: str = ""

    def is_enabled(self, rule: str) -> bool:
        """Whether a rule that can be disabled runs."""
        if rule in self.ignore:
            return False
        return rule in self.select if self.select else rule in self.severity or not RULES[rule].opt_in

    def effective_severity(self, rule: str, severity: Severity) -> Severity:
        """Return the severity of a rule's finding here; `severity` is its own."""
        severity = self.severity.get(rule, severity)
        return Severity.ERROR if self.strict and severity is Severity.WARNING else severity


DEFAULT = Settings()
"""The settings without any configuration."""


NOT_IN_MARKDOWN = frozenset(
    ("function-not-found", "input-matches-nothing", "duplicate-name", "duplicate-output", "no-editor-schema")
)
"""The rules that do not run on contracts in Markdown: what an example names need not be there, and examples repeat."""


class Overrides(NamedTuple):
    """The command line's settings, which come before those of a file.

    Attributes:
        select: The rules to run, in place of those that a file selects; empty for those.
        ignore: Rules not to run, besides those that a file ignores.
        severity: The severity of rules.
        strict: Whether warnings are errors, even where a file does not say so.
        check_inputs: Whether to run the rules that read data; None leaves it to the file.
        markdown: Whether contracts are searched in Markdown files of directories; None leaves it to the file.
        root: A path from the current directory, where relative paths of contracts start; empty for their own.
        baseline: A path from the current directory, in place of a file's baseline; empty for that.
        isolated: Whether configuration files are ignored.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = {}
    strict: bool = False
    check_inputs: bool | None = None
    markdown: bool | None = None
    root: str = ""
    baseline: str = ""
    isolated: bool = False


NO_OVERRIDES = Overrides()
"""A command line without settings."""

OWN_FILE, PROJECT_FILE = project.SETTINGS, project.PACKAGE
"""The files that may hold a configuration; in a directory, the first of them wins."""
TABLE = ("tool", "parallel-stage")
"""The table of the configuration in `pyproject.toml`."""


class Configuration(NamedTuple):
    """The configuration in one file.

    Attributes:
        path: The absolute path of the file; empty for no file.
        directory: Its absolute directory, where patterns and paths start.
        data: Its content, valid by the schema.
        document: The file as it was read.
        table: The route to the configuration in the document.
    """

    path: str = ""
    directory: str = ""
    data: Mapping[str, Any] = {}
    document: Document | None = None
    table: Route = ()

    def matches(self, patterns: Sequence[str], path: str) -> bool:
        """Whether patterns of this file match a path below its directory.

        A directory's path ends in a slash.
        """
        from parallel_stage.lint.discovery.ignore_file import of_texts

        relative = os.path.relpath(path, self.directory).replace(os.sep, "/")
        return of_texts(tuple(patterns)).ignores_below(f"{relative}/" if path.endswith(os.sep) else relative)

    def ignores(self, path: str) -> dict[str, list[str]]:
        """Return the patterns of `per-file-ignores` that match a contract, each with its rules."""
        table: Mapping[str, list[str]] = self.data.get("per-file-ignores", {})
        return {pattern: rules for pattern, rules in table.items() if self.matches([pattern], path)}


NO_CONFIGURATION = Configuration()
"""No configuration file."""

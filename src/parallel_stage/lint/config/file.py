"""Read one configuration file, validate it, and check the rule names in it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from parallel_stage.contract import document as documents
from parallel_stage.contract import project
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.contract.text import Lines
from parallel_stage.contract.validation import violations
from parallel_stage.errors import UsageError
from parallel_stage.lint.config.model import PROJECT_FILE, TABLE, Configuration
from parallel_stage.lint.discovery.ignore_file import is_pattern
from parallel_stage.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from parallel_stage.contract.text import Route
    from parallel_stage.lint.config.model import Settings
    from parallel_stage.lint.diagnostic import Diagnostic

SCHEMA = "agilab.parallel_stage.config.v1"
"""The schema of a configuration file."""

_HINT = f"correct the file; parallel-stage schema {SCHEMA} prints what it may hold"


def read(path: str) -> Configuration | None:
    """Return the configuration in a file; None for a `pyproject.toml` without the table.

    Raises:
        UsageError: Where the file is not TOML or breaks the schema; its message has a line for each problem.
    """
    try:
        document = documents.read(path, bounded=False)
    except NotADocumentError as error:
        raise _refused(path, Lines(error.text), [(error.problem.offset or 0, error.problem.message)]) from None
    table: Route = TABLE if os.path.basename(path) == PROJECT_FILE else ()
    data = document.data
    for step in table:
        if not isinstance(data, dict) or step not in data:
            return None
        data = data[step]
    if problems := _problems(data, table):
        located = [
            (document.span((*table, *found.route), on_key=found.on_key).start, found.message) for found in problems
        ]
        raise _refused(path, document.lines, located)
    return Configuration(path, os.path.dirname(path), data, document, table)


def location_of(configuration: Configuration, key: str) -> str:
    """Return the location of a key of the configuration, as file:line; empty where it is absent."""
    document = configuration.document
    if document is None or key not in configuration.data:
        return ""
    start = document.span((*configuration.table, key), on_key=True).start
    return f"{relative_path(configuration.path)}:{document.lines.position(start)[0]}"


def relative_path(path: str) -> str:
    """Return a file's path relative to the current directory."""
    try:
        return os.path.relpath(path)
    except (ValueError, OSError):  # on another drive of Windows; in a directory that is gone
        return path


def unknown_rule_names(configuration: Configuration, settings: Settings) -> list[Diagnostic]:
    """Return a finding for each name in a file that selects no rule; none where `unknown-rule` is ignored.

    The selected rules do not matter: a mistyped selection would hide the finding about itself.
    """
    from parallel_stage.lint.config.rule_ids import why_not_selectable
    from parallel_stage.lint.locate import diagnostic_at
    from parallel_stage.lint.rules import RULES

    rule, document = RULES["unknown-rule"], configuration.document
    if document is None or rule.id in settings.ignore:
        return []
    path, severity = relative_path(configuration.path), settings.effective_severity(rule.id, rule.severity)
    found = []
    for within, name in _names(configuration.data):
        if words := why_not_selectable(name):
            route = (*configuration.table, *within)
            placed = diagnostic_at(path, document.lines, rule, document.span(route, on_key=True), words)
            found.append(placed._replace(severity=severity, route=route, value=json.dumps(name)))
    return sorted(found, key=lambda diagnostic: diagnostic.start)


def _names(data: Mapping[str, Any]) -> Iterator[tuple[Route, str]]:
    """Yield every name of a rule, with its route."""
    lists: dict[Route, list[str]] = {(key,): data.get(key, []) for key in ("select", "ignore")}
    lists.update({("per-file-ignores", pattern): names for pattern, names in data.get("per-file-ignores", {}).items()})
    for route, names in lists.items():
        yield from (((*route, index), name) for index, name in enumerate(names))
    yield from ((("severity", name), name) for name in data.get("severity", {}))


def _problems(data: Any, table: Route) -> list[Problem]:
    """Return the problems of a configuration, by route."""
    if not isinstance(data, dict):
        from parallel_stage.contract.validation.explain import show_value as shown_value

        return [Problem("wrong-type", f"{'.'.join(map(str, table))} is {shown_value(data)}; write a table")]
    return violations(data, SCHEMA) or list(_bad_patterns(data))


def _bad_patterns(data: Mapping[str, Any]) -> Iterator[Problem]:
    patterns: dict[Route, str] = {("exclude", index): text for index, text in enumerate(data.get("exclude", ()))}
    patterns.update({("per-file-ignores", text): text for text in data.get("per-file-ignores", ())})
    for route, text in patterns.items():
        if not is_pattern(text):
            message = f"{route[0]}: {text!r} is not a pattern; write one as in .gitignore, such as 'examples/**'"
            yield Problem("unknown-value", message, route, on_key=True)


def _refused(path: str, lines: Lines, located: Iterable[tuple[int, str]]) -> UsageError:
    """Return an error with a line for each problem: its location and its message."""
    if project.leads_out(path):
        return UsageError(f"{path} is no valid configuration", f"{project.OUTSIDE}; correct the file that it leads to")
    placed = ((*lines.position(start), words) for start, words in sorted(located))
    return UsageError(
        "\n".join(printable(f"{relative_path(path)}:{line}:{column}: {words}") for line, column, words in placed), _HINT
    )
